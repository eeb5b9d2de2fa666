"""Answers to questions, written as a table, CSV, JSON or Parquet; all but the table are streamed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
from rich.console import Group
from rich.table import Table
from rich.text import Text

from flows.fence import QueryError

TABLE_ROWS = 200
"""Rows shown on a terminal; a file has them all."""
ID_WIDTH = 10
"""An identity is cut to its beginning on a terminal: `--doc` of the review page takes that."""
_UNSEEN = r"\p{C}\p{Z}\s\x{115F}\x{1160}\x{2800}\x{3164}\x{FFA0}\x{034F}\x{180B}-\x{180F}\x{FE00}-\x{FE0F}"
"""Characters that show nothing: controls, formats, private ones, every blank, fillers, variation selectors."""
_SIGNS = (
    r"=+\-@\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}\x{FE66}\x{FE62}\x{FE63}\x{FE6B}"
    r"\x{2212}\x{207A}-\x{207C}\x{208A}-\x{208C}\x{FB29}"
)
"""All characters that Unicode folds (NFKC) to = + - @ or the minus sign."""
_FORMULA = rf"^[{_UNSEEN}]*[{_SIGNS}][{_UNSEEN}]*[^{_UNSEEN}]|^[\t\r\n]"
"""What a spreadsheet may run: text that starts with = + - @ in any form, whatever unseen stands before, and goes on; a
lone `=` or `-` is a bound or a dash."""
_NUMBER = r"^[+\-][0-9][0-9,]*(\.[0-9]+)?%?$"
"""What a spreadsheet takes for a number and does not run."""


def table(answer: pa.RecordBatchReader) -> Group:
    """The first rows as a table, numbers to the right, and a line that says when there are more."""
    rows, more = _first(answer, TABLE_ROWS)
    grid = Table()
    for field in answer.schema:
        if field.name.endswith("_id"):
            grid.add_column(Text(field.name), no_wrap=True, overflow="ellipsis", max_width=ID_WIDTH)
        else:
            grid.add_column(Text(field.name), justify="right" if _is_number(field.type) else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(Text(_shown(value)) for value in row.values()))
    count = f"{len(rows)} row{'' if len(rows) == 1 else 's'}"
    note = f"the first {count}; all of them: -o answer.csv" if more else count
    return Group(grid, Text(note))


def csv(answer: pa.RecordBatchReader, out: BinaryIO) -> None:
    """CSV whose texts no spreadsheet takes for a formula: an apostrophe stands before them."""
    schema = pa.schema([(_harmless_name(field.name), _csv_type(field.type)) for field in answer.schema])
    with pcsv.CSVWriter(out, schema) as writer:
        for batch in answer:
            columns = [_csv_column(column) for column in batch.columns]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))


def json_array(answer: pa.RecordBatchReader, out: BinaryIO) -> None:
    """One JSON array, an object a line."""
    out.write(b"[")
    lead = b"\n"
    for batch in answer:
        for row in batch.to_pylist():
            out.write(lead + json.dumps(_finite(row), ensure_ascii=False, default=_plain).encode())
            lead = b",\n"
    out.write(b"\n]\n")


def parquet(answer: pa.RecordBatchReader, out: BinaryIO) -> None:
    """Parquet, zstd."""
    with pq.ParquetWriter(out, answer.schema, compression="zstd") as writer:
        for batch in answer:
            writer.write_batch(batch)


FORMATS: Mapping[str, Callable[[pa.RecordBatchReader, BinaryIO], None]] = {
    "csv": csv,
    "json": json_array,
    "parquet": parquet,
}


def format_of(asked: str | None, output: Path | None) -> str:
    """The format asked for, else that of the file's suffix, else a table."""
    chosen = asked or (output.suffix.lower().removeprefix(".") if output else "table")
    if chosen not in FORMATS and (chosen != "table" or output):
        formats = ", ".join(FORMATS if output else ("table", *FORMATS))
        raise QueryError(f"{chosen or 'a file without suffix'}: no format of an answer; give with --format: {formats}")
    return chosen


def save(answer: pa.RecordBatchReader, chosen: str, output: Path, dataset: Path) -> None:
    """Write the answer to a file, which appears whole or not at all; CSV gets the mark by which Excel knows UTF-8."""
    if output.resolve().is_relative_to(dataset.resolve()):
        raise QueryError(f"{output}: lies inside the dataset, which is only read here; choose another place")
    with _whole(output) as out:
        if chosen == "csv":
            out.write(b"\xef\xbb\xbf")
        FORMATS[chosen](answer, out)


@contextmanager
def _whole(output: Path) -> Iterator[BinaryIO]:
    fresh = output.with_name(f".{output.name}.part")
    try:
        with fresh.open("wb") as out:
            yield out
        fresh.replace(output)
    except OSError as error:
        raise QueryError(f"{output}: can't be written ({error.strerror}); choose another place with -o") from None
    finally:
        fresh.unlink(missing_ok=True)


def _first(answer: pa.RecordBatchReader, count: int) -> tuple[list[dict[str, object]], bool]:
    rows: list[dict[str, object]] = []
    for batch in answer:
        rows += batch.slice(0, count + 1 - len(rows)).to_pylist()
        if len(rows) > count:
            return rows[:count], True
    return rows, False


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _is_plain(kind: pa.DataType) -> bool:
    return _is_number(kind) or bool(pa.types.is_boolean(kind) or pa.types.is_temporal(kind))


def _csv_type(kind: pa.DataType) -> pa.DataType:
    return kind if _is_plain(kind) else pa.string()


def _csv_column(column: pa.Array) -> pa.Array:
    if _is_plain(column.type):
        return column
    if not pa.types.is_string(column.type):
        column = pa.array([None if value is None else _shown(value) for value in column.to_pylist()], pa.string())
    matches = pc.match_substring_regex
    risky = pc.and_not(matches(column, _FORMULA), matches(column, _NUMBER))
    return pc.if_else(risky, pc.binary_join_element_wise("'", column, ""), column)


def _harmless_name(name: str) -> str:
    return str(_csv_column(pa.array([name]))[0])


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.10g}"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=_plain)
    return str(value)


def _finite(row: dict[str, object]) -> dict[str, object]:
    """JSON has no NaN and no infinity: null."""
    return {key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in row.items()}


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)
