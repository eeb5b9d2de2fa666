"""How the lines of a report fall into rows of cells, and which cell of a row stands under which head."""

from __future__ import annotations

import pytest

from extractors import forms
from extractors.textmap import normalise
from extractors.types import Cell
from tests.extractors.cases import SIGNS, params

Cells = dict[str, str]


@pytest.mark.parametrize("case", params("grid.tsv"))
def test_rows_of_cells(case: Cells) -> None:
    grids = normalise(case["text"].translate(SIGNS)).grids
    told = ["⏎".join("¦".join(cell.text for cell in row) for row in grid) for grid in grids]
    assert "⏎⏎".join(told) == case["rows"]


def row(cell: str) -> tuple[Cell, ...]:
    """The cells of a line, each at its place there."""
    made, at = [], 0
    for text in cell.split("¦"):
        made.append(Cell(text, at, at + len(text)))
        at += len(text) + 1
    return tuple(made)


@pytest.mark.parametrize("case", params("columns.tsv"))
def test_cell_under_head(case: Cells) -> None:
    """The cells in the order of the heads, `·` where a head has none; what is left over stands behind `+`."""
    heads, line = row(case["heads"]), row(case["row"])
    placed = any(not cell.text for cell in line[:-1])
    head = forms.head([heads], None, placed)
    found = forms.aligned(line, head, placed)
    told = [found.text(column.role) or "·" for column in head.columns]
    assert "¦".join(told) + "".join(f" + {cell.text}" for cell in found.left) == case["under"]
