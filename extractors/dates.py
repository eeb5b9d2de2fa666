"""Calendar expressions: points and stretches, with the year that governs them (guideline section 2).

They are read before units, so that 年, 月 and 日 of the calendar are gone when durations are looked for.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

import regex

from extractors.numerals import parse
from extractors.types import Bound, Reading

_YEAR = r"(?:(?<!\d)(?:19|20)\d\d|(?<![〇零一二三四五六七八九])[一二][〇零一二三四五六七八九]{3})"
_SHORT = r"(?<![\d.])[12]\d(?=年(?:\d{1,2}月|度[^电,，。]|[底末]))"
_RELATIVE = r"今年|本年|当年|去年|上年|上一年|前年|次年|翌年|同年|明年|来年"
_Y = rf"(?P<y>{_YEAR}|{_SHORT})"
_R = rf"(?P<r>{_RELATIVE})度?"
_MONTH = (
    r"(?:(?<!\d)(?:1[0-2]|0?[1-9])|(?<![一二三四五六七八九十每])(?:十[一二]?|[一二三四五六七八九]|元(?=月))(?!月一))"
)
_M, _N = rf"(?<!\d[-—~.])(?P<m>{_MONTH})", rf"(?P<n>{_MONTH})"
_DAY = r"(?:3[01]|[12]\d|0?[1-9]|三十一?|二?十[一二三四五六七八九]?|二十|[一二三四五六七八九])"
_D, _E = rf"(?P<d>{_DAY})", rf"(?P<e>{_DAY})"
_YUE = r"月(?:份)?(?![龄度])"
_PART = r"(?P<p>[上中下]旬|[月]?[初底末](?![期步级中高审次始]))"
_TO = r"(?:起|开始)?(?:[-—~至到]{1,3})"
_QUARTER = (
    r"(?P<q>第?[一二三四1-4](?:季度|季(?=[,，。、]))|前[一二三23]个?季度"
    r"|第?[一二三四1-4][-—~至、]第?[二三四2-4]季度|[上下]半年)"
)
_NO_PART = "(?![期步级中高审次始])"
_YEAR_PART = rf"年?(?P<p>[初底末]){_NO_PART}"
_WRITTEN = r"年(?:度)?(?![级检鉴]|历(?!史))"

_FORMS = (
    r"(?P<y>(?<!\d)(?:19|20)\d\d)(?P<sep>[-/.])(?P<m>1[0-2]|0?[1-9])(?P=sep)(?P<d>3[01]|[12]\d|0?[1-9])(?![\d.%])",
    r"(?P<y>(?<!\d)20[12]\d)\.(?P<m>1[0-2]|0?[1-9])[-—~至到]{1,2}(?P<z>20[12]\d)\.(?P<n>1[0-2]|0?[1-9])(?![\d.%])",
    rf"{_Y}(?:{_WRITTEN})?{_TO}(?P<z>{_YEAR}){_WRITTEN}(?!\d{{1,2}}月)(?:{_YEAR_PART})?",
    rf"{_Y}年{_M}{_YUE}(?:{_D}[日号])?{_TO}(?P<z>{_YEAR})年{_N}{_YUE}(?:{_E}[日号])?(?:{_PART})?止?",
    rf"(?:{_Y}年度?|{_R})?{_M}(?:{_YUE})?(?:{_D}[日号])?{_TO}(?:同年|当年|(?P<z2>次年|翌年))?{_N}{_YUE}(?:{_E}[日号])?(?:{_PART})?止?",
    rf"(?:{_Y}年|{_R})?{_M}月{_D}[日号]?{_TO}{_E}[日号]",
    rf"(?:{_Y}年|{_R})?{_M}{_YUE}(?:{_D}[日号](?!文)|{_PART})?",
    rf"(?:{_Y}年度?|{_R}){_QUARTER}",
    rf"{_Y}年(?P<p>[初底末]){_NO_PART}|{_Y}年年(?P<p>[底末]|初(?!预|批|安|计|目|下|设|指|部|核|编|申)){_NO_PART}",
    rf"{_Y}{_WRITTEN}",
    rf"{_Y}(?=[、和](?:(?:19|20)\d\d[、和]){{0,9}}(?:19|20)\d\d年)",
    r"(?<![\d\-./])(?P<y>20[12]\d)\.(?P<m>1[0-2]|0[1-9])(?![\d.%]|[月万亿元个人户家亩吨公])",
    rf"(?<![每各按一个两三四\d]){_QUARTER}(?!一)",
)
_EXPRESSION = regex.compile(
    "(?=[0-9今本当去上下前次翌同明来一二三四五六七八九十元第])(?:" + "|".join(f"(?:{form})" for form in _FORMS) + ")"
)
_HINT = regex.compile(r"[年月季]|20\d\d[-/.、]")

_SINCE = regex.compile(r"(?:以来|至今|起(?!草|点|步|始)|之后|以后|后(?![续期勤备置台]))")
_UNTIL = regex.compile(r"(?:之前|以前|前(?![期后述往景端提三]))")


class Found(NamedTuple):
    """The dates of a sentence, and the year that governs what follows."""

    readings: tuple[Reading, ...]
    year: int | None


def read(text: str, fiscal_year: int | None, governing: int | None) -> Found:
    """The dates of a sentence; `governing` is the year last named before it.

    >>> [str(r.date_end) for r in read("2021年3月立项，同年10月底前完成", 2022, None).readings]
    ['2021-03-31', '2021-10-31']
    """
    readings: list[Reading] = []
    if _HINT.search(text):
        for match in _EXPRESSION.finditer(text):
            year = _year(match, fiscal_year, governing)
            stretch = _stretch(match.groupdict(), year) if year else None
            if stretch is None or _is_other(text, match):
                continue
            governing = stretch[1].year if match["z"] else year
            bound = _bound(text, match)
            readings.append(
                Reading(
                    "date",
                    match.start(),
                    match.end(),
                    "date." + _rule(match),
                    bound=bound,
                    date_start=stretch[0],
                    date_end=stretch[1],
                )
            )
    return Found(tuple(readings), governing)


def _is_other(text: str, match: regex.Match[str]) -> bool:
    """Digits that only look like a date: part of an ordinal, or a bare year inside a code."""
    before = text[match.start() - 1 : match.start()]
    coded = before.isascii() and before.isalpha() and match["m"] is None
    return coded or before == "第"


def _rule(match: regex.Match[str]) -> str:
    written = "year" if match["y"] else "relative" if match["r"] else "governed"
    return written if not (match["z"] or match["n"] or match["e"]) else "range"


def _bound(text: str, match: regex.Match[str]) -> Bound:
    if _SINCE.match(text, match.end()):
        return "≥"
    return "≤" if _UNTIL.match(text, match.end()) else "="


def _year(match: regex.Match[str], fiscal_year: int | None, governing: int | None) -> int | None:
    """The year that a match names or that governs it."""
    if written := match["y"]:
        number = parse(written)
        return None if number is None else int(number.value) + (2000 if len(written) == 2 else 0)
    named = governing or fiscal_year
    if relative := match["r"]:
        base = named if relative in ("同年", "当年", "次年", "翌年") else fiscal_year
        return None if base is None else base + _SHIFTS.get(relative, 0)
    return named


_SHIFTS: Mapping[str, int] = {
    "去年": -1,
    "上年": -1,
    "上一年": -1,
    "前年": -2,
    "次年": 1,
    "翌年": 1,
    "明年": 1,
    "来年": 1,
}


def _stretch(part: Mapping[str, str | None], year: int) -> tuple[date, date] | None:
    """First and last day of an expression, or None where it is no date of the calendar."""
    try:
        if part["q"]:
            return _quarter(part["q"], year)
        first = _month(part["m"])
        last_year = _number(part["z"]) if part["z"] else year
        last = _month(part["n"]) or first
        if first and last and part["n"] and (part["z2"] or (last < first and not part["z"])):
            last_year += 1
        start = date(year, first or 1, _number(part["d"]) if part["d"] else 1)
        end = _end(last_year, last or 12, part["e"] or (None if part["n"] else part["d"]))
    except ValueError:
        return None
    if part["p"]:
        return _narrowed(start, end, part["p"], bool(part["n"] or part["z"]))
    return (start, end) if start <= end else None


def _narrowed(start: date, end: date, part: str, is_range: bool) -> tuple[date, date]:
    """The part of a month or year that 初, 上旬, 底 … name; in a range it narrows the end."""
    if part.endswith("旬"):
        ten = "上中下".index(part[0])
        first = end.replace(day=1 + 10 * ten)
        return (start if is_range else first), (end if ten == 2 else end.replace(day=10 * ten + 10))
    if part.endswith("初"):
        first = end.replace(day=1) if start.month == end.month else end.replace(month=1, day=1)
        return (start if is_range else first), first
    return (start if is_range else end), end


def _end(year: int, month: int, day: str | None) -> date:
    return date(year, month, _number(day) if day else monthrange(year, month)[1])


def _quarter(text: str, year: int) -> tuple[date, date]:
    if text.endswith("半年"):
        return (date(year, 1, 1), date(year, 6, 30)) if text[0] == "上" else (date(year, 7, 1), date(year, 12, 31))
    numbers = [_number(sign) for sign in text if sign in "一二三四1234"]
    first = 1 if text[0] == "前" else numbers[0]
    following = date(year + (numbers[-1] == 4), numbers[-1] % 4 * 3 + 1, 1)
    return date(year, first * 3 - 2, 1), following - timedelta(days=1)


def _month(text: str | None) -> int | None:
    if text is None:
        return None
    return 1 if text == "元" else _number(text)


def _number(text: str) -> int:
    number = parse(text)
    if number is None:
        raise ValueError(text)
    return int(number.value)
