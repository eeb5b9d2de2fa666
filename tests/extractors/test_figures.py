"""Every written form of a figure, as tables that need no Python to read."""

from __future__ import annotations

import pytest

from extractors import lexicon, numerals
from tests.extractors.cases import Figure, figures_of, listed, marked, number, params

KINDS = ("amounts.tsv", "rates.tsv", "counts.tsv", "scores.tsv", "durations.tsv")
Cells = dict[str, str]


def said(figure: Figure) -> tuple[int, str, str, str, str, str]:
    reading = figure.reading
    value = number(reading.value) + (f"..{number(reading.value_max)}" if reading.value_max is not None else "")
    return figure.start, figure.text, value, reading.unit or "", reading.bound, reading.change or ""


@pytest.mark.parametrize("case", params(*KINDS))
def test_figure(case: Cells) -> None:
    raw, spans = marked(case["sentence"])
    told = [listed(case[column], len(spans)) for column in ("value", "unit", "bound", "change")]
    expected = [(*span, *cells) for span, *cells in zip(spans, *told, strict=True)]
    assert [said(one) for one in figures_of(raw) if one.reading.kind == case["kind"]] == expected


@pytest.mark.parametrize("case", params("dates.tsv"))
def test_date(case: Cells) -> None:
    before, (sentence, spans) = case["before"], marked(case["sentence"])
    told = [listed(case[column], len(spans)) for column in ("first", "last", "bound")]
    expected = [(start + len(before), text, *cells) for (start, text), *cells in zip(spans, *told, strict=True)]
    year = int(case["fiscal_year"]) if case["fiscal_year"] else None
    found = [one for one in figures_of(before + sentence, year) if one.start >= len(before)]
    dates = [one for one in found if one.reading.kind == "date"]
    assert [(one.start, one.text, *calendar(one)) for one in dates] == expected


def calendar(figure: Figure) -> tuple[str, str, str]:
    return str(figure.reading.date_start), str(figure.reading.date_end), figure.reading.bound


@pytest.mark.parametrize("case", params("nothing.tsv"))
def test_nothing(case: Cells) -> None:
    raw, _ = marked(case["sentence"].replace("【", "〖").replace("】", "〗"))
    assert [(one.text, one.reading.kind) for one in figures_of(raw.replace("〖", "【").replace("〗", "】"), 2022)] == []


@pytest.mark.parametrize("case", params("numerals.tsv"))
def test_numeral(case: Cells) -> None:
    found = numerals.parse(case["numeral"])
    read = (number(found.value), "yes" if found.more else "") if found else ("", "")
    assert read == (case["value"], case["more"])


@pytest.mark.parametrize("unit", lexicon.units().values(), ids=lambda unit: unit.form)
def test_a_unit_s_example_is_read(unit: lexicon.Unit) -> None:
    """Every row of `units.tsv` is read in the example beside it."""
    example = next(
        row["example"]
        for _, row in lexicon.rows("units.tsv", lexicon.UNIT_COLUMNS, ("form",))
        if row["form"] == unit.form
    )
    assert any(one.reading.unit == unit.unit and one.reading.kind == unit.kind for one in figures_of(example))
