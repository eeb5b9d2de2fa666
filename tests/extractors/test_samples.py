"""Every row of the sample reports against its golden row; what is known to be misread stands in `misread.tsv`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from math import isclose
from pathlib import Path
from typing import Any

import pytest

from extractors import dataset, formats, pipeline
from tests.conftest import ROOT
from tests.extractors.cases import SIGNS, rows

REPORTS = sorted((ROOT / "data" / "reports").glob("*.txt"))
GOLD = ROOT / "data" / "reports" / "gold"
VALUES = ("value", "value_max", "unit", "currency", "bound", "change", "date_start", "date_end")
LINKS = ("category", "subcategory", "stage", "item")
"""What a figure is about; a date's is not in the gold."""
Row = Mapping[str, Any]
Place = tuple[int, str, str]
"""First character, text, kind or label."""


@pytest.fixture(scope="module")
def made() -> dict[str, dict[str, list[Row]]]:
    """The rows of each report, by table."""
    found = {}
    for path in REPORTS:
        report = pipeline.extract(formats.read(path.read_bytes(), path.name))
        found[path.stem] = dataset.rows(report, extractor_version="", lexicon_digest="")
    return found  # type: ignore[return-value]


def gold(name: str) -> list[Row]:
    return [json.loads(line) for line in (GOLD / name).read_text(encoding="utf-8").splitlines()]


def known(report: str) -> dict[Place, str]:
    """What is misread of a report's figures and names."""
    cells = (row.cells for row in rows("misread.tsv") if row.cells["report"] == report)
    return {(int(cell["start"]), cell["text"].translate(SIGNS), cell["kind"]): cell["misread"] for cell in cells}


def same(wanted: Any, found: Any) -> bool:
    """Equality of cells; blanks inside a text are layout."""
    if isinstance(wanted, float | int) and isinstance(found, float | int):
        return isclose(wanted, found, rel_tol=1e-9)
    if isinstance(wanted, str) and isinstance(found, str):
        return "".join(wanted.split()) == "".join(found.split())
    return bool(wanted == (found.isoformat() if isinstance(found, date) else found))


def misread(report: str, tables: Mapping[str, list[Row]]) -> Iterator[tuple[Place, str]]:
    """Each figure and name that is not as in the gold, with what is wrong of it."""
    for table, label in (("mentions", "kind"), ("entities", "label")):
        wanted = {(row["start"], row["text"], row[label]): row for row in gold(f"{report}.{table}.jsonl")}
        found = {(row["start"], row["text"], row[label]): row for row in tables[table]}
        for place in wanted.keys() | found.keys():
            if place not in found or place not in wanted:
                yield place, "missing" if place in wanted else "none"
            elif wrong := " ".join(_wrong(wanted[place], found[place], table)):
                yield place, wrong


def _wrong(wanted: Row, found: Row, table: str) -> Iterator[str]:
    if table == "mentions":
        fields = (*VALUES, "role") if wanted["kind"] == "date" else (*VALUES, "role", *LINKS)
        yield from (field for field in fields if not same(wanted[field], found[field]))


@pytest.mark.parametrize("report", [path.stem for path in REPORTS])
def test_figures_and_names(made: dict[str, dict[str, list[Row]]], report: str) -> None:
    """Nothing more is misread than what is known, and what is read by now is no longer listed."""
    assert dict(misread(report, made[report])) == known(report)


@pytest.mark.parametrize("report", [path.stem for path in REPORTS])
def test_forms(made: dict[str, dict[str, list[Row]]], report: str) -> None:
    path = GOLD / f"{report}.tables.json"
    wanted = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for table in ("indicators", "funding"):
        expected = wanted.get(table, [])
        assert len(made[report][table]) == len(expected)
        for row, found in zip(expected, made[report][table], strict=True):
            assert [field for field in row if field in found and not same(row[field], found[field])] == []


@pytest.mark.parametrize("wanted", gold("documents.jsonl"), ids=lambda row: row["file"])
def test_documents(made: dict[str, dict[str, list[Row]]], wanted: Row) -> None:
    (found,) = made[Path(wanted["file"]).stem]["documents"]
    told = {field: value for field, value in wanted.items() if field in found and value is not None}
    assert {field: found[field] for field, value in told.items() if not same(value, found[field])} == {}
