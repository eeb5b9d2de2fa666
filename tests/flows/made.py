"""Datasets made row by row, for tests that must know what is in them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from extractors.dataset import SCHEMA_VERSION, SCHEMAS, Row, table
from flows import publish, store
from flows.store import Manifest

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
    """Write the rows as the dataset's next snapshot; answers the dataset."""
    staged = dataset / ".work" / "next-made"
    parts = {}
    for name in SCHEMAS:
        (staged / name).mkdir(parents=True)
        path = store.part(name, 0)
        parts[path] = publish.write_table(table(name, tables.get(name, [])), staged / path)
    store.write_manifest(staged, Manifest(SCHEMA_VERSION, "0", "0", 1, "2026-01-01T00:00:00+00:00", parts))
    store.publish(dataset, staged)
    shutil.rmtree(staged, ignore_errors=True)
    return dataset
