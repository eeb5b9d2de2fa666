"""What the head of a form's table says: the columns, the kind of rows below, and the scale of its money."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

import regex

from extractors import cells, columns, heads
from extractors.columns import Column
from extractors.types import Cell

Row = tuple[Cell, ...]
MAX_CELLS = 40
"""So many filled cells of a row or head are read: to align them costs their product."""
MAX_LINES = 6
"""So many lines make one head: the last ones, each once."""
_SCALES = {
    "元": Decimal("0.0001"),
    "千元": Decimal("0.1"),
    "万元": Decimal(1),
    "百万元": Decimal(100),
    "亿元": Decimal(10000),
}
_SCALE = regex.compile(r"(?:单位[:,]?(?:人民币)?|金额|[(,])(?P<unit>元|千元|万元|百万元|亿元)(?=[);,:]|$)")
_MONEY = ("budget_initial", "budget", "arrived", "spent")
_NAMES = ("level2", "level3")


class Head(NamedTuple):
    """The columns below a head, what the rows are, and what its money is worth in 万元."""

    kind: Literal["indicators", "funding", "other"]
    columns: tuple[Column, ...]
    scale: Decimal

    def has(self, *roles: str) -> bool:
        """Whether there is a column of one of these roles."""
        return any(column.role in roles for column in self.columns)


def filled(row: Row) -> list[tuple[int, Cell]]:
    """The cells that hold something, with their places in the line."""
    return [(place, cell) for place, cell in enumerate(row) if cell.text]


def scale(texts: Iterable[str]) -> Decimal | None:
    """What one unit of money is worth in 万元, where a head, label or caption says so.

    >>> scale(["项目资金(元)"]), scale(["年初预算数"])
    (Decimal('0.0001'), None)
    """
    for text in texts:
        match = _SCALE.search(text)
        if match:
            return _SCALES[match["unit"]]
    return None


def head(rows: Sequence[Row], around: Decimal | None, placed: bool) -> Head:
    """The head that these rows make, the lower going before the upper; of its columns the first `MAX_CELLS`.

    `around` is the scale of the caption; `placed` says that a cell's place in the line counts.
    """
    lines = [[column for place, cell in filled(row) if (column := _column(place, cell))] for row in rows]
    ordered = (_by_place(lines) if placed else _by_order(lines))[:MAX_CELLS]
    kind = _kind({column.role for column in ordered})
    made = scale([cell.text for row in rows for _, cell in filled(row)]) or around or Decimal(1)
    return Head(kind, _completed(kind, ordered), made)


def _column(place: int, cell: Cell) -> Column | None:
    """The column of a head cell; what spans several columns or none is no column."""
    role = heads.role(cell.text)
    if role in ("corner", "total", "foot", "goal"):
        return None
    return Column("other" if role in (None, "key") else role, place)


def _by_place(lines: Sequence[Sequence[Column]]) -> list[Column]:
    """The columns of several head lines, each where it stands; an unknown head hides none above it."""
    found: dict[int, Column] = {}
    for line in lines:
        for column in line:
            if column.role != "other" or column.place not in found:
                found[column.place] = column
    return [found[place] for place in sorted(found)]


def _by_order(lines: Sequence[Sequence[Column]]) -> list[Column]:
    """The columns of several head lines whose places say nothing: names from above, then a line's parts behind it."""
    found = list(lines[0])
    for line in lines[1:]:
        above = [column for column in found if column.role in _ABOVE]
        twice = next((at for at, column in enumerate(found) if line and column.role == line[0].role), None)
        found = [*above, *line] if twice is None else [*found[: twice + 1], *line[1:], *found[twice + 1 :]]
    return [Column(column.role, place) for place, column in enumerate(found)]


_ABOVE = ("number", "office", "department", "project")


def _kind(roles: set[str]) -> Literal["indicators", "funding", "other"]:
    if roles & set(_NAMES) and roles & {"target", "actual"}:
        return "indicators"
    if roles & {"budget_initial", "budget", "spent"} and not roles & set(_NAMES):
        return "funding"
    return "other"


def _completed(kind: str, ordered: list[Column]) -> tuple[Column, ...]:
    """The columns as the rows need them: unknown heads stay out of the alignment where rows have no cell for them."""
    if kind == "funding":
        money = next((number for number, column in enumerate(ordered) if column.role in _MONEY), 0)
        names = ordered[:money]
        if not any(column.role in ("source", "project") for column in names):
            names.append(Column("source", max(ordered[money].place - 1, 0)))
        return (*names, *ordered[money:])
    if kind == "indicators":
        named = max(number for number, column in enumerate(ordered) if column.role in _NAMES)
        points = ("weight", "score")
        early = [Column("other", c.place) if n < named and c.role in points else c for n, c in enumerate(ordered)]
        first = min(number for number, column in enumerate(ordered) if column.role in ("level1", *_NAMES))
        return tuple(column for number, column in enumerate(early) if number >= first or column.role == "number")
    return tuple(ordered)


def _told(held: list[tuple[int, Cell]]) -> list[tuple[int, Cell]]:
    """The cells that say something: a level's weight and a bare 指标1： beside the name are left out."""
    kept = []
    for number, (place, cell) in enumerate(held):
        bare = cells.kind(cell.text) == "label" and cells.without_label(cell.text) == len(cell.text)
        named = number + 2 < len(held) and cells.kind(held[number + 1][1].text) == "text"
        if not cells.is_aside(cell.text) and not (bare and named):
            kept.append((place, cell))
    return kept or held


class Aligned(NamedTuple):
    """A row's cells by role, and those that got no column."""

    by_role: dict[str, Cell]
    left: tuple[Cell, ...]
    row: tuple[Cell, ...]

    def text(self, role: str) -> str:
        """The text under a role, empty where there is none."""
        cell = self.by_role.get(role)
        return cell.text if cell else ""


def aligned(row: Row, under: Head, placed: bool) -> Aligned:
    """The row's cells under the head's columns; `placed` says that a cell's place in the line counts."""
    held = _told(filled(row)[:MAX_CELLS])
    kinds = tuple(cells.kind(cell.text) for _, cell in held)
    places = tuple(place for place, _ in held) if placed else None
    found = columns.align(kinds, places, under.columns)
    by_role: dict[str, Cell] = {}
    left = []
    for (_, cell), column in zip(held, found, strict=True):
        role = under.columns[column].role if column is not None else None
        if role is None:
            left.append(cell)
        elif role not in by_role or role != "score":
            by_role.setdefault(role, cell)
    return Aligned(by_role, tuple(left), tuple(cell for _, cell in held))
