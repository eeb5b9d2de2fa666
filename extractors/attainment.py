"""Whether an indicator's actual meets its target: the target's bound says which way, else the indicator's name."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cache, lru_cache
from typing import Literal, NamedTuple, cast, get_args

import regex

from extractors import cells, lexicon
from extractors.cells import Value
from extractors.errors import LexiconError

Better = Literal["less", "more", "open"]
Sense = Literal[Better, "undoes"]
DIRECTION_FILE = "reverse_indicators.tsv"
DIRECTION_COLUMNS = ("word", "better", "unless", "example", "counterexample")

_BLANKS = regex.compile(r"\s+")
_ASIDE = regex.compile(r"[(（][^()（）]*[)）]$")
_DIGITS = regex.compile(r"\d[\d,]*(?:\.\d+)?")


class Stated(NamedTuple):
    """A target's or actual's cell: its text, and its number with what other columns say of it."""

    text: str
    value: Value | None


class Direction(NamedTuple):
    """A word of an indicator's name, and which way it says is good."""

    pattern: regex.Pattern[str]
    sense: Sense
    example: str
    counterexample: str


@cache
def directions() -> tuple[Direction, ...]:
    """The words of reverse_indicators.tsv; each stands in its example."""
    found = []
    for number, row in lexicon.rows(DIRECTION_FILE, DIRECTION_COLUMNS, ("word",)):
        unless = f"(?!{row['unless']})" if row["unless"] else ""
        compiled = lexicon.pattern(DIRECTION_FILE, number, row["word"] + unless)
        if row["better"] not in get_args(Sense):
            what = f"better {row['better']!r}"
            raise LexiconError(DIRECTION_FILE, number, what, f"one of {', '.join(get_args(Sense))}")
        if not compiled.search(row["example"]):
            what = f"the word does not stand in {row['example']!r}"
            raise LexiconError(DIRECTION_FILE, number, what, "mend one of the two")
        found.append(Direction(compiled, cast(Sense, row["better"]), row["example"], row["counterexample"]))
    return tuple(found)


@cache
def _measure() -> regex.Pattern[str]:
    """What only says how something is counted: 率, 发生次数."""
    words = []
    for number, row in lexicon.rows("measures.tsv", ("word", "example"), ("word",)):
        if row["word"] not in row["example"]:
            what = f"the word does not stand in {row['example']!r}"
            raise LexiconError("measures.tsv", number, what, "mend one of the two")
        words.append(row["word"])
    return regex.compile(f"(?:{'|'.join(map(regex.escape, words))})*")


@lru_cache(maxsize=65536)
def better(name: str) -> Better | None:
    """Which way an indicator is good by its name: the word that ends last decides, less only where no more than a
    measure stands behind it; None where no word does.

    >>> better("投诉率"), better("投诉处理率"), better("投诉热线接通率"), better("培训人次"), better("成本控制率")
    ('less', 'more', None, None, 'open')
    """
    name = _ASIDE.sub("", _BLANKS.sub("", name))
    found = [
        (match.end(), -match.start(), word.sense) for word in directions() for match in word.pattern.finditer(name)
    ]
    end, _, last = max(found, default=(0, 0, None))
    if last == "undoes":
        return "more" if any(sense == "less" for _, _, sense in found) else None
    behind = name[end:]
    return None if last == "less" and not (len(behind) <= MAX_MEASURE and _measure().fullmatch(behind)) else last


MAX_MEASURE = 12
"""What stands behind a harm and is longer says more than how it is counted (characters)."""


def attained(name: str, target: Stated, actual: Stated, subcategory: str | None = None) -> bool | None:
    """Whether the actual meets the target; None where that can't be told. `name` is normalised.

    A bound says the direction; without one the name does, and money among the costs (成本) is better with less.

    >>> three, five = (Stated(text, cells.value(text)) for text in ("3件", "5件"))
    >>> attained("群众投诉件数", five, three), attained("投诉办结件数", five, three), attained("案件数", five, three)
    (True, False, None)
    """
    aim, result = target.value, actual.value
    if aim is None or result is None:
        same = bool(target.text) and _BLANKS.sub("", target.text) == _BLANKS.sub("", actual.text)
        return True if same and cells.kind(target.text) == "text" else None
    if not _comparable(aim, result, target.text):
        return None
    if aim.bound in ("=", "≈"):
        return _meets_plain(aim, result, better(name) or ("less" if _is_cost(aim, subcategory) else "more"))
    return _meets(aim, result)


def _is_cost(aim: Value, subcategory: str | None) -> bool:
    return subcategory == "成本" and aim.kind == "amount"


def _comparable(aim: Value, result: Value, target: str) -> bool:
    """Whether two numbers are of one unit; a bare number is not where it may be in either of two (5000元, 4800)."""
    if result.unit == aim.unit or aim.unit is None:
        return result.unit == aim.unit or result.unit != "%"
    if result.unit is not None:
        return False
    written = _DIGITS.search(target)
    scaled = written is not None and Decimal(written[0].replace(",", "")) != abs(aim.number)
    return not scaled and not (aim.unit == "%" and result.number <= 1 < aim.number)


def _meets_plain(aim: Value, result: Value, way: Better) -> bool | None:
    """Whether a result meets an aim without a bound; what is about so much need not be reached in full."""
    if result.number == aim.number and result.bound in ("=", "≈"):
        return True
    if way == "open":
        return None
    met = _meets(aim._replace(bound="≤" if way == "less" else "≥"), result)
    return met if met or aim.bound == "=" else None


def _meets(aim: Value, result: Value) -> bool | None:
    """Whether every number that the result may be keeps the aim's bound; None where only some do."""
    less = aim.bound in ("≤", "<")
    reaches: Callable[[Decimal, Decimal], bool] = Decimal.__le__ if less else Decimal.__ge__
    passes: Callable[[Decimal, Decimal], bool] = Decimal.__lt__ if less else Decimal.__gt__
    keeps = passes if aim.bound in ("<", ">") else reaches
    if result.bound in ("=", "≈"):
        return keeps(result.number, aim.number)
    excludes = result.bound in ("<", ">")
    if result.bound in (("≤", "<") if less else ("≥", ">")):  # all that it may be lies further than its number
        return True if (reaches if excludes else keeps)(result.number, aim.number) else None
    return None if (passes if excludes else keeps)(result.number, aim.number) else False
