"""Which cell of a row stands under which head: the cheapest alignment in order.

A cell's place in the line is a hint only: rows of flattened forms stand a column too far left or right, and cells
vanish. What a cell holds decides; the costs below say how well a kind of cell suits a role and what it costs to leave
something out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from extractors.cells import CellKind


class Column(NamedTuple):
    """A column's role and its place in the head's line."""

    role: str
    place: int


NEVER = 99.0
OTHERWISE = "otherwise"
MONEY = ("budget_initial", "budget", "arrived", "spent")
_MONEY: Mapping[str, float] = {"number": 0, "large": 0, "value": 0.2, "dash": 0.3, "glued": 1, OTHERWISE: 6}
_STATED: Mapping[str, float] = {
    "percent": 0,
    "value": 0,
    "number": 0.5,
    "large": 0.3,
    "dash": 0.3,
    "text": 1,
    "long": 2.5,
    "glued": 1,
    "label": NEVER,
    OTHERWISE: 5,
}
_POINTS: Mapping[str, float] = {
    "number": 0,
    "value": 1,
    "dash": 0.3,
    "percent": 2.5,
    "glued": 1,
    "large": 4,
    OTHERWISE: 8,
}
_NAME: Mapping[str, float] = {
    "text": 0.5,
    "level1": 0.5,
    "level2": 0.5,
    "level": 0.5,
    "long": 1.5,
    "label": 0.5,
    OTHERWISE: 6,
}
_ANY: Mapping[str, float] = {OTHERWISE: 0.8}
SUITS: Mapping[str, Mapping[str, float]] = {
    "level1": {"level1": 0, "level": 0.3, "level2": 2.5, "text": 2, OTHERWISE: NEVER},
    "level2": {"level2": 0, "level": 0.2, "text": 1.5, "level1": 4, OTHERWISE: NEVER},
    "level3": {
        "label": 0,
        "text": 0,
        "level2": 1.2,
        "level": 1.2,
        "level1": 3,
        "long": 1.5,
        "value": 5,
        "dash": 5,
        OTHERWISE: 7,
    },
    "property": {"bound": 0, "text": 1.2, "dash": 1, OTHERWISE: 6},
    "unit": {"unit": 0, "text": 1.2, "dash": 1, OTHERWISE: 6},
    "target": _STATED,
    "actual": _STATED,
    "weight": _POINTS,
    "score": _POINTS,
    "note": {"text": 0.5, "long": 0, "dash": 0.6, OTHERWISE: 4},
    "explain": {"text": 0.5, "long": 0, "dash": 0.6, OTHERWISE: 4},
    "number": {"number": 0.2, "label": 0.2, OTHERWISE: 6},
    "project": _NAME,
    "source": _NAME,
    "office": _NAME,
    "department": _NAME,
    "budget_initial": _MONEY,
    "budget": _MONEY,
    "arrived": _MONEY,
    "spent": _MONEY,
    "rate": {"percent": 0, "dash": 0.3, "number": 1.5, "large": 2.5, "glued": 1, OTHERWISE: 7},
    "other": _ANY,
}
"""By role and kind of cell: 0 suits, 1 may be, 5 hardly, NEVER."""
SKIP: Mapping[str, float] = {
    "level3": 3,
    "target": 1.1,
    "actual": 1.0,
    "weight": 1.3,
    "score": 1.5,
    "project": 2,
    "source": 1,
    "budget_initial": 0.6,
    "budget": 1,
    "spent": 1,
    "rate": 0.8,
    "property": 0.4,
    "unit": 0.4,
}
"""What a column costs that gets no cell; the columns not named cost nothing."""
POINTS = ("weight", "score")
SKIP_POINTS = 1.2
"""What it costs a row to have neither weight nor score: they come together or not at all."""
DROP = 6.0
"""What a cell costs that gets no column."""
DROP_MONEY, DROP_BETWEEN = 2.0, 1.0
"""What a number without a column costs in a table of money, and behind an amount: more amounts than heads are usual."""
MAX_DROPS = 2
"""So many cells in a row may get no column, those before the first match aside."""
GAP, MAX_GAP = 0.5, 1.5
"""What each place costs by which two neighbours stand farther apart, or nearer, than their heads."""
SHIFT, MAX_SHIFT = 0.15, 0.6
"""What each place costs by which the first cell stands left or right of its head."""


@lru_cache(maxsize=8192)
def align(
    kinds: tuple[CellKind, ...], places: tuple[int, ...] | None, columns: tuple[Column, ...]
) -> tuple[int | None, ...]:
    """The column of each cell, None for a cell that gets none.

    `kinds` are those of the row's filled cells, `places` their places in the line, None where these say nothing (one
    cell a line). Rows of one shape are aligned once.
    """
    full, cost = _Alignment(kinds, places, columns).best()
    kept = tuple(place for place, column in enumerate(columns) if column.role not in POINTS)
    if len(kept) + len(POINTS) > len(columns):
        return full
    bare, less = _Alignment(kinds, places, tuple(columns[place] for place in kept)).best()
    if less + SKIP_POINTS >= cost:
        return full
    return tuple(None if place is None else kept[place] for place in bare)


_Match = tuple[int, int]
_Way = dict[_Match, tuple[float, _Match | None]]


class _Alignment:
    """The table of cheapest ways: `way[i][j]` is the cost with cell i under column j, and the match before."""

    def __init__(self, kinds: Sequence[CellKind], places: Sequence[int] | None, columns: Sequence[Column]) -> None:
        self.kinds, self.places, self.columns = kinds, places, columns
        self.money = any(column.role in MONEY for column in columns)
        self.skipped = [0.0]
        for column in columns:
            self.skipped.append(self.skipped[-1] + SKIP.get(column.role, 0))
        self.dropped = [0.0]
        for kind in kinds:
            cheap = self.money and kind in ("number", "large")
            self.dropped.append(self.dropped[-1] + (DROP_MONEY if cheap else DROP))

    def best(self) -> tuple[tuple[int | None, ...], float]:
        """The column of each cell, and what that costs."""
        way: _Way = {}
        for cell, kind in enumerate(self.kinds):
            for column, (role, _) in enumerate(self.columns):
                suits = SUITS.get(role, _ANY)
                cost = suits.get(kind, suits[OTHERWISE])
                if cost < NEVER:
                    priors = self._priors(way, cell, column)
                    before, last = min((self._step(way, cell, column, prior), prior) for prior in priors)
                    way[cell, column] = (before + cost, last if last != (-1, -1) else None)
        return self._trace(way)

    def _priors(self, way: _Way, cell: int, column: int) -> list[_Match]:
        near = ((left, under) for left in range(max(0, cell - MAX_DROPS - 1), cell) for under in range(column))
        return [(-1, -1), *(prior for prior in near if prior in way)]

    def _step(self, way: _Way, cell: int, column: int, prior: _Match) -> float:
        left_out = self.skipped[column] - self.skipped[prior[1] + 1] + self.dropped[cell] - self.dropped[prior[0] + 1]
        behind_money = prior[1] >= 0 and self.columns[prior[1]].role in MONEY
        if behind_money and cell - prior[0] == 2 and self.kinds[cell - 1] in ("number", "large"):
            left_out -= DROP_MONEY - DROP_BETWEEN
        if self.places is None:
            return left_out + (way[prior][0] if prior[0] >= 0 else 0)
        if prior[0] < 0:
            return left_out + min(MAX_SHIFT, SHIFT * abs(self.places[cell] - self.columns[column].place))
        apart = self.places[cell] - self.places[prior[0]] - self.columns[column].place + self.columns[prior[1]].place
        return way[prior][0] + left_out + min(MAX_GAP, GAP * abs(apart))

    def _trace(self, way: _Way) -> tuple[tuple[int | None, ...], float]:
        found: list[int | None] = [None] * len(self.kinds)
        ends = [(cost + self._rest(*match), match) for match, (cost, _) in way.items()]
        cheapest, last = min(ends) if ends else (self._rest(-1, -1), None)
        while last is not None:
            found[last[0]] = last[1]
            last = way[last][1]
        return tuple(found), cheapest

    def _rest(self, cell: int, column: int) -> float:
        return self.skipped[-1] - self.skipped[column + 1] + self.dropped[-1] - self.dropped[cell + 1]
