-- 每万元产出：各报告的数量产出除以该报告的支出（万元），同名同单位的排在一起便于比较，最多一千行。
-- Outputs per 万元 spent: quantities delivered over the report's spending; names that several reports share come first,
-- so that like is compared with like; 1,000 rows at most.
with output as (
    select doc_id, item, unit, sum(value) as value from mentions
    where category = '产出' and subcategory = '数量' and kind = 'count' and role = 'actual' and item is not null
    group by doc_id, item, unit
),
priced as (
    select item, unit, value, spent, value / spent as per_wan_yuan, department, fiscal_year, doc_id
    from output join money using (doc_id)
    where spent > 0
)
select item, unit, count(*) over (partition by item, unit) as reports, department, fiscal_year,
    value, spent as spent_wan_yuan, round(per_wan_yuan, 4) as per_wan_yuan, doc_id
from priced
order by reports desc, item, unit, priced.per_wan_yuan desc, doc_id
limit 1000
