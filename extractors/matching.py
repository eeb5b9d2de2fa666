"""Which row of a form states a figure of the prose.

The rows are looked up by value, unit and name: a long form beside much prose costs the sum of both, not the product.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import regex

from extractors.types import Indicator

MIN_NAME = 4
"""A shorter name must be the whole name (characters)."""
MAX_NAME = 100
"""A longer one is no name that prose repeats (characters)."""
_ASIDE = regex.compile(r"[\s、的(（][^)）]*[)）]|[\s的、]")
_Key = tuple[Decimal, str | None, str]


class Stated:
    """The rows of a report's forms by what they state: actuals before targets, each in reading order."""

    def __init__(self, rows: Sequence[Indicator]) -> None:
        actual = [(row.actual_value, row.actual_unit, row) for row in rows]
        target = [(row.target_value, row.target_unit, row) for row in rows]
        named = [(value, unit, row) for value, unit, row in (*actual, *target) if len(row.level3) <= MAX_NAME]
        stating = [(value, unit, row) for value, unit, row in named if value is not None]
        self._rows = [row for _, _, row in stating]
        self._values = {value for value, _, _ in stating}
        self._whole: dict[_Key, int] = {}
        self._ends: dict[_Key, int] = {}
        for rank, (value, unit, row) in enumerate(stating):
            name = _plain(row.level3)
            for measure in (unit, ANY):
                self._whole.setdefault((value, measure, name), rank)
                for end in _ends(name):
                    self._ends.setdefault((value, measure, end), rank)

    def by(self, item: str, value: Decimal | None, unit: str | None) -> Indicator | None:
        """The row that states a mention's figure: the names agree, and the value is the row's actual or target.

        Names agree where they are one, or the shorter begins or ends the longer.
        """
        if value is None or value not in self._values or len(item) > MAX_NAME:
            return None
        name = _plain(item)
        ranks = [rank for measure in ((unit, None) if unit else (ANY,)) for rank in self._ranks(value, measure, name)]
        return self._rows[min(ranks)] if name and ranks else None

    def _ranks(self, value: Decimal, unit: str | None, name: str) -> Iterator[int]:
        for end in (name, *_ends(name)):
            if (rank := self._whole.get((value, unit, end))) is not None:
                yield rank
        if (rank := self._ends.get((value, unit, name))) is not None:
            yield rank


ANY = "*"
"""Under this unit every row stands, for a figure that has none."""


def _plain(name: str) -> str:
    return _ASIDE.sub("", name)


def _ends(name: str) -> Iterator[str]:
    """What a name begins with and ends on that is long enough to be a name itself."""
    for size in range(MIN_NAME, len(name)):
        yield name[:size]
        yield name[-size:]
