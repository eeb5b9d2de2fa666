-- 同比：同一部门、同一对象、同一单位的实际数与上一年相比，变化大的在前，最多一千行；同一年说法不一的不比。
-- Year on year: what an office states of the same item in the same unit for two successive years, the largest changes
-- first, 1,000 rows at most. A year for which it states several values is left out: nothing is guessed.
with office as (
    select doc_id, fiscal_year, dense_rank() over (order by coalesce(org, region, title, source)) as office
    from documents
),
figure as (
    -- the hash of two strings is grouped in half the time of the strings; the join below compares them themselves
    select office, hash(item, unit) as name, coalesce(year, fiscal_year) as year,
        min(value) as value, any_value(item) as item, any_value(unit) as unit, any_value(doc_id) as doc_id
    from mentions join office using (doc_id)
    where role = 'actual' and category in ('产出', '效益', '满意度') and kind in ('amount', 'rate', 'count')
        and change is null and item is not null
    group by office, name, coalesce(year, fiscal_year)
    having min(value) = max(value)
),
pair as (
    select now.*, before.value as value_before, round(100 * (now.value / nullif(before.value, 0) - 1), 1) as growth
    from figure as now join figure as before
        on now.office = before.office and now.name = before.name and now.year = before.year + 1
        and now.item = before.item and now.unit = before.unit
    order by abs(growth) desc nulls last, now.item, now.doc_id
    limit 1000
)
select coalesce(org, region, title, source) as department, item, pair.unit, year, value_before, value, growth, doc_id
from pair join documents using (doc_id)
order by abs(growth) desc nulls last, item, doc_id
