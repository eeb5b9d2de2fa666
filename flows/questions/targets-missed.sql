-- 未达到的目标：自评表中没有完成的指标，和正文中同一对象的实际数低于目标数的，差得多的在前，最多一千行。
-- Targets missed: rows of forms that fell short, and prose that states one target and one lower actual of the same item
-- and unit; the widest misses first, 1,000 at most. `attained_share` is actual over target in %, where both are numbers.
with target as (
    select doc_id, item, unit, any_value(value) as value, any_value(text) as text
    from mentions
    where role = 'target' and bound in ('=', '≥', '>') and kind in ('count', 'rate') and change is null
        and category in ('产出', '效益', '满意度') and item is not null and indicator_id is null
    group by doc_id, item, unit
    having count(*) = 1
),
actual as (
    select doc_id, item, unit, value, text from mentions
    where role = 'actual' and kind in ('count', 'rate') and change is null and category in ('产出', '效益', '满意度')
),
prose as (
    select doc_id, item, any_value(target.text) as target, any_value(actual.text) as actual,
        any_value(100 * actual.value / target.value) as attained_share
    from target join actual using (doc_id, item, unit)
    group by doc_id, item, unit
    having count(*) = 1 and any_value(actual.value < target.value)
),
missed as (
    select doc_id, '表' as stated_in, level3 as indicator, target, actual,
        case when target_unit = actual_unit and target_value > 0 then 100 * actual_value / target_value end as attained_share
    from indicators
    where not attained
    union all
    select doc_id, '文', item, target, actual, attained_share from prose
)
select org, fiscal_year, indicator, missed.target, missed.actual, round(attained_share, 1) as attained_share, stated_in, doc_id
from missed join documents using (doc_id)
order by attained_share nulls last, org, fiscal_year, indicator, doc_id
limit 1000
