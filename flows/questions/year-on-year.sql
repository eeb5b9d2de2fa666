-- 同比：同一部门、同一对象、同一单位的实际数与上一年相比，变化大的在前，最多一千行；约数和同一年说法不一的不比。
-- Year on year: what a department states of the same item in the same unit for two successive years, the largest changes
-- first, 1,000 rows at most. Left out are bounds (超过, 近, 不低于) and years with several values: nothing is guessed.
with report as (
    select doc_id, fiscal_year, coalesce(org, region, title, source) as department, hash(department) as office
    from documents
),
figure as (
    -- 64 bits stand for the department, item and unit: three strings take twice the time to group and join by
    select hash(office, item, unit) as name, coalesce(year, fiscal_year) as year, min(value) as value,
        max(value) as highest, any_value(item) as item, any_value(unit) as unit, any_value(office) as office
    from mentions join report using (doc_id)
    where role = 'actual' and category in ('产出', '效益', '满意度') and kind in ('amount', 'rate', 'count')
        and bound = '=' and change is null and item is not null
    group by name, coalesce(year, fiscal_year)
),
pair as (
    select now.office, now.item, now.unit, now.year, before.value as value_before, now.value,
        round(100 * (now.value / nullif(before.value, 0) - 1), 1) as growth
    from figure as now join figure as before on now.name = before.name and now.year = before.year + 1
    where now.value = now.highest and before.value = before.highest
    order by abs(growth) desc nulls last, now.item, now.office
    limit 1000
)
select department, item, unit, year, value_before, value, growth
from pair join (select distinct office, department from report) using (office)
order by abs(growth) desc nulls last, item, department
