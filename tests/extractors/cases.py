"""Reads the case tables of `tests/cases`, and figures out of a text as the pipeline does.

In a cell ⏎ is a line break, ␍ a carriage return, ⇥ a tab, ␣ a blank that matters, ␀ a NUL character, and what begins
with a backslash and u the character of that code. A row with something under `gap` is a known gap: the case is what
would be right, `gap` why it is not read so. It must fail until the gap is closed, then the cell is emptied.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import regex

from extractors import figures, segment, textmap
from extractors.types import Reading

CASES = Path(__file__).parents[1] / "cases"
SIGNS = str.maketrans({"⏎": "\n", "␍": "\r", "⇥": "\t", "␣": " ", "␀": "\0"})
_CODE = regex.compile(r"\\u([0-9a-f]{4})")
_MARKED = regex.compile(r"【([^【】]*)】")


class Row(NamedTuple):
    """One line of a table."""

    line: int
    cells: dict[str, str]


def rows(name: str) -> list[Row]:
    """The rows of a table; the first line names the columns, a line that begins with `#` is a comment."""
    header, *lines = (CASES / name).read_text(encoding="utf-8").rstrip("\n").split("\n")
    columns = header.split("\t")
    found = []
    for number, line in enumerate(lines, 2):
        if not line.startswith("#"):
            cells = line.split("\t")
            assert len(cells) == len(columns), f"{name}:{number}: {len(cells)} cells, not {len(columns)}"
            found.append(Row(number, dict(zip(columns, cells, strict=True))))
    return found


def written(cell: str) -> str:
    """A cell with its signs as the characters that they stand for."""
    return _CODE.sub(lambda code: chr(int(code[1], 16)), cell.translate(SIGNS))


def params(*names: str) -> list[Any]:
    """The rows of tables as pytest's parameters: their cells, named by file, line and first cell."""
    return [_param(name, row) for name in names for row in rows(name)]


def _param(name: str, row: Row) -> Any:
    gap = row.cells.get("gap")
    marks = [pytest.mark.xfail(reason=gap, strict=True, raises=AssertionError)] if gap else []
    title = next(iter(row.cells.values()))[:30]
    return pytest.param(row.cells, id=f"{name.removesuffix('.tsv')}:{row.line} {title}", marks=marks)


class Figure(NamedTuple):
    """A figure at its place in the raw text."""

    start: int
    end: int
    text: str
    reading: Reading


def figures_of(raw: str, fiscal_year: int | None = None) -> list[Figure]:
    """The figures of a text, in its order."""
    text = textmap.normalise(raw)
    found = []
    for statement in figures.statements(segment.blocks(text).sentences, fiscal_year):
        for reading in statement.readings:
            start = statement.sentence.start
            span = text.raw_span(start + reading.start, start + reading.end)
            found.append(Figure(*span, raw[span.start : span.end], reading))
    return found


def marked(sentence: str) -> tuple[str, list[tuple[int, str]]]:
    """A sentence without its 【】, and the place and text of what stood in them."""
    raw, spans, done = "", [], 0
    sentence = sentence.translate(SIGNS)
    for match in _MARKED.finditer(sentence):
        raw += sentence[done : match.start()]
        spans.append((len(raw), match[1]))
        raw, done = raw + match[1], match.end()
    return raw + sentence[done:], spans


def listed(cell: str, count: int) -> list[str]:
    """The values of a cell, one for each figure; a single one goes for all, `-` stands for nothing."""
    values = [value.replace("-", "") if value == "-" else value for value in cell.split(" ")]
    if len(values) == 1:
        return values * count
    assert len(values) == count, f"{cell!r} for {count} figures"
    return values


def number(value: Decimal | None) -> str:
    """A value without the zeros at its end, to six decimals."""
    return "" if value is None else f"{round(value, 6).normalize():f}"
