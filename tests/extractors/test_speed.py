"""Time is linear in the length: no line, however odd, costs much more a character than prose."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
import regex

from benchmarks import scaling
from extractors import lexicon, pipeline
from extractors.types import Document

REPORTS = Path(__file__).parents[2] / "data" / "reports"
LENGTH = 20_000
LINES = {
    "digits": "1",
    "decimals": "1.5",
    "groups of three": "1,000,",
    "dates": "2023年4月18日",
    "years": "2023、",
    "open brackets": "(",
    "brackets": "()",
    "titles": "《",
    "quotes": "“",
    "quotes shut": "“”",
    "one": "一",
    "numerals": "一万",
    "lists": "1、",
    "codes": "A1",
    "growth": "增长",
    "offices": "县局",
    "blanks": " ",
    "tabs": "\t",
    "pipes": "1|",
    "line breaks": "\n",
    "headings": "一、概况\n",
    "one cell a line": "12\n",
    "pinyin": "项(xi",
    "bookmarks": "[bookmark:",
}
"""Lines that cost no more than `FACTOR` times what prose costs."""
FACTOR = 3
DENSE = {"sums": "1万元、", "months": "1月", "per cent": "百分之", "scores": "总得分100", "counts": "1个"}
"""Lines with a figure every few characters, where prose has one every thirty: they cost as much as their figures."""
DENSE_FACTOR = 10


def seconds(call: Callable[[], object]) -> float:
    """Processor time of the faster of two calls: other work on the machine does not count."""
    taken = []
    for _ in range(2):
        begin = time.process_time()
        call()
        taken.append(time.process_time() - begin)
    return min(taken)


def extraction(raw: str) -> float:
    return seconds(lambda: pipeline.extract(Document("0" * 32, "report.txt", raw, "utf-8", len(raw))))


@pytest.fixture(scope="module")
def prose() -> float:
    """Seconds for as many characters of the sample reports."""
    raw = "\n".join(path.read_text(encoding="utf-8") for path in sorted(REPORTS.glob("*.txt")))
    return extraction((raw * 9)[:LENGTH])


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_a_long_line_costs_no_more_than_prose(line: str, prose: float) -> None:
    assert extraction((line * LENGTH)[:LENGTH]) < FACTOR * prose


@pytest.mark.parametrize("line", DENSE.values(), ids=DENSE)
def test_a_line_of_figures_costs_as_much_as_its_figures(line: str, prose: float) -> None:
    assert extraction((line * LENGTH)[:LENGTH]) < DENSE_FACTOR * prose


@pytest.mark.parametrize("rule", lexicon.masks(), ids=lambda rule: rule.reason)
def test_a_mask_searches_a_long_line_in_linear_time(rule: lexicon.MaskRule) -> None:
    """Eight times the line costs no more than about eight times the time, whatever the line repeats."""
    pattern = regex.compile(rule.pattern)
    for line in {*LINES.values(), rule.example, rule.example[:-1], rule.counterexample}:
        short, long = ((line * size)[:size] for size in (1000, 8000))
        taken = seconds(lambda text=long: list(pattern.finditer(text)))  # type: ignore[misc]
        if taken > 0.02:
            assert taken < 20 * seconds(lambda text=short: list(pattern.finditer(text)))  # type: ignore[misc]


def test_there_are_constructs_enough() -> None:
    names = [construct.name for construct in scaling.constructs()]
    assert len(names) == len(set(names)) >= 150


@pytest.mark.slow
@pytest.mark.parametrize("construct", scaling.constructs(), ids=lambda construct: construct.name)
def test_twice_the_length_costs_twice_the_time(construct: scaling.Construct) -> None:
    assert scaling.growth(construct, length=3000, rounds=1).worst <= scaling.LIMIT
