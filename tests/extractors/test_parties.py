"""Who paid whom, as a table of cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractors import figures, parties
from extractors.types import Entity, Sentence
from flows import markup

CASES = Path(__file__).parents[1] / "cases" / "parties.tsv"


def cases() -> list[list[str]]:
    lines = CASES.read_text(encoding="utf-8").split("\n")[1:]
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize(("marked", "payer", "payee"), cases())
def test_payer_and_payee(marked: str, payer: str, payee: str) -> None:
    framed, names, _ = markup.parse(marked)
    start, end = framed.index("【"), framed.index("】") - 1
    shift = [place - (place > start) - (place > end + 1) for place in range(len(framed) + 1)]
    text = framed.replace("【", "").replace("】", "")
    entities = tuple(Entity(shift[name.start], shift[name.end], name.label, "rule") for name in names)
    (statement,) = figures.statements([Sentence(text, 0, (), 0)], 2022)
    named = figures.without(statement, entities)
    said = {(one.start, one.end): found for one, found in zip(named.readings, parties.read(named), strict=True)}
    assert said[start, end] == (payer or None, payee or None)


def test_only_amounts_have_parties() -> None:
    text = "省财政厅下达任务12项"
    (statement,) = figures.statements([Sentence(text, 0, (), 0)], 2022)
    named = figures.without(statement, (Entity(0, 4, "ORG", "rule"),))
    assert parties.read(named) == ((None, None),)
