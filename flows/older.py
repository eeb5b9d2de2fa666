"""Rows that an older Jixiao wrote, in the columns of this one."""

from __future__ import annotations

from contextlib import suppress

import pyarrow as pa
import pyarrow.compute as pc

_BLANK = {pa.string(): "", pa.int32(): 0, pa.float64(): 0.0, pa.bool_(): False}
"""What stands in a column that must not be null and that the older rows do not have."""


def fitted(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """The rows in the schema's columns: what they have and can be cast is kept, other columns are empty."""
    return pa.Table.from_arrays([_column(rows, field) for field in schema], schema=schema)


def _column(rows: pa.Table, field: pa.Field) -> pa.ChunkedArray:
    column = pa.chunked_array([pa.nulls(len(rows), field.type)])
    if field.name in rows.column_names:
        old = rows[field.name]
        with suppress(pa.ArrowInvalid, pa.ArrowNotImplementedError):
            column = _listed(old).cast(field.type) if pa.types.is_list(field.type) else old.cast(field.type)
    return column if field.nullable else pc.fill_null(column, pa.scalar(_BLANK[field.type], field.type))


def _listed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of lists; older ones were joined by line breaks."""
    return column if pa.types.is_list(column.type) else pc.split_pattern(column, "\n")
