"""What reports say of themselves, as a table."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractors import facts, formats, lexicon, regions, segment, tables, textmap
from tests.extractors.cases import SIGNS

CASES = Path(__file__).parents[1] / "cases" / "facts.tsv"


def cases() -> list[tuple[str, str, str]]:
    lines = CASES.read_text(encoding="utf-8").split("\n")[1:]
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [(text.translate(SIGNS), fact, expected) for text, fact, expected in rows]


@pytest.mark.parametrize(("report", "fact", "expected"), cases())
def test_fact(report: str, fact: str, expected: str) -> None:
    doc = formats.read(report.encode(), "report.txt")
    text = textmap.normalise(doc.raw)
    blocks = segment.blocks(text)
    _, funding, _ = tables.rows(blocks.tables, text)
    found = getattr(facts.of(doc, text, blocks, funding), fact)
    assert ("" if found is None else str(found)) == expected


def test_every_code_has_six_digits_and_its_province() -> None:
    codes = {row["code"] for _, row in lexicon.rows("regions.tsv", regions.REGION_COLUMNS, ("code", "name"))}
    assert all(len(code) == 6 and code.isdecimal() for code in codes)
    assert {code[:2] + "0000" for code in codes} <= codes


def test_facts_of_a_long_line_in_linear_time() -> None:
    doc = formats.read(("得分" * 50000).encode(), "report.txt")
    text = textmap.normalise(doc.raw)
    assert facts.of(doc, text, segment.blocks(text)).self_score is None
