-- 每份报告一行：部门、年度、预算数（planned）与支出数（spent），单位万元。
-- One row a report: money planned and spent, in 万元. `basis` says where both come from: the form (表), the report's own
-- total (概况), or else the largest 预算 and 支出 that its prose states (文). A form's total counts, or the sum of its parts.
with form_row as (
    select doc_id, project, coalesce(budget, budget_initial) as planned, spent,
        coalesce(source similar to '.*(总额|合计|总计).*', true) as is_total
    from funding
),
form_project as (
    select doc_id, project,
        coalesce(max(planned) filter (is_total), sum(planned)) as planned,
        coalesce(max(spent) filter (is_total), sum(spent)) as spent
    from form_row
    group by doc_id, project
),
form as (
    select doc_id,
        coalesce(max(planned) filter (project is null), sum(planned)) as planned,
        coalesce(max(spent) filter (project is null), sum(spent)) as spent
    from form_project
    group by doc_id
),
prose as (
    select doc_id,
        max(value) filter (stage = '预算') as planned,
        max(value) filter (stage = '支出') as spent
    from mentions
    where stage in ('预算', '支出') and unit = '万元' and change is null and role <> 'standard'
    group by doc_id
)
select doc_id, coalesce(org, region, title, source) as department, region, fiscal_year,
    case
        when form.planned is not null and form.spent is not null then '表'
        when documents.budget is not null and documents.spent is not null then '概况'
        when prose.planned is not null or prose.spent is not null then '文'
    end as basis,
    case basis when '表' then form.planned when '概况' then documents.budget else prose.planned end as planned,
    case basis when '表' then form.spent when '概况' then documents.spent else prose.spent end as spent
from documents
left join form using (doc_id)
left join prose using (doc_id)
