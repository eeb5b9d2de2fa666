"""Which digits are no figures, and why: names, ordinals, codes, set phrases (guideline section 3)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import regex

from extractors import lexicon
from extractors.types import Mask


@cache
def _rules() -> tuple[regex.Pattern[str], tuple[str, ...]]:
    rules = lexicon.masks()
    joined = "|".join(f"(?P<m{number}>{rule.pattern})" for number, rule in enumerate(rules))
    return regex.compile(joined), tuple(rule.reason for rule in rules)


def read(text: str) -> tuple[Mask, ...]:
    """The masks of a sentence, from left to right.

    >>> [mask.reason for mask in read("第二批资金下达三级医院")]
    ['ordinal', 'level, rank, sort']
    """
    pattern, reasons = _rules()
    return tuple(
        Mask(match.start(), match.end(), reasons[int((match.lastgroup or "m0")[1:])])
        for match in pattern.finditer(text)
    )


def covering(masks: Iterable[Mask], start: int, end: int) -> Mask | None:
    """The mask that holds the whole of a span."""
    return next((mask for mask in masks if mask.start <= start and end <= mask.end), None)


def touching(masks: Iterable[Mask], start: int, end: int) -> Mask | None:
    """The mask that shares a character with a span."""
    return next((mask for mask in masks if mask.start < end and start < mask.end), None)
