"""One odd character costs a report no more than its figure."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal

import pytest
import regex

from benchmarks import fuzz
from extractors import pipeline
from extractors.types import Document, Report
from tests.extractors import cases

_TIMES = regex.compile(r"\((?P<text>[^()×]+)×(?P<times>\d+)\)")


def written(cell: str) -> str:
    """A cell with what is to be repeated written out: (9×3) is 999."""
    return _TIMES.sub(lambda match: match["text"] * int(match["times"]), cases.written(cell))


def extract(raw: str) -> Report:
    return pipeline.extract(Document("0" * 32, "report.txt", raw, "utf-8", len(raw)))


@pytest.mark.parametrize("case", cases.params("hostile.tsv"))
def test_an_odd_text_costs_no_more_than_its_figure(case: dict[str, str]) -> None:
    report = extract(written(case["text"]))
    assert "|".join(mention.text for mention in report.mentions) == written(case["figures"])
    reasons = case["problems"].split("|") if case["problems"] else []
    assert len(report.problems) == len(reasons)
    for problem, reason in zip(report.problems, reasons, strict=True):
        assert reason in problem.reason
        assert problem.start is not None
        assert report.doc.raw[problem.start : problem.end] == problem.text
    values = [mention.reading.value for mention in report.mentions]
    assert all(math.isfinite(float(value)) for value in values if isinstance(value, Decimal))


def test_no_odd_text_raises_or_misplaces_a_figure() -> None:
    """A small share of `python -m benchmarks.fuzz`."""
    assert list(fuzz.run(400, seed=7)) == []


def test_what_the_fuzzer_looks_for_it_finds() -> None:
    raw = "支出928万元，完成率95%。"
    report = extract(raw)
    first, *rest = report.mentions
    endless = replace(first, reading=replace(first.reading, value=Decimal("1e400")))
    assert list(fuzz.faults(raw, report)) == []
    for wrong in (replace(first, start=0), replace(first, text="928"), endless):
        assert len(list(fuzz.faults(raw, replace(report, mentions=(wrong, *rest))))) == 1
    assert "ZeroDivisionError" in next(iter(fuzz.run(1, 7, read=lambda _: 1 // 0)))  # type: ignore[arg-type, return-value]
