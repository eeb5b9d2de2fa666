"""The tables are plain Parquet that any reader opens as it is."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from extractors.dataset import SCHEMA_VERSION, SCHEMAS
from flows import publish
from tests.flows.support import ingest, texts, write_reports


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    ingest(write_reports(folder / "in", texts(30) | {"残.txt": "残缺的报告：数8个。"}), folder / "out")
    return folder / "out" / "current"


@pytest.mark.parametrize("table", SCHEMAS)
def test_every_reader_sees_the_same(live: Path, table: str) -> None:
    expected = ds.dataset(live / table).to_table()
    assert expected.schema.equals(SCHEMAS[table])
    assert len(pd.read_parquet(live / table)) == len(expected)
    assert pl.read_parquet(live / table).to_arrow().num_rows == len(expected)
    rows = duckdb.connect().execute(f"select * from read_parquet('{live}/{table}/*.parquet')").fetchall()
    assert [tuple(row.values()) for row in expected.to_pylist()] == rows


def test_a_table_without_rows_has_its_columns(live: Path) -> None:
    empty = pd.read_parquet(live / "funding")
    assert (len(empty), list(empty.columns)) == (0, SCHEMAS["funding"].names)


@pytest.mark.parametrize("table", SCHEMAS)
def test_the_files_say_what_they_hold(live: Path, table: str) -> None:
    for path in (live / table).iterdir():
        schema: pa.Schema = pq.read_schema(path)
        assert schema.metadata[b"schema_version"] == str(SCHEMA_VERSION).encode()
        assert schema.metadata[b"extractor_version"] == b"0+jieba"
        assert schema.metadata[b"lexicon_digest"]
        assert all(field.metadata[b"description"] for field in schema)
        assert pq.ParquetFile(path).metadata.row_group(0).column(0).compression == "ZSTD"


def test_a_document_lies_in_one_file_in_the_order_of_its_text(live: Path) -> None:
    for path in (live / "documents").iterdir():
        years = pq.read_table(path)["fiscal_year"].to_pylist()
        assert years == sorted(years)
    files = {path.name: pq.read_table(path).to_pylist() for path in (live / "mentions").iterdir()}
    homes = [{row["doc_id"] for row in rows} for rows in files.values()]
    assert sum(map(len, homes)) == len(set().union(*homes))
    for rows in files.values():
        for one, following in pairwise(rows):
            assert one["doc_id"] != following["doc_id"] or one["start"] < following["start"]


def test_row_groups_let_a_query_by_year_skip(tmp_path: Path, live: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "ROWS_PER_GROUP", 20)
    documents = pq.read_table(live / "documents").sort_by([("fiscal_year", "ascending")])
    publish.write_table(documents, tmp_path / "part.parquet")
    metadata = pq.ParquetFile(tmp_path / "part.parquet").metadata
    column = documents.schema.get_field_index("fiscal_year")
    groups = [metadata.row_group(number).column(column).statistics for number in range(metadata.num_row_groups)]
    assert [group.has_min_max for group in groups] == [True, True]
    assert groups[0].max <= groups[1].min
