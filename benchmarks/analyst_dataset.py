"""A dataset of any size for the analysts' questions: seeded, made column by column, shaped like a real one.

Eighty figures, twelve indicator rows and four money rows a report, seven years, some thousand offices; every share
below (kinds, categories, roles, gaps) is near that of the sample reports. The texts are short stand-ins: no question
reads them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from extractors.dataset import SCHEMA_VERSION, SCHEMAS
from flows import store
from flows.store import Manifest, Part

MENTIONS, INDICATORS, FUNDING, ENTITIES = 80, 12, 4, 12
"""Rows a report."""
OWN_ITEMS = 80
"""Things that an office counts, year after year."""
ROW_GROUP = 32_768
YEARS = range(2018, 2025)
OFFICES = (
    "教育局",
    "水利局",
    "农业农村局",
    "卫生健康局",
    "公安局",
    "民政局",
    "交通运输局",
    "林业局",
    "商务局",
    "科学技术局",
)
THINGS = (
    "道路",
    "泵站",
    "教室",
    "路灯",
    "机井",
    "公厕",
    "苗木",
    "设备",
    "床位",
    "培训班",
    "管网",
    "水库",
    "桥梁",
    "档案",
    "平台",
)
DEEDS = ("新建", "改造", "修缮", "维护", "采购", "验收", "整治", "发放", "巡查", "培育", "更新", "加固")
MEASURES = ("数量", "面积", "长度", "完成率", "合格率", "金额", "人次", "覆盖率")
SCOPES = ("城区", "乡镇", "村级", "市级", "全县", "重点", "年度", "新增", "存量", "续建", "", "")
KINDS = {"amount": 0.22, "rate": 0.16, "count": 0.36, "score": 0.07, "duration": 0.04, "date": 0.15}
UNITS = {"amount": "万元", "rate": "%", "score": "分", "duration": "天", "date": None}
COUNT_UNITS = ("个", "人次", "平方米", "公里", "家", "件", "亩", "座", "户", "台")
LINKS = {
    ("产出", "数量"): 0.24,
    ("产出", "质量"): 0.09,
    ("产出", "时效"): 0.05,
    ("产出", "成本"): 0.05,
    ("效益", "社会效益"): 0.08,
    ("效益", "经济效益"): 0.04,
    ("满意度", "服务对象满意度"): 0.05,
    ("决策", "资金投入"): 0.12,
    ("过程", "资金管理"): 0.14,
    ("过程", "组织实施"): 0.05,
    (None, None): 0.09,
}
ROLES = {"actual": 0.84, "target": 0.1, "standard": 0.06}
STAGES = ("预算", "到位", "支出", "结余")
SOURCES = ("年度资金总额", "其中：当年财政拨款", "上年结转资金", "其他资金")

Columns = dict[str, Any]


@dataclass(frozen=True)
class Reports:
    """The reports of one bucket: their identities in order, and which office wrote each about which year."""

    doc_id: pa.Array
    office: np.ndarray
    year: np.ndarray

    def __len__(self) -> int:
        return len(self.doc_id)


def write(dataset: Path, mentions: int, *, buckets: int = 64, seed: int = 1) -> None:
    """Write a dataset with about that many mentions; `current` points to its only snapshot."""
    snapshot = dataset / "snapshots" / "1"
    parts: dict[str, Part] = {}
    chance = np.random.default_rng(seed)
    offices = max(4, mentions // MENTIONS // 12)
    for number in range(buckets):
        count = (number + 1) * (mentions // MENTIONS) // buckets - number * (mentions // MENTIONS) // buckets
        reports = _reports(chance, number, buckets, count, offices)
        for name, columns in _tables(chance, reports).items():
            path = store.part(name, number)
            parts[path] = _write(snapshot / path, name, columns)
    store.write_manifest(snapshot, Manifest(SCHEMA_VERSION, "0", "0", buckets, "2026-01-01T00:00:00+00:00", parts))
    store.point(dataset, 1)


def _tables(chance: np.random.Generator, reports: Reports) -> dict[str, Columns]:
    return {
        "documents": _documents(chance, reports),
        "mentions": _mentions(chance, reports),
        "entities": _entities(chance, reports),
        "indicators": _indicators(chance, reports),
        "funding": _funding(chance, reports),
        "problems": {},
    }


def _write(path: Path, name: str, columns: Columns) -> Part:
    schema = SCHEMAS[name]
    rows = len(next(iter(columns.values()))) if columns else 0
    arrays = [
        pa.array(columns[field.name], type=field.type, from_pandas=True)
        if field.name in columns
        else pa.nulls(rows, field.type)
        for field in schema
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_arrays(arrays, schema=schema)
    pq.write_table(table, path, compression="zstd", compression_level=3, row_group_size=ROW_GROUP)
    return Part(rows, path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())


def _reports(chance: np.random.Generator, bucket: int, buckets: int, count: int, offices: int) -> Reports:
    """Reports whose identities fall into the bucket; half of them write on the same office in turn of years."""
    low, high = bucket * 2**32 // buckets, (bucket + 1) * 2**32 // buckets
    heads = np.sort(chance.integers(low, high, count))
    tails = chance.integers(0, 2**48, (2, count))
    names = [f"{head:08x}{one:012x}{two:012x}" for head, one, two in zip(heads, *tails, strict=True)]
    return Reports(pa.array(names), chance.integers(0, offices, count), chance.choice(YEARS, count))


def _pick(
    chance: np.random.Generator, values: Sequence[str | None], rows: int, shares: Sequence[float] | None = None
) -> pa.Array:
    """A string column drawn from few values."""
    return _named(chance.choice(len(values), rows, p=shares), values)


def _named(codes: np.ndarray, values: Sequence[str | None]) -> pa.Array:
    return pa.array(list(values), pa.string()).take(pa.array(codes))


def _repeated(reports: Reports, each: int) -> tuple[pa.Array, np.ndarray]:
    """`doc_id` and a rising `start` for so many rows a report."""
    owner = np.repeat(np.arange(len(reports)), each)
    start = np.tile(np.arange(each) * 29 + 17, len(reports))
    return reports.doc_id.take(pa.array(owner)), start


def _joined(doc_id: pa.Array, mark: str, start: np.ndarray) -> pa.Array:
    return pc.binary_join_element_wise(doc_id, pa.array(start).cast(pa.string()), mark)


def _documents(chance: np.random.Generator, reports: Reports) -> Columns:
    rows = len(reports)
    county, office = np.divmod(reports.office, len(OFFICES))
    region = _named(county, [f"第{number}县" for number in range(county.max() + 1)])
    org = pc.binary_join_element_wise(region, _named(office, OFFICES), "")
    budget = np.round(np.exp(chance.normal(6.5, 1.5, rows)), 2)
    silent = chance.random(rows) < 0.7
    return {
        "doc_id": reports.doc_id,
        "source": _joined(reports.doc_id, "/", np.arange(rows)),
        "title": pc.binary_join_element_wise(org, "年度绩效自评报告", ""),
        "org": org,
        "region": region,
        "fiscal_year": reports.year,
        "self_score": np.round(chance.uniform(70, 100, rows), 1),
        "grade": _pick(chance, ["优", "良", "中"], rows, [0.7, 0.25, 0.05]),
        "kind": _pick(chance, ["项目支出", "部门整体支出"], rows),
        "budget": np.where(silent, np.nan, budget),
        "spent": np.where(silent, np.nan, np.round(budget * chance.uniform(0.6, 1, rows), 2)),
        "text": _pick(chance, ["报告正文。"], rows),
        "encoding": _pick(chance, ["utf-8"], rows),
        "chars": chance.integers(1000, 9000, rows),
        "bytes": chance.integers(3000, 27000, rows),
        "extractor_version": _pick(chance, ["0+generated"], rows),
        "lexicon_digest": _pick(chance, ["generated"], rows),
    }


def _mentions(chance: np.random.Generator, reports: Reports) -> Columns:
    doc_id, start = _repeated(reports, MENTIONS)
    rows = len(start)
    kind = chance.choice(len(KINDS), rows, p=list(KINDS.values()))
    link = chance.choice(len(LINKS), rows, p=list(LINKS.values()))
    named = list(KINDS)
    amount, date, count = (kind == named.index(name) for name in ("amount", "date", "count"))
    item = _own_items(chance, np.repeat(reports.office, MENTIONS))
    unit = np.where(count, len(KINDS) + item % len(COUNT_UNITS), kind)
    value = np.round(np.where(amount | count, np.exp(chance.normal(4, 2, rows)), chance.uniform(1, 100, rows)), 2)
    money = (
        amount & (link >= list(LINKS).index(("决策", "资金投入"))) & (link < list(LINKS).index(("过程", "组织实施")))
    )
    year = np.repeat(reports.year, MENTIONS)
    return {
        "mention_id": _joined(doc_id, ":", start),
        "doc_id": doc_id,
        "kind": _named(kind, named),
        "text": _pick(chance, [f"{number}万元" for number in range(1000)], rows),
        "start": start,
        "end": start + 5,
        "value": np.where(date, np.nan, value),
        "unit": _named(unit, [*(UNITS.get(name) for name in named), *COUNT_UNITS]),
        "currency": _named(np.where(amount, 0, 1), ["CNY", None]),
        "bound": _pick(chance, ["=", "≥", "≈", ">"], rows, [0.85, 0.06, 0.05, 0.04]),
        "change": _pick(chance, [None, "up", "down"], rows, [0.94, 0.04, 0.02]),
        "role": _pick(chance, list(ROLES), rows, list(ROLES.values())),
        "category": _named(link, [category for category, _ in LINKS]),
        "subcategory": _named(link, [subcategory for _, subcategory in LINKS]),
        "stage": _named(np.where(money, chance.integers(0, len(STAGES), rows), len(STAGES)), [*STAGES, None]),
        "item": _named(np.where(date, 0, item), _items()),
        "year": year,
        "sentence": _pick(chance, [f"第{number}项工作已经完成，支出若干万元。" for number in range(5000)], rows),
        "section": _pick(chance, [f"三、绩效分析 > （{number}）完成情况" for number in range(200)], rows),
        "rule": _pick(chance, ["amount.yuan", "rate.percent", "count.measure", "date.year"], rows),
        "evidence": _pick(chance, ["cue:安排→决策/资金投入", "section:产出", "name"], rows),
        "confidence": np.round(chance.beta(8, 2, rows), 2),
    }


def _own_items(chance: np.random.Generator, office: np.ndarray) -> np.ndarray:
    """For every row one of the things that its office counts."""
    return 1 + (office * 131 + chance.integers(0, OWN_ITEMS, len(office))) % (len(_items()) - 1)


def _items() -> list[str | None]:
    """Names of what is counted; the first stands for none."""
    return [None, *map("".join, product(SCOPES, DEEDS, THINGS, MEASURES))]


def _entities(chance: np.random.Generator, reports: Reports) -> Columns:
    doc_id, start = _repeated(reports, ENTITIES)
    rows = len(start)
    return {
        "doc_id": doc_id,
        "text": _pick(chance, [f"第{number}县财政局" for number in range(500)], rows),
        "start": start,
        "end": start + 6,
        "label": _pick(chance, ["ORG", "GPE", "PROJECT", "POLICY", "EVENT"], rows),
        "source": _pick(chance, ["rule", "model"], rows),
    }


def _indicators(chance: np.random.Generator, reports: Reports) -> Columns:
    doc_id, start = _repeated(reports, INDICATORS)
    rows = len(start)
    target = np.round(chance.uniform(1, 100, rows), 1)
    actual = np.round(target * chance.uniform(0.8, 1.3, rows), 1)
    words = [f"≥{number}个" for number in range(1000)]
    return {
        "indicator_id": _joined(doc_id, ":i", start),
        "doc_id": doc_id,
        "start": start,
        "end": start + 20,
        "level1": _pick(chance, ["产出指标", "效益指标", "满意度指标"], rows, [0.6, 0.3, 0.1]),
        "level2": _pick(chance, ["数量指标", "质量指标", "时效指标", "成本指标"], rows),
        "level3": _pick(chance, _items()[1:], rows),
        "target": _pick(chance, words, rows),
        "actual": _pick(chance, words, rows),
        "target_value": target,
        "target_unit": _pick(chance, ["个", "%", "人次"], rows),
        "target_bound": _pick(chance, ["≥", "="], rows),
        "actual_value": actual,
        "actual_unit": _pick(chance, ["个", "%", "人次"], rows),
        "weight": np.full(rows, 10.0),
        "score": np.round(chance.uniform(5, 10, rows), 1),
        "attained": actual >= target,
        "category": _pick(chance, ["产出", "效益", "满意度"], rows, [0.6, 0.3, 0.1]),
        "subcategory": _pick(chance, ["数量", "质量", "时效", "社会效益", "服务对象满意度"], rows),
    }


def _funding(chance: np.random.Generator, reports: Reports) -> Columns:
    """Four rows for three reports of ten: the others have no form."""
    kept = chance.random(len(reports)) < 0.3
    with_form = Reports(reports.doc_id.filter(pa.array(kept)), reports.office[kept], reports.year[kept])
    doc_id, start = _repeated(with_form, FUNDING)
    rows = len(start)
    budget = np.round(np.exp(chance.normal(6, 1.5, rows)), 2)
    return {
        "doc_id": doc_id,
        "start": start,
        "end": start + 20,
        "project": _pick(chance, ["专项资金"], rows),
        "source": _named(np.tile(np.arange(FUNDING), len(with_form)), SOURCES),
        "budget_initial": budget,
        "budget": budget,
        "spent": np.round(budget * chance.uniform(0.6, 1, rows), 2),
        "weight": np.full(rows, 10.0),
        "score": np.round(chance.uniform(5, 10, rows), 1),
    }
