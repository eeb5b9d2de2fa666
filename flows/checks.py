"""What must hold for every row before it may be published; vectorised, no dependency."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from extractors import dataset
from extractors.errors import DatasetError

ALLOWED: Mapping[tuple[str, str], str] = {
    ("mentions", "kind"): dataset.KINDS,
    ("mentions", "bound"): dataset.BOUNDS,
    ("mentions", "category"): dataset.CATEGORIES,
    ("mentions", "role"): "actual, target, standard",
    ("mentions", "change"): "up, down",
    ("indicators", "category"): dataset.CATEGORIES,
    ("entities", "label"): "ORG, GPE, PROJECT, POLICY, EVENT",
}


def faults(tables: Mapping[str, pa.Table]) -> dict[str, str]:
    """The reports whose rows break a rule, by `doc_id`, with the first rule that each breaks."""
    found: dict[str, str] = {}
    for identity, reason in _all(tables):
        found.setdefault(identity, reason)
    return found


def consistent(tables: Mapping[str, pa.Table], where: str) -> None:
    """Refuse tables that hold a report twice or rows of a report that is not there."""
    documents = tables["documents"]["doc_id"]
    if pc.count_distinct(documents).as_py() != len(documents):
        raise DatasetError(f"{where}: a report is there twice; nothing was published, please report this")
    for name, table in tables.items():
        if name == "problems":
            continue
        if not pc.all(pc.is_in(table["doc_id"], value_set=documents), min_count=0).as_py():
            raise DatasetError(
                f"{where}: {name} has rows of a report that is not there; nothing was published, please report this"
            )


def _all(tables: Mapping[str, pa.Table]) -> Iterator[tuple[str, str]]:
    for name, table in tables.items():
        for column in table.schema:
            if not column.nullable:
                yield from _named(table, pc.is_null(table[column.name]), f"{name}.{column.name} is null")
            elif pa.types.is_floating(column.type):
                infinite = pc.invert(pc.is_finite(table[column.name]))
                yield from _named(table, infinite, f"{name}.{column.name} is no finite number")
    for (name, field), values in ALLOWED.items():
        column = tables[name][field]
        known = pa.array(values.split(", "))
        other = pc.and_(pc.is_valid(column), pc.invert(pc.is_in(column, value_set=known)))
        yield from _named(tables[name], other, f"{name}.{field} is none of: {values}")
    yield from _misplaced(tables)


def _misplaced(tables: Mapping[str, pa.Table]) -> Iterator[tuple[str, str]]:
    """Mentions and names whose text is not what stands at their offsets."""
    documents = tables["documents"]
    texts = dict(zip(documents["doc_id"].to_pylist(), documents["text"].to_pylist(), strict=True))
    for name in ("mentions", "entities"):
        columns = (tables[name][field].to_pylist() for field in ("doc_id", "start", "end", "text"))
        for identity, start, end, text in zip(*columns, strict=True):
            if texts.get(identity, "")[start:end] != text:
                yield identity, f"{name}.text {text!r} is not what stands at {start}–{end}"


def _named(table: pa.Table, broken: pa.ChunkedArray, rule: str) -> Iterator[tuple[str, str]]:
    if pc.any(broken, min_count=0).as_py():
        for identity in table["doc_id"].filter(broken).unique().to_pylist():
            yield str(identity), rule
