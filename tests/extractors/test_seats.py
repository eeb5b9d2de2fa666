"""The place of the reporting unit, as a table, and the words beside a place's name."""

from __future__ import annotations

import pytest

from extractors import facts, formats, segment, textmap
from tests.extractors.cases import params


@pytest.mark.parametrize("case", params("regions.tsv"))
def test_region(case: dict[str, str]) -> None:
    doc = formats.read(case["text"].replace("⏎", "\n").encode(), "report.txt")
    text = textmap.normalise(doc.raw)
    found = facts.of(doc, text, segment.blocks(text))
    assert (found.region or "", found.region_code or "") == (case["region"], case["region_code"]), case["why"]
