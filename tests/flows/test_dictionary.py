"""The data dictionary is complete and current, and the Parquet files say the same."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from extractors import types
from extractors.dataset import SCHEMAS
from flows import dictionary

COLUMNS = [(table, field) for table, schema in SCHEMAS.items() for field in schema]
NAMES = [f"{table}.{field.name}" for table, field in COLUMNS]
WHOLE_TEXTS = ("text", "sentence")
"""Columns whose example is the report itself."""
CLOSED = {
    "mentions.kind": types.Kind,
    "mentions.bound": types.Bound,
    "mentions.change": types.Change,
    "mentions.role": types.Role,
    "mentions.category": types.Category,
    "mentions.stage": types.Stage,
    "entities.label": types.Label,
    "indicators.target_bound": types.Bound,
    "indicators.category": types.Category,
}


def test_the_page_is_current() -> None:
    assert dictionary.PAGE.read_text(encoding="utf-8") == dictionary.page(), "make docs, and commit the page"


def test_every_table_is_described() -> None:
    assert list(dictionary.TABLES) == list(SCHEMAS)


@pytest.mark.parametrize(("table", "field"), COLUMNS, ids=NAMES)
def test_every_column_is_described(table: str, field: pa.Field) -> None:
    known = dictionary.facts(field)
    assert known.get("description", "").endswith("."), "what it means, as a sentence"
    assert known.get("example") or field.name in WHOLE_TEXTS, "an example"
    if pa.types.is_integer(field.type) or pa.types.is_floating(field.type):
        assert known.get("unit"), "the unit of a number"
    assert set(known) <= {"description", "unit", "values", "example", "source"}


@pytest.mark.parametrize(("column", "literal"), CLOSED.items(), ids=CLOSED)
def test_closed_lists_name_the_values_that_the_code_knows(column: str, literal: object) -> None:
    field = dict(zip(NAMES, (field for _, field in COLUMNS), strict=True))[column]
    assert dictionary.facts(field)["values"].split(", ") == list(get_args(literal))


@pytest.mark.parametrize("table", SCHEMAS)
def test_the_parquet_files_carry_the_descriptions(samples: Path, table: str) -> None:
    for path in (samples / "current" / table).glob("*.parquet"):
        written = pq.read_schema(path)
        assert [(field.name, field.type) for field in written] == [(f.name, f.type) for f in SCHEMAS[table]]
        told = [dictionary.facts(field) for field in written]
        for extra in told:
            extra.pop("PARQUET:field_id", None)
        assert told == [dictionary.facts(field) for field in SCHEMAS[table]]
