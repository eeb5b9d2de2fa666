"""Which digits are no figures, and why: names, ordinals, codes, set phrases (guideline section 3)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from functools import cache
from itertools import accumulate
from typing import NamedTuple

import regex

from extractors import lexicon
from extractors.types import Mask, Reading


class Rule(NamedTuple):
    """A compiled mask: whether a sentence may hold it, where it stands, why it is no figure."""

    needs: regex.Pattern[str]
    pattern: regex.Pattern[str]
    reason: str


@cache
def _rules() -> tuple[Rule, ...]:
    return tuple(
        Rule(regex.compile(f"[{rule.needs}]" if rule.needs else ""), regex.compile(rule.pattern), rule.reason)
        for rule in lexicon.masks()
    )


def read(text: str) -> tuple[Mask, ...]:
    """The masks of a sentence, from left to right.

    >>> [mask.reason for mask in read("第二批资金下达三级医院")]
    ['ordinal', 'level, rank, sort']
    """
    found = [
        Mask(*match.span(), rule.reason)
        for rule in _rules()
        if rule.needs.search(text)
        for match in rule.pattern.finditer(text)
    ]
    return tuple(sorted(found))


class Stretches:
    """Stretches of a sentence, ordered, so that a long one is asked no more than a short one."""

    def __init__(self, found: Iterable[Mask | Reading]) -> None:
        spans = sorted((one.start, one.end) for one in found)
        self._starts = [start for start, _ in spans]
        self._ends = list(accumulate((end for _, end in spans), max))

    def hold(self, start: int, end: int) -> bool:
        """Whether one of them holds the whole of a span."""
        before = bisect_right(self._starts, start)
        return before > 0 and self._ends[before - 1] >= end

    def touch(self, start: int, end: int) -> bool:
        """Whether one of them shares a character with a span."""
        before = bisect_left(self._starts, end)
        return before > 0 and self._ends[before - 1] > start
