-- 部门资金同比：每个部门的预算数、支出数（万元）和执行率与上一年相比。
-- Money year on year by department: planned, spent (万元) and execution rate beside the year before.
with yearly as (
    select department, fiscal_year, sum(planned) as planned, sum(spent) as spent from money
    where planned > 0 and spent is not null
    group by department, fiscal_year
)
select now.department, now.fiscal_year,
    round(before.planned, 4) as planned_before,
    round(now.planned, 4) as planned_wan_yuan,
    round(before.spent, 4) as spent_before,
    round(now.spent, 4) as spent_wan_yuan,
    round(100 * (now.spent / nullif(before.spent, 0) - 1), 1) as spent_growth,
    round(100 * (now.spent / now.planned - before.spent / before.planned), 2) as execution_rate_change
from yearly as now join yearly as before
    on now.department = before.department and now.fiscal_year = before.fiscal_year + 1
order by now.department, now.fiscal_year
