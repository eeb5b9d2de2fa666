-- 没有归入任何指标的最大金额：前一百笔（万元），附原句，看是背景还是漏判。
-- The hundred largest amounts without an indicator, with their sentences: background, or a link that is missing?
with largest as (
    select doc_id, mention_id, text, value, item, sentence from mentions
    where category is null and kind = 'amount' and currency = 'CNY'
    order by value desc, mention_id
    limit 100
)
select org, fiscal_year, largest.text, value as wan_yuan, item, sentence, mention_id
from largest join documents using (doc_id)
order by value desc, mention_id
