"""Datasets made row by row, for tests that must know what is in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow.parquet as pq

from extractors.dataset import SCHEMAS, Row, table

DOCUMENT: Row = {
    "text": "支出928万元。",
    "encoding": "utf-8",
    "chars": 8,
    "bytes": 20,
    "extractor_version": "0",
    "lexicon_digest": "0",
}
MENTION: Row = {
    "kind": "count",
    "text": "12个",
    "start": 0,
    "end": 3,
    "value": 12.0,
    "unit": "个",
    "bound": "=",
    "role": "actual",
    "sentence": "完成12个。",
    "section": "一、产出",
    "rule": "count.measure",
    "evidence": "cue:完成→产出/数量",
    "confidence": 0.9,
}
INDICATOR: Row = {"start": 0, "end": 3, "level3": "数量"}


def document(doc_id: str, **values: object) -> Row:
    """A `documents` row."""
    return {**DOCUMENT, "doc_id": doc_id, "source": f"{doc_id}.txt", **values}


def mention(doc_id: str, start: int = 0, **values: object) -> Row:
    """A `mentions` row of one character from `start` on, unless said otherwise."""
    return {
        **MENTION,
        "mention_id": f"{doc_id}:{start}",
        "doc_id": doc_id,
        "start": start,
        "end": start + 1,
        **values,
    }


def indicator(doc_id: str, start: int = 0, **values: object) -> Row:
    """An `indicators` row."""
    return {**INDICATOR, "indicator_id": f"{doc_id}:i{start}", "doc_id": doc_id, "start": start, **values}


def funding(doc_id: str, source: str | None, **values: object) -> Row:
    """A `funding` row."""
    return {"doc_id": doc_id, "source": source, "start": 0, "end": 1, **values}


def write(dataset: Path, tables: Mapping[str, Iterable[Row]]) -> Path:
    """Write the rows as the dataset's only snapshot; answers the dataset."""
    for name in SCHEMAS:
        folder = dataset / "snapshots" / "1" / name
        folder.mkdir(parents=True)
        pq.write_table(table(name, tables.get(name, [])), folder / "part-000.parquet")
    (dataset / "current").symlink_to(Path("snapshots") / "1")
    return dataset
