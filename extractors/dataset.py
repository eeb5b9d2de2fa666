"""The dataset's tables: the one place where columns are written down.

Every column carries its meaning, unit, allowed values, an example and the section of the guideline that defines it; the
data dictionary and the Parquet files are made from these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa

from extractors.types import Report

SCHEMA_VERSION = 2

STRING, FLOAT, INT, DATE, BOOL = pa.string(), pa.float64(), pa.int32(), pa.date32(), pa.bool_()
STRINGS = pa.list_(STRING)


def _column(
    name: str,
    kind: pa.DataType,
    meaning: str,
    *,
    unit: str = "",
    values: str = "",
    example: str = "",
    source: str = "",
    required: bool = False,
) -> pa.Field:
    facts = {"description": meaning, "unit": unit, "values": values, "example": example, "source": source}
    metadata = {key: text for key, text in facts.items() if text}
    return pa.field(name, kind, nullable=not required, metadata=metadata)


def _doc_id() -> pa.Field:
    return _column(
        "doc_id",
        STRING,
        "Identity of the report: the first 32 hex digits of the SHA-256 of the file's bytes.",
        example="2b6c726c82c9e516a21ba29d7751c7bf",
        required=True,
    )


def _span(what: str, start: str, end: str, *, required: bool = True) -> tuple[pa.Field, pa.Field]:
    return (
        _column(
            "start",
            INT,
            f"First character of {what} in `documents.text`.",
            unit="code points",
            example=start,
            source="GUIDELINE 1",
            required=required,
        ),
        _column(
            "end",
            INT,
            f"Character behind the last one of {what} in `documents.text`.",
            unit="code points",
            example=end,
            source="GUIDELINE 1",
            required=required,
        ),
    )


def _source() -> pa.Field:
    return _column("source", STRING, "Path of the file below the ingested folder.", example="02_city_water.txt", required=True)


def _other_sources() -> pa.Field:
    return _column("other_sources", STRINGS, "Further paths that hold the same bytes.", example="[copy/a.txt]")


KINDS = "amount, rate, count, score, duration, date"
BOUNDS = "=, ≥, >, ≤, <, ≈"
CATEGORIES = "产出, 效益, 满意度, 决策, 过程"
SUBCATEGORIES = (
    "数量, 质量, 时效, 成本; 经济效益, 社会效益, 生态效益, 可持续影响; 服务对象满意度; "
    "项目立项, 绩效目标, 资金投入; 资金管理, 组织实施"
)

DOCUMENTS = pa.schema(
    [
        _doc_id(),
        _source(),
        _other_sources(),
        _column("title", STRING, "Title of the report.", example="衡水市2021年度水利发展资金项目支出绩效自评报告", source="GUIDELINE 5"),
        _column("org", STRING, "Reporting unit by name.", example="衡水市水务局", source="GUIDELINE 5"),
        _column("region", STRING, "Place of the reporting unit itself, the narrowest, known to a gazetteer or not.", example="衡水市", source="GUIDELINE 6"),
        _column("region_code", STRING, "行政区划代码 of `region`; null for a place that no gazetteer has, or that several are named like.", example="131100"),
        _column("fiscal_year", INT, "Year reported on.", unit="year", example="2021", source="GUIDELINE 5"),
        _column("project", STRING, "Project reported on.", example="市级水利发展资金项目", source="GUIDELINE 5"),
        _column("self_score", FLOAT, "Overall score.", unit="分", example="91.3", source="GUIDELINE 5"),
        _column("grade", STRING, "Overall grade as written.", values="优, 良, 中, 差, 良好, …", example="优", source="GUIDELINE 5"),
        _column("kind", STRING, "Form of report.", values="项目支出, 部门整体支出, 财政评价, 汇编", example="项目支出"),
        _column("budget", FLOAT, "The department's total budget, where stated.", unit="万元", example="46181.83"),
        _column("spent", FLOAT, "The department's total spending, where stated.", unit="万元", example="44937.29"),
        _column("text", STRING, "The report as decoded, byte order mark left out.", required=True),
        _column("encoding", STRING, "Encoding of the file.", values="utf-8, gb18030, big5, utf-16", example="utf-8", required=True),
        _column("chars", INT, "Length of `text`.", unit="code points", example="2628", required=True),
        _column("bytes", INT, "Length of the file.", unit="bytes", example="6068", required=True),
        _column("extractor_version", STRING, "Version of Jixiao and segmenter.", example="0.1.0+jieba", required=True),
        _column("lexicon_digest", STRING, "Digest of all that decides rows: code, lexicons, models, libraries.", example="1f0c9a…", required=True),
    ]
)

MENTIONS = pa.schema(
    [
        _column("mention_id", STRING, "Identity of the mention: `doc_id`, a colon, `start`.", example="2b6c726c82c9e516a21ba29d7751c7bf:526", required=True),
        _doc_id(),
        _column("kind", STRING, "What sort of figure.", values=KINDS, example="rate", source="GUIDELINE 2", required=True),
        _column("text", STRING, "The figure as written.", example="90%", source="GUIDELINE 1", required=True),
        *_span("the figure", "526", "529"),
        _column("value", FLOAT, "Normalised value; the lower end of a range; null for dates.", unit="`unit`", example="90", source="GUIDELINE 2"),
        _column("value_max", FLOAT, "Upper end of a range.", unit="`unit`", example="20", source="GUIDELINE 2"),
        _column("unit", STRING, "Unit of `value`.", values="万元, 万美元, …; %, 百分点, 倍; 分; 年, 个月, 天, …; measure word", example="%", source="GUIDELINE 2"),
        _column("currency", STRING, "ISO 4217 code of an amount.", example="CNY", source="GUIDELINE 2"),
        _column("bound", STRING, "How the value bounds the truth.", values=BOUNDS, example="≥", source="GUIDELINE 2", required=True),
        _column("change", STRING, "Direction, where the figure is a difference.", values="up, down", example="up", source="GUIDELINE 2"),
        _column("date_start", DATE, "First day of a date.", example="2021-01-01", source="GUIDELINE 2"),
        _column("date_end", DATE, "Last day of a date.", example="2021-12-31", source="GUIDELINE 2"),
        _column("role", STRING, "Fact, goal or norm.", values="actual, target, standard", example="target", source="GUIDELINE 4", required=True),
        _column("category", STRING, "What the figure measures, in the framework's words; null for background.", values=CATEGORIES, example="满意度", source="GUIDELINE 4"),
        _column("subcategory", STRING, "The category's part.", values=SUBCATEGORIES, example="服务对象满意度", source="GUIDELINE 4"),
        _column("stage", STRING, "Where the money stands.", values="预算, 到位, 支出, 结余", example="支出", source="GUIDELINE 4"),
        _column("item", STRING, "Shortest phrase that names what is counted or measured.", example="受益群众满意度", source="GUIDELINE 4"),
        _column("year", INT, "Year that the figure speaks of.", unit="year", example="2021"),
        _column("payer", STRING, "Named organisation that the amount came from.", example="自治区财政厅"),
        _column("payee", STRING, "Named organisation that the amount went to.", example="兰州盾安智联科技有限公司"),
        _column("indicator_id", STRING, "The form's row that states the same figure under the same name.", example="2b6c726c82c9e516a21ba29d7751c7bf:i2576"),
        _column("sentence", STRING, "The sentence as it stands in `documents.text`, with the blanks and line breaks of a wrapped file: it holds `text`.", required=True),
        _column("section", STRING, "Path of headings as the report writes them, without line breaks, parted by ` > `.", example="1 项目概况 > 1.3 绩效目标", required=True),
        _column("rule", STRING, "What found and read the figure.", example="rate.arabic", required=True),
        _column("evidence", STRING, "Cues, headings and names that decided the link.", example="indicator 群众满意度", required=True),
        _column("confidence", FLOAT, "How sure the link is: share of such links that are right.", unit="0–1", example="0.97", required=True),
    ]
)

ENTITIES = pa.schema(
    [
        _doc_id(),
        _column("text", STRING, "The name as written.", example="衡财绩〔2022〕3号", source="GUIDELINE 7", required=True),
        *_span("the name", "59", "70"),
        _column("label", STRING, "Sort of name.", values="ORG, GPE, PROJECT, POLICY, EVENT", example="POLICY", source="GUIDELINE 7", required=True),
        _column("source", STRING, "What found it.", values="rule, model", example="rule", required=True),
    ]
)

INDICATORS = pa.schema(
    [
        _column("indicator_id", STRING, "Identity of the row: `doc_id`, `:i`, `start`.", example="2b6c726c82c9e516a21ba29d7751c7bf:i2280", required=True),
        _doc_id(),
        *_span("the row", "2280", "2317"),
        _column("project", STRING, "The form's 项目名称; null for a department's form.", example="市级水利发展资金项目", source="GUIDELINE 5"),
        _column("level1", STRING, "一级指标, without its weight.", example="产出指标", source="GUIDELINE 5"),
        _column("level2", STRING, "二级指标.", example="数量指标", source="GUIDELINE 5"),
        _column("level3", STRING, "三级指标, without its number.", example="高效节水灌溉面积", source="GUIDELINE 5", required=True),
        _column("target", STRING, "年度指标值 as written.", example="3.2万亩", source="GUIDELINE 5"),
        _column("actual", STRING, "实际完成值 as written.", example="3.36万亩", source="GUIDELINE 5"),
        _column("target_value", FLOAT, "Number in `target`.", unit="`target_unit`", example="32000", source="GUIDELINE 5"),
        _column("target_unit", STRING, "Unit in `target`.", example="亩", source="GUIDELINE 5"),
        _column("target_bound", STRING, "Bound in `target`.", values=BOUNDS, example="=", source="GUIDELINE 5"),
        _column("target_start", INT, "First character of the target's cell.", unit="code points", example="2299"),
        _column("target_end", INT, "Character behind the target's cell.", unit="code points", example="2304"),
        _column("actual_value", FLOAT, "Number in `actual`.", unit="`actual_unit`", example="33600", source="GUIDELINE 5"),
        _column("actual_unit", STRING, "Unit in `actual`.", example="亩", source="GUIDELINE 5"),
        _column("actual_start", INT, "First character of the actual's cell.", unit="code points", example="2305"),
        _column("actual_end", INT, "Character behind the actual's cell.", unit="code points", example="2311"),
        _column("weight", FLOAT, "分值.", unit="分", example="10", source="GUIDELINE 5"),
        _column("score", FLOAT, "得分.", unit="分", example="10", source="GUIDELINE 5"),
        _column("attained", BOOL, "Whether the actual meets the target, by the target's bound, else by what the name says is good; null where that can't be told.", example="true"),
        _column("category", STRING, "Category of level1 and level2.", values=CATEGORIES, example="产出", source="GUIDELINE 4"),
        _column("subcategory", STRING, "Subcategory of level2.", values=SUBCATEGORIES, example="数量", source="GUIDELINE 4"),
    ]
)

FUNDING = pa.schema(
    [
        _doc_id(),
        *_span("the row", "1967", "2006"),
        _column("project", STRING, "The form's or the row's 项目名称.", example="市级水利发展资金项目", source="GUIDELINE 5"),
        _column("source", STRING, "Source of the money.", example="年度资金总额", source="GUIDELINE 5"),
        _column("budget_initial", FLOAT, "年初预算数.", unit="万元", example="4000", source="GUIDELINE 5"),
        _column("budget", FLOAT, "全年预算数 (A).", unit="万元", example="8640", source="GUIDELINE 5"),
        _column("spent", FLOAT, "全年执行数 (B).", unit="万元", example="6958.46", source="GUIDELINE 5"),
        _column("execution_rate", FLOAT, "执行率 (B/A).", unit="%", example="80.54", source="GUIDELINE 5"),
        _column("weight", FLOAT, "分值.", unit="分", example="10", source="GUIDELINE 5"),
        _column("score", FLOAT, "得分.", unit="分", example="8.05", source="GUIDELINE 5"),
    ]
)

PROBLEMS = pa.schema(
    [
        _column("doc_id", STRING, "The report, as in `documents`; null for files of other kinds and what can't be opened.", example="2b6c726c82c9e516a21ba29d7751c7bf"),
        _source(),
        _other_sources(),
        _column("stage", STRING, "Step that failed or flagged.", values="open, format, read, extract, check, timeout, worker, tables, text", example="tables", required=True),
        _column("reason", STRING, "What is wrong, and what would be right.", example="cells have run together in '3030100%'; part them by tabs", required=True),
        *_span("the place", "51", "59", required=False),
        _column("text", STRING, "The text at that place.", example="3030100%"),
        _column("kept", STRINGS, "Where a report failed: the reports whose rows stay in its place, itself or what its file held before; null for other problems.", values="`doc_id`", example="[9f2c…]"),
    ]
)

SCHEMAS: Mapping[str, pa.Schema] = {
    "documents": DOCUMENTS,
    "mentions": MENTIONS,
    "entities": ENTITIES,
    "indicators": INDICATORS,
    "funding": FUNDING,
    "problems": PROBLEMS,
}

Row = dict[str, Any]


def rows(report: Report, *, extractor_version: str, lexicon_digest: str) -> dict[str, list[Row]]:
    """The report's rows by table, as plain values in the columns of `SCHEMAS`."""
    doc_id = report.doc.doc_id
    made = {"extractor_version": extractor_version, "lexicon_digest": lexicon_digest}
    return {
        "documents": [_document(report) | made],
        "mentions": list(_mentions(report)),
        "entities": [{"doc_id": doc_id, **_fields(entity)} for entity in report.entities],
        "indicators": [
            {"doc_id": doc_id, "indicator_id": indicator_id(doc_id, row.start), **_fields(row)}
            for row in report.indicators
        ],
        "funding": [{"doc_id": doc_id, **_fields(row)} for row in report.funding],
        "problems": [{"doc_id": doc_id, "source": report.doc.source, **_fields(row)} for row in report.problems],
    }


