"""How the lines of a report fall into rows of cells, and which cell of a row stands under which head."""

from __future__ import annotations

from decimal import Decimal

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


@pytest.mark.parametrize(
    ("told", "worth"),
    [
        ("单位：元", "0.0001"),
        ("项目资金（千元）", "0.1"),
        ("单位：万元", "1"),
        ("（单位：百万元）", "100"),
        ("资金总额（亿元）", "10000"),
        ("金额单位：人民币万元", "1"),
        ("年初预算数", None),
        ("万元工程", None),
        ("单位：个", None),
    ],
)
def test_what_one_unit_of_money_is_worth(told: str, worth: str | None) -> None:
    assert forms.scale(["一级指标", normalise(told).text]) == (None if worth is None else Decimal(worth))


@pytest.mark.parametrize("case", params("columns.tsv"))
def test_cell_under_head(case: Cells) -> None:
    """The cells in the order of the heads, `·` where a head has none; what is left over stands behind `+`."""
    heads, line = row(case["heads"]), row(case["row"])
    placed = any(not cell.text for cell in line[:-1])
    head = forms.head([heads], None, placed)
    found = forms.aligned(line, head, placed)
    told = [found.text(column.role) or "·" for column in head.columns]
    assert "¦".join(told) + "".join(f" + {cell.text}" for cell in found.left) == case["under"]
