-- 各部门预算与执行：每个部门每年的预算数、支出数（万元）和执行率，预算多的在前。
-- Executed against planned money by department and year, in 万元; reports that state only one of the two are left out.
select department, fiscal_year,
    count(*) as reports,
    round(sum(planned), 4) as planned_wan_yuan,
    round(sum(spent), 4) as spent_wan_yuan,
    round(100 * sum(spent) / nullif(sum(planned), 0), 2) as execution_rate,
    string_agg(distinct basis, '、' order by basis) as basis
from money
where planned is not null and spent is not null
group by department, fiscal_year
order by planned_wan_yuan desc, department, fiscal_year
