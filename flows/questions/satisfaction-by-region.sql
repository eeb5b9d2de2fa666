-- 各地区满意度：正文和自评表中的实际满意度（%），同一份报告里相同的数只算一次，低的在前。
-- Satisfaction by region and year in %, from prose and forms; what a report states twice counts once.
with stated as (
    select doc_id, value from mentions
    where category = '满意度' and unit = '%' and role = 'actual' and change is null
    union
    select doc_id, actual_value from indicators where category = '满意度' and actual_unit = '%'
)
select region, fiscal_year,
    count(distinct doc_id) as reports,
    count(*) as figures,
    round(avg(value), 2) as mean,
    min(value) as lowest,
    max(value) as highest
from stated join documents using (doc_id)
where value between 0 and 100
group by region, fiscal_year
order by mean, region, fiscal_year
