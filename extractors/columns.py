"""Which cell of a row stands under which head: the cheapest alignment in order.

A cell's place in the line is a hint only: rows of flattened forms stand a column too far left or right, and cells
vanish. What a cell holds decides; the costs below say how well a kind of cell suits a role and what it costs to leave
something out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from extractors.cells import CellKind


class Column(NamedTuple):
    """A column's role and its place in the head's line."""

    role: str
    place: int


Costs = NDArray[np.float64]
NEVER = 99.0
OTHERWISE = "otherwise"
MONEY = ("budget_initial", "budget", "arrived", "spent")
_NUMBERS = ("number", "large")
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


class _Alignment:
    """The table of cheapest ways: `way[cell, column]` is the cost with that cell under that column.

    A way comes from the start, or from one of the cells just before under a column further left; the columns are
    worked out all at once.
    """

    def __init__(self, kinds: Sequence[CellKind], places: Sequence[int] | None, columns: Sequence[Column]) -> None:
        self.kinds, self.columns = kinds, columns
        self.money = np.array([column.role in MONEY for column in columns], dtype=bool)
        self.places = None if places is None else np.array(places)
        self.heads = np.array([column.place for column in columns], dtype=int)
        self.skipped = np.cumsum([0.0, *(SKIP.get(column.role, 0) for column in columns)])
        cheap = _NUMBERS if self.money.any() else ()
        self.dropped = np.cumsum([0.0, *(DROP_MONEY if kind in cheap else DROP for kind in kinds)])
        further = np.triu(np.ones((len(columns), len(columns)), dtype=bool), 1)
        self.between = np.where(further, self.skipped[:-1] - self.skipped[1:, None], np.inf)

    def best(self) -> tuple[tuple[int | None, ...], float]:
        """The column of each cell, and what that costs."""
        width = len(self.columns)
        way = np.full((len(self.kinds), width), np.inf)
        last = np.full(way.shape, -1)
        for cell, kind in enumerate(self.kinds):
            near = range(max(0, cell - MAX_DROPS - 1), cell)
            steps = np.concatenate([self._first(cell), *(self._step(way[left], left, cell) for left in near)])
            chosen = steps.argmin(axis=0)
            way[cell] = steps[chosen, np.arange(width)] + self._prices(kind)
            last[cell] = np.where(chosen, near.start * width + chosen - 1, -1)
        return self._trace(way, last)

    def _prices(self, kind: CellKind) -> Costs:
        """What a cell of a kind costs under each column."""
        tables = [SUITS.get(column.role, _ANY) for column in self.columns]
        prices = np.array([table.get(kind, table[OTHERWISE]) for table in tables])
        return np.where(prices < NEVER, prices, np.inf)

    def _first(self, cell: int) -> Costs:
        """What it costs to begin with a cell under each column: one row."""
        costs: Costs = self.skipped[:-1] + self.dropped[cell]
        if self.places is not None:
            costs = costs + np.minimum(MAX_SHIFT, SHIFT * np.abs(self.places[cell] - self.heads))
        return costs[None]

    def _step(self, before: Costs, left: int, cell: int) -> Costs:
        """What it costs to go from an earlier cell under each column (rows) to a cell under each column."""
        left_out = self.between + self.dropped[cell] - self.dropped[left + 1]
        if cell - left == 2 and self.kinds[left + 1] in _NUMBERS:
            left_out -= np.where(self.money, DROP_MONEY - DROP_BETWEEN, 0)[:, None]
        costs: Costs = before[:, None] + left_out
        if self.places is not None:
            apart = self.places[cell] - self.places[left] - self.heads + self.heads[:, None]
            costs += np.minimum(MAX_GAP, GAP * np.abs(apart))
        return costs

    def _trace(self, way: Costs, last: NDArray[np.int_]) -> tuple[tuple[int | None, ...], float]:
        found: list[int | None] = [None] * len(self.kinds)
        ends = way + (self.skipped[-1] - self.skipped[1:] + self.dropped[-1] - self.dropped[1:, None])
        at = int(ends.argmin()) if np.isfinite(way).any() else -1
        cheapest = ends.flat[at] if at >= 0 else self.skipped[-1] + self.dropped[-1]
        while at >= 0:
            cell, column = divmod(at, len(self.columns))
            found[cell], at = column, int(last[cell, column])
        return tuple(found), float(cheapest)
