"""The rows of the forms: indicators and funding (guideline section 5), and what could not be read.

Money is in 万元, spans of the records are raw. Nothing is guessed: glued runs go to the problems.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise

import regex

from extractors import cells, forms, funding, heads, indicators
from extractors.textmap import TextMap
from extractors.types import Cell, Funding, Indicator, Problem, TableBlock

Row = tuple[Cell, ...]
_TOTAL = regex.compile(r".{0,16}(?:合计|总计|小计|总分)")
TOLERANCE = Decimal("0.02")
"""A total may differ by that much from the sum of its rows (万元)."""


def rows(tables: Iterable[TableBlock], text: TextMap) -> tuple[list[Indicator], list[Funding], list[Problem]]:
    """The rows of all forms of a report, in reading order."""
    reader = _Reader(text)
    for table in tables:
        reader.read(table)
    return reader.indicators, reader.funding, reader.problems


def projects(tables: Iterable[TableBlock], text: TextMap) -> tuple[str, ...]:
    """The projects that the forms name behind 项目名称, each once, in the order of the report."""
    found: dict[str, None] = {}
    for table in tables:
        told = [(row, cell) for row in table.rows[:MAX_TOP] for cell in row if cell.text]
        for (row, name), (below, value) in pairwise(told):
            answered = heads.role(name.text) == "project" and heads.role(value.text) is None
            if answered and (row is below or _alone(row)):
                span = text.raw_span(value.start, value.end)
                found[text.raw[span.start : span.end]] = None
    return tuple(found)


MAX_TOP = 40
"""A form names its project in its first rows."""


def total_score(tables: Iterable[TableBlock]) -> Decimal | None:
    """The score in the 总分 row, where a report has just one such row."""
    found = [score for table in tables for row in table.rows if (score := _total_score(row)) is not None]
    return found[0] if len(found) == 1 else None


def _total_score(row: Row) -> Decimal | None:
    filled = [cell.text for _, cell in forms.filled(row)]
    if len(filled) < 3 or heads.role(filled[0]) != "total":
        return None
    numbers = [number for text in filled[1:] if (number := cells.number(text)) is not None]
    return numbers[-1] if len(numbers) == 2 and numbers[1] <= numbers[0] == 100 else None


class _Reader:
    """Reads tables row by row; what spans rows lives here: the project, the head, the levels, the running sums."""

    def __init__(self, text: TextMap) -> None:
        self.text = text
        self.indicators: list[Indicator] = []
        self.funding: list[Funding] = []
        self.problems: list[Problem] = []
        self.project: str | None = None
        self.head: forms.Head | None = None
        self.levels = indicators.Levels()
        self.caption: Decimal | None = None
        self.placed = False
        self.closed = True
        self.waiting: Row | None = None
        self.opening: list[Row] = []
        self.since = 0

    def read(self, table: TableBlock) -> None:
        self.placed = any(_has_gap(row) for row in table.rows)
        self.caption = forms.scale([table.title])
        if self.closed or not _continues(table):
            self.project, self.head, self.levels = None, None, indicators.Levels()
        self.closed, self.waiting, self.opening = False, None, []
        for row in table.rows:
            if forms.filled(row):
                self._row(row)
        if self.opening:
            self._open()

    def _row(self, row: Row) -> None:
        filled = forms.filled(row)
        texts = [cell.text for _, cell in filled]
        if heads.is_head(texts) or (self.opening and heads.is_opening(texts)):
            self._opened(row)
            return
        if self.opening:
            self._open()
        if heads.is_opening(texts) and not heads.is_goals(texts):
            self.opening = [row]
        elif heads.is_goals(texts):
            self.head = None
        elif not self._key(filled):
            self._data(row, texts)

    def _opened(self, row: Row) -> None:
        """A line of a head; the same line once more says nothing."""
        self._bounded(row, "head")
        if _said(row) not in map(_said, self.opening):
            self.opening = [*self.opening, row][-forms.MAX_LINES :]

    def _open(self) -> None:
        """The head rows met so far become the head; heads of one kind repeated on a new page change nothing."""
        made = forms.head(self.opening, self.caption, self.placed)
        self.opening, self.waiting = [], None
        self.head = made
        self.since = len(self.funding)

    def _key(self, filled: list[tuple[int, Cell]]) -> bool:
        """项目名称 and its like: the project is the cell behind the name, or the next row's."""
        roles = [heads.role(cell.text) for _, cell in filled]
        if self.waiting is not None and roles[0] is None and heads.role(self.waiting[-1].text) == "project":
            self.project, self.waiting = self._raw(filled[0][1]), None
            return True
        if roles[0] not in ("project", "department", "office", "key", "foot", "note"):
            return False
        for number, role in enumerate(roles):
            if role == "project" and number + 1 < len(filled):
                self.project = self._raw(filled[number + 1][1])
            if role in ("project", "department"):
                self.head, self.levels = None, indicators.Levels()
            if role == "department":
                self.project = None
        self.waiting = tuple(cell for _, cell in filled) if len(filled) == 1 and roles[0] == "project" else None
        return True

    def _data(self, row: Row, texts: list[str]) -> None:
        if self.head is None:
            self.caption = forms.scale(texts) or self.caption
        if self.head is None or self.head.kind == "other":
            return
        if _TOTAL.fullmatch(texts[0]) and not (self.waiting is None and len(texts) == 1):
            self._total(row, texts)
            return
        if self._glued(row):
            return
        self._bounded(row, "row")
        joined = (*(self.waiting or ()), *row) if _is_bare(row) and not self.head.has("number") else row
        self.waiting = None
        if self.head.kind == "funding":
            self._funding(joined, row)
        else:
            self._indicator(joined, row)

    def _funding(self, joined: Row, row: Row) -> None:
        assert self.head is not None
        found = forms.aligned(joined, self.head, self.placed and joined == row)
        made = funding.read(found, self.head, self.project, self.text)
        if made is not None:
            self.funding.append(made)
        elif _alone(row):
            self.waiting = tuple(cell for _, cell in forms.filled(row))

    def _indicator(self, joined: Row, row: Row) -> None:
        assert self.head is not None
        found = forms.aligned(joined, self.head, self.placed and joined == row)
        made = indicators.read(found, self.head, self.levels, self.project, self.text)
        if made is not None:
            self.indicators.append(made)
        elif _alone(row) and cells.kind(forms.filled(row)[0][1].text) in ("text", "label"):
            self.waiting = tuple(cell for _, cell in forms.filled(row))

    def _total(self, row: Row, texts: list[str]) -> None:
        """A total is no row; in a summary of projects it is checked against the rows above it."""
        assert self.head is not None
        self.closed = self.closed or self.head.kind == "indicators"
        if self.head.kind != "funding" or not self.head.has("project"):
            return
        stated = funding.read(forms.aligned(row, self.head, self.placed), self.head, None, self.text, total=True)
        above = self.funding[self.since :]
        self.since = len(self.funding)
        for name in ("budget", "spent"):
            said = getattr(stated, name, None)
            summed = sum((getattr(entry, name) or Decimal(0) for entry in above), Decimal(0))
            if said is not None and above and abs(said - summed) > TOLERANCE:
                made, told = _plain_number(summed), _plain_number(said)
                self._problem(row, f"{name}: the rows above add up to {made}万元, {texts[0]} says {told}万元")

    def _glued(self, row: Row) -> bool:
        """Whether cells have run together; what they were is not guessed."""
        glued = next((cell.text for cell in row if cells.kind(cell.text) == "glued"), None)
        if glued is not None:
            self._problem(row, f"cells have run together in {glued!r}; part them by tabs")
            self.waiting = None
        return glued is not None

    def _bounded(self, row: Row, name: str) -> None:
        """Says where a line is longer than lines of forms are."""
        if (held := len(forms.filled(row))) > forms.MAX_CELLS:
            self._problem(row, f"a {name} of {held} cells, of which {forms.MAX_CELLS} were read; part it into lines")

    def _problem(self, row: Row, reason: str) -> None:
        held = [cell for _, cell in forms.filled(row)]
        span = self.text.raw_span(held[0].start, held[-1].end)
        self.problems.append(Problem("tables", reason, span.start, span.end, self.text.raw[span.start : span.end]))

    def _raw(self, cell: Cell) -> str:
        span = self.text.raw_span(cell.start, cell.end)
        return self.text.raw[span.start : span.end]


def _said(row: Row) -> list[str]:
    """What stands in each place of a row, wherever the row stands."""
    return [cell.text for cell in row]


def _has_gap(row: Row) -> bool:
    """Whether an empty cell stands before a filled one, so that places in the line count."""
    empty = next((place for place, cell in enumerate(row) if not cell.text), len(row))
    return any(cell.text for cell in row[empty:])


def _plain_number(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _is_bare(row: Row) -> bool:
    """Whether a row begins with a figure: its label may stand in the line before."""
    return cells.kind(forms.filled(row)[0][1].text) in ("number", "large", "percent", "value", "dash")


def _alone(row: Row) -> bool:
    """Whether a row is one text cell: a label whose values stand in the next line."""
    return len(forms.filled(row)) == 1


def _continues(table: TableBlock) -> bool:
    """Whether a table goes on with the form before it: it has no project of its own, but levels or numbered names."""
    texts = [cell.text for row in table.rows[:12] for cell in row if cell.text]
    if any(heads.role(text) in ("project", "department") for text in texts):
        return False
    return any(cells.kind(text) in ("level", "level1", "level2", "label") for text in texts)