def table(name: str, records: Iterable[Row]) -> pa.Table:
    """The records as an Arrow table of the named schema; a missing column is null."""
    return pa.Table.from_pylist(list(records), schema=SCHEMAS[name])


def indicator_id(doc_id: str, start: int) -> str:
    """The identity of a form's row."""
    return f"{doc_id}:i{start}"


def _document(report: Report) -> Row:
    doc = report.doc
    known = {"doc_id": doc.doc_id, "source": doc.source, "text": doc.raw, "encoding": doc.encoding}
    return known | {"chars": len(doc.raw), "bytes": doc.size} | _fields(report.facts)


def _mentions(report: Report) -> Iterator[Row]:
    doc_id = report.doc.doc_id
    for mention in report.mentions:
        yield {
            **_fields(mention.reading),
            **_fields(mention.link),
            "mention_id": f"{doc_id}:{mention.start}",
            "doc_id": doc_id,
            "text": mention.text,
            "start": mention.start,
            "end": mention.end,
            "sentence": mention.sentence,
            "section": mention.section,
            "indicator_id": mention.indicator_id,
        }


def _fields(record: Any) -> Row:
    """The slots of a record as plain values; decimals are rounded to float64 here and nowhere else."""
    values = ((name, getattr(record, name)) for name in record.__slots__)
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in values}
