"""Which digits are no figures, and why: names, ordinals, codes, set phrases (guideline section 3)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import regex

from extractors import lexicon
from extractors.types import Mask


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


def covering(masks: Iterable[Mask], start: int, end: int) -> Mask | None:
    """The mask that holds the whole of a span."""
    return next((mask for mask in masks if mask.start <= start and end <= mask.end), None)


def touching(masks: Iterable[Mask], start: int, end: int) -> Mask | None:
    """The mask that shares a character with a span."""
    return next((mask for mask in masks if mask.start < end and start < mask.end), None)
