"""What a cell of a form holds, seen alone: its kind, and the number, unit and bound that it states."""

from __future__ import annotations

import pytest

from extractors import cells
from extractors.textmap import normalise
from tests.extractors.cases import number, params

Cells = dict[str, str]


@pytest.mark.parametrize("case", params("cells.tsv"))
def test_cell(case: Cells) -> None:
    text = normalise(case["cell"]).text
    kind = cells.kind(text)
    found = cells.value(text) if kind not in ("glued", "unit") else None
    told = (number(found.number), found.unit or "", found.bound) if found else ("", "", "")
    assert (kind, *told) == (case["kind"], case["value"], case["unit"], case["bound"])
