"""The data dictionary is complete and current, and the Parquet files say the same."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from extractors import segment, tables, types
from extractors.dataset import SCHEMAS
from extractors.textmap import normalise
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


CHANGING = ("other_sources", "extractor_version", "lexicon_digest")
"""Columns of `documents` that the samples leave empty, or that change with every release."""
STATED = [
    (table, field)
    for table, field in COLUMNS
    if table != "problems" and field.name not in CHANGING and dictionary.facts(field).get("example")
]


@pytest.fixture(scope="module")
def written(samples: Path) -> dict[str, pa.Table]:
    """The samples' tables."""
    return {table: pq.read_table(samples / "current" / table) for table in SCHEMAS if table != "problems"}


def shown(value: object) -> str:
    """A value as the dictionary writes it."""
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize(("table", "field"), STATED, ids=[f"{table}.{field.name}" for table, field in STATED])
def test_examples_occur_in_the_samples(written: dict[str, pa.Table], table: str, field: pa.Field) -> None:
    """So no column is described that is always empty, and no value that never occurs."""
    found = {shown(value) for value in written[table].column(field.name).unique().to_pylist()}
    assert dictionary.facts(field)["example"] in found


@pytest.mark.parametrize(("table", "field"), STATED, ids=[f"{table}.{field.name}" for table, field in STATED])
def test_values_in_the_samples_are_those_that_are_listed(
    written: dict[str, pa.Table], table: str, field: pa.Field
) -> None:
    listed = dictionary.facts(field).get("values", "")
    if listed and "…" not in listed:
        found = set(written[table].column(field.name).unique().to_pylist()) - {None}
        assert found <= set(listed.replace(";", ",").split(", "))


def test_the_example_of_a_problem_occurs() -> None:
    form = "二级指标\t三级指标\t年度指标值\t实际完成值\t分值\t得分\n数量指标\t培训人次\t3030100%\n"
    text = normalise(form)
    (problem,) = tables.rows(segment.blocks(text).tables, text)[2]
    told = {field.name: dictionary.facts(field)["example"] for field in SCHEMAS["problems"]}
    assert (told["stage"], told["reason"]) == (problem.stage, problem.reason)
    assert told["text"] in (problem.text or "")
