"""Proportions, growth, multiples."""

from __future__ import annotations

import regex

from extractors import cues, lexicon
from extractors.candidates import Candidate
from extractors.types import Reading

_ZERO = regex.compile(r"率(?:均|都)?[为是达]$")
"""死亡率为0: a rate without its sign."""
_GLUED = regex.compile(r"\d{5}")
"""3030100%: cells of a form run together."""


def read(candidate: Candidate) -> Reading | None:
    """The rate that a candidate states: in %, percentage points or times, or None."""
    unit, numeral, upper = candidate.unit, candidate.numeral, candidate.upper
    text, start = candidate.text, candidate.start
    if unit is None and numeral.value == 0 and _ZERO.search(text[max(0, start - 3) : start]):
        unit = lexicon.units()["%"]
    if unit is None or unit.kind != "rate" or numeral.bare or _GLUED.match(text, start):
        return None
    return Reading(
        "rate",
        candidate.start,
        candidate.end,
        f"rate.{candidate.rule}",
        value=numeral.value * unit.factor,
        value_max=upper.value * unit.factor if upper else None,
        unit=unit.unit,
        bound=cues.bound(candidate.text, candidate.start, candidate.end, numeral.more),
        change=cues.change(candidate.text, candidate.start),
    )
