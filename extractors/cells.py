"""What a table's cell holds: its kind, and its number with unit and bound."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache, lru_cache
from typing import Literal, NamedTuple, cast, get_args

import regex

from extractors import heads, lexicon, numerals
from extractors.errors import LexiconError
from extractors.types import Bound

CellKind = Literal[
    "empty",
    "dash",
    "number",
    "large",
    "percent",
    "value",
    "bound",
    "unit",
    "level1",
    "level2",
    "level",
    "label",
    "text",
    "long",
    "glued",
]
"""`large` is a number that no weight or score can be; `level` names a level 1 and a level 2; `label` is 指标1：…"""

BOUND_COLUMNS = ("word", "side", "bound", "example")
MAX_SCORE = 200
"""A larger number is neither weight nor score (分)."""
MAX_MEASURE = 3
"""A measure word that no lexicon has is at most that long (characters)."""
MAX_NAME = 40
"""A longer cell is prose, not a name (characters)."""


class Value(NamedTuple):
    """A cell's number in the guideline's units (万元 for money), as written in a target or actual cell."""

    number: Decimal
    unit: str | None
    bound: Bound
    kind: str | None


@cache
def _bounds() -> tuple[Mapping[str, Bound], Mapping[str, Bound]]:
    sides: dict[str, dict[str, Bound]] = {"before": {}, "behind": {}}
    for number, row in lexicon.rows("cell_bounds.tsv", BOUND_COLUMNS, ("word", "side")):
        if row["side"] not in sides or row["bound"] not in get_args(Bound):
            what = f"side {row['side']!r}, bound {row['bound']!r}"
            raise LexiconError("cell_bounds.tsv", number, what, "before or behind, and a bound of guideline section 2")
        sides[row["side"]][row["word"]] = cast(Bound, row["bound"])
    return sides["before"], sides["behind"]


def _any(words: Mapping[str, object]) -> str:
    return "|".join(map(regex.escape, sorted(words, key=len, reverse=True)))


@cache
def _value() -> regex.Pattern[str]:
    """A cell that is a number: bound, verb, numeral, unit, the noun behind it, bound."""
    before, behind = _bounds()
    units = _any(lexicon.units())
    return regex.compile(
        rf"(?P<before>(?:{_any(before)})*+)"
        r"(?P<verb>(?:实际|全年|已|共|累计)*(?:完成|达到|达|为|提高|增长|下降|减少)?)"
        rf"(?P<inner>(?:{_any(before)})?)"
        rf"(?:(?P<hundred>百分之)(?P<part>{numerals.NUMERAL})"
        rf"|(?P<number>-?(?:{numerals.NUMERAL}))(?P<unit>{units})?"
        rf"(?P<per>(?:/|每)[\p{{Han}}·/A-Za-z]{{1,6}}|\((?:含|不含)[^()]*\))?(?P<noun>\p{{Han}}{{0,6}}?))(?P<behind>(?:{_any(behind)})?)"
    )


_DASH = regex.compile(r"[-—/\\一_]{1,4}|#[A-Z]{2,4}/\d!|#[A-Z]+[!?]?|无")
_NUMBER = regex.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_PERCENT = regex.compile(r"-?\d+(?:,\d{3})*(?:\.\d+)?[%‰]")
_LABEL = regex.compile(
    r"(?:指标|目标)\s?(?:[\d一二三四五六七八九十]{1,3}|[A-Za-z])\s?[:.、]?|\(?\d{1,2}\)?[.、:](?=\p{Han})|[①-⑳]|(?:……|\.{3,}|…)$"
)
_GLUED = regex.compile(
    r"\d+(?:\.\d+)?%\d+(?:\.\d+)?|\d{5,}(?:\.\d+)?%|\d{1,3}\.\d{2}\d{1,3}\.\d{2}"
    r"|[≥≤<>]=?[^≥≤<>]{1,12}[≥≤<>]=?[^≥≤<>]*\d.*|\d+\.\d+\.\d+%?"
)
_NO_NUMBER = regex.compile(
    r"(?:19|20)\d\d(?:年|[-./])|\d{1,2}(?:月(?!龄)|日$|号$)|\d{1,2}[-/]\d{1,2}$|[一二三四五六七八九十](?:般|致|定|流|直|律|些)"
)


_SHAPES: tuple[tuple[CellKind, regex.Pattern[str]], ...] = (
    ("empty", regex.compile("")),
    ("dash", _DASH),
    ("glued", _GLUED),
    ("percent", _PERCENT),
)


@lru_cache(maxsize=65536)
def kind(text: str) -> CellKind:
    """What a cell's text is, seen alone.

    >>> [kind(text) for text in ("≥95%", "10", "—", "数量指标", "指标1:培训人次", "提高", "3030100%")]
    ['value', 'number', 'dash', 'level2', 'label', 'text', 'glued']
    """
    if _NUMBER.fullmatch(text):
        return "number" if abs(Decimal(text.replace(",", ""))) <= MAX_SCORE else "large"
    for found, pattern in _SHAPES:
        if pattern.fullmatch(text):
            return found
    if text in _bounds()[0]:
        return "bound"
    return "unit" if text.removeprefix("万") in lexicon.units() else _named(text)


def _named(text: str) -> CellKind:
    first, second = heads.levels(text)
    if first or second:
        return "level" if first and second else "level1" if first else "level2"
    if _LABEL.match(text):
        return "label"
    if len(text) > MAX_NAME or "。" in text or ";" in text:
        return "long"
    return "value" if value(text) else "text"


@lru_cache(maxsize=65536)
def value(text: str) -> Value | None:
    """The number that a cell states, None where it states none or is a date.

    >>> value("≥500万立方米"), value("提高")
    (Value(number=Decimal('5000000'), unit='立方米', bound='≥', kind='count'), None)
    """
    text = text.replace("百分比", "%")
    match = _value().fullmatch(text) if len(text) <= MAX_NAME and not _NO_NUMBER.search(text) else None
    if match is None:
        return None
    numeral = numerals.parse((match["part"] or match["number"]).lstrip("-"))
    if numeral is None or (match["number"] and not _counts(match)):
        return None
    number = numeral.value * (-1 if (match["number"] or "").startswith("-") else 1)
    bound = _bound(match["before"] or match["inner"], match["behind"], numeral.more)
    if match["hundred"]:
        return Value(number, "%", bound, "rate")
    unit = lexicon.units().get(match["unit"] or "")
    if unit is None:
        return Value(number, match["noun"] or None, bound, "count" if match["noun"] else None)
    return Value(number * unit.factor, unit.unit, bound, unit.kind)


def _counts(match: regex.Match[str]) -> bool:
    """Whether the numeral counts something: Arabic digits do; 一流, 十分 and a noun without a unit do not."""
    if match["number"].lstrip("-")[0].isdecimal():
        return bool(match["unit"]) or len(match["noun"]) <= MAX_MEASURE
    unit = lexicon.units().get(match["unit"] or "")
    return unit is not None and unit.kind != "score" and not match["noun"]


def _bound(before: str, behind: str, more: bool) -> Bound:
    """The stated bound; a doubled sign (≥≥) counts once."""
    starts, ends = _bounds()
    if before:
        return next(starts[word] for word in sorted(starts, key=len, reverse=True) if before.startswith(word))
    return ends[behind] if behind else ">" if more else "="


def number(text: str) -> Decimal | None:
    """The bare number of a weight, score or money cell; a trailing 分 is left out.

    >>> number("1,290.80"), number("10分"), number("—")
    (Decimal('1290.80'), Decimal('10'), None)
    """
    bare = text.removesuffix("分")
    return Decimal(bare.replace(",", "")) if _NUMBER.fullmatch(bare) else None


def percent(text: str) -> Decimal | None:
    """A rate in %; a bare number is one already."""
    if _PERCENT.fullmatch(text):
        return Decimal(text[:-1].replace(",", "")) / (1 if text[-1] == "%" else 10)
    return number(text)


def money(text: str, scale: Decimal) -> Decimal | None:
    """Money in 万元: a cell's own unit goes before the scale of its head (`scale` 万元 a unit), and is applied once."""
    bare = number(text)
    if bare is not None:
        return bare * scale
    stated = value(text)
    if stated is not None and stated.kind == "amount":
        return stated.number
    if text.endswith("万") and (bare := number(text[:-1])) is not None:
        return bare
    return None


_ASIDE = regex.compile(r"\(\d{1,3}(?:\.\d+)?[分%]?\)")


def is_aside(text: str) -> bool:
    """Whether a cell is a level's weight that has come apart from its name: （50分）."""
    return _ASIDE.fullmatch(text) is not None


def without_label(text: str) -> int:
    """How many characters of a name are its number: 指标1：.

    >>> without_label("指标1:培训人次")
    4
    """
    match = _LABEL.match(text)
    return match.end() if match else 0
