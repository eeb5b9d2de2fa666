"""Each numeral of a sentence once, with the longest unit behind it, unread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

import regex

from extractors import lexicon
from extractors.lexicon import Unit
from extractors.numerals import ARABIC, DIGITS, HAN_NUMERAL, LARGE, MAGNITUDE, MORE, SMALL, Numeral, parse


@dataclass(frozen=True, slots=True)
class Candidate:
    """A numeral, or a range of two, and the unit that stands behind it or governs it; sentence coordinates.

    `start`–`end` is the span with the unit; `shared` where the unit stands elsewhere (in a list, in the heading).
    """

    text: str
    start: int
    end: int
    numeral: Numeral
    upper: Numeral | None
    unit: Unit | None
    rule: str
    shared: bool = False


_LEFT = r"(?<![\d+第笫])(?<!\d/)(?<!\d[.,])(?<![A-Za-z][-.])"
_TAIL = rf"(?:{MORE}?{MAGNITUDE})?{MORE}?"
_TO = r"(?:[-—~]{1,2}|至|到)"


@cache
def _scan() -> regex.Pattern[str]:
    """Numerals: fractions and per cent in words, Arabic ones, and Chinese ones that a unit follows."""
    firsts = "".join(sorted({unit.form[0] for unit in lexicon.units().values() if not unit.arabic}))
    return regex.compile(
        rf"(?P<per>[百千万]分之)(?P<part>{HAN_NUMERAL}(?:点{HAN_NUMERAL})?|{ARABIC})"
        rf"|(?P<den>[二三四五六七八九十百千]{{1,3}})分之(?P<num>{HAN_NUMERAL})"
        rf"|(?P<tenths>[一二三四五六七八九])成(?P<more>[一二三四五六七八九半])"
        rf"|(?<=[占达约近的过为于])(?P<top>\d{{1,2}})/(?P<bottom>\d{{1,2}})(?![\d.%/])"
        rf"|{_LEFT}(?P<arabic>(?:{ARABIC}){_TAIL})(?![,.]\d|\+\d|[a-zA-Z]?[xX_×*]{{1,2}}(?!\d))"
        rf"|(?<![〇零一二三四五六七八九十百千万亿几数两每第])(?P<han>{HAN_NUMERAL}(?:{MORE}[百千万亿]?)?)(?=[{firsts}]|{_TO})"
    )


@cache
def _forms() -> Mapping[str, tuple[Unit, ...]]:
    """The units by first character, the longest first."""
    by_first: dict[str, list[Unit]] = {}
    for unit in sorted(lexicon.units().values(), key=lambda unit: -len(unit.form)):
        by_first.setdefault(unit.form[0], []).append(unit)
    return {first: tuple(units) for first, units in by_first.items()}


def unit_at(text: str, place: int, arabic: bool = True) -> Unit | None:
    """The longest unit that stands at a place of the text.

    >>> unit_at("30余万笔订单", 4).unit
    '笔'
    """
    for unit in _forms().get(text[place : place + 1], ()):
        if text.startswith(unit.form, place) and (arabic or not unit.arabic):
            end = place + len(unit.form)
            if (unit.unless is None or not unit.unless.match(text, end)) and not _runs_on(text, end):
                return unit
    return None


def _runs_on(text: str, end: int) -> bool:
    """Whether a unit in Latin letters is only the beginning of a longer word."""
    return bool(_LATIN_PAIR.match(text, end - 1))


_LATIN_PAIR = regex.compile(r"[A-Za-z][A-Za-z\d]")


def read(text: str, caption: Unit | None = None) -> list[Candidate]:
    """The candidates of a sentence, from left to right; ranges are one, list members get the list's unit.

    `caption` is the unit that a heading or a bracket gives to labels with bare numbers: `(单位:万元)租赁费132.4`.

    >>> [(c.start, c.end, c.unit.unit) for c in read("分别为12、15、9户")]
    [(3, 5, '户'), (6, 8, '户'), (9, 11, '户')]
    """
    found: list[Candidate] = []
    place = 0
    for match in _scan().finditer(text):
        if match.start() < place:
            continue
        candidate = _one(text, match) if match["arabic"] or match["han"] else _fraction(text, match)
        if candidate is not None:
            candidate = _without_number(candidate)
            found.append(candidate)
            place = candidate.end
    found = _bracketed(text, _shared(text, found))
    return found if caption is None else [_captioned(one, caption) for one in found]


_LABEL = regex.compile(r"[\u4e00-\u9fff):为]")
_STOP = regex.compile(r"$|[，。;、)!的+\s]|其中|同比|较上年")


def _captioned(one: Candidate, caption: Unit) -> Candidate:
    """A bare number behind a label, with the unit that governs it; one in 万 or 亿 tells its scale itself."""
    if one.text[one.end - 1] in LARGE:
        return one
    bare = one.unit is None and _LABEL.match(one.text[one.start - 1 : one.start]) and _STOP.match(one.text, one.end)
    return replace(one, unit=caption, rule="caption", shared=True) if bare else one


_INSIDE = regex.compile(r"\([^()]*+\)")


def _bracketed(text: str, found: list[Candidate]) -> list[Candidate]:
    """The candidates, with the unit of a sum given to its parts: `3986万元(中央3000、自治区600)`."""
    for place, whole in enumerate(found):
        inside = _INSIDE.match(text, whole.end) if whole.unit is not None and whole.unit.kind == "amount" else None
        if inside is None or whole.unit is None:
            continue
        unit = whole.unit._replace(factor=whole.unit.factor * _scale(whole, whole.unit))
        for part in range(place + 1, len(found)):
            if found[part].end > inside.end():
                break
            found[part] = _captioned(found[part], unit)
    return found


_HEADED = regex.compile(r"\((?:金额)?(?:单位:)?(?P<scale>[百千万亿]?)(?P<unit>元|人|个|亩|平方米|㎡|公里)\)$")


def heading_caption(heading: str) -> Unit | None:
    """The unit that a heading sets for what stands under it: `二、支出结构(金额单位:万元)`."""
    match = _HEADED.search(heading)
    return _scaled(match) if match else None


_CAPTION = regex.compile(r"单位[:为](?P<scale>[百千万亿]?)(?P<unit>[\u4e00-\u9fff%㎡]{1,5}?)(?=[)，。;:]|$)")


def caption(text: str) -> Unit | None:
    """The unit that a sentence sets for what follows: `（单位：万元）`.

    >>> caption("(单位:万元)").factor
    Decimal('1.0000')
    """
    match = _CAPTION.search(text)
    return _scaled(match) if match else None


def _scaled(match: regex.Match[str]) -> Unit | None:
    """The unit that a caption names, with its scale."""
    unit = unit_at(match["unit"], 0)
    if unit is None or unit.form != match["unit"]:
        return None
    scale = SMALL.get(match["scale"]) or LARGE.get(match["scale"], 1)
    return unit._replace(factor=unit.factor * scale)


def _fraction(text: str, match: regex.Match[str]) -> Candidate | None:
    """百分之三十, 百分之零点五, 三分之二, 2/3, 九成五: always a rate, in per cent."""
    percent = lexicon.units()["%"]
    if match["per"]:
        part, ratio = _decimal(match["part"]), Decimal(PER[match["per"][0]])
    elif match["tenths"]:
        part, ratio = Decimal(DIGITS[match["tenths"]] * 10 + DIGITS.get(match["more"], 5)), Decimal(1)
    else:
        top, bottom = parse(match["num"] or match["top"]), parse(match["den"] or match["bottom"])
        if top is None or bottom is None or not 0 < top.value < bottom.value:
            return None
        part, ratio = top.value, 100 / bottom.value
    if part is None:
        return None
    return Candidate(text, match.start(), match.end(), Numeral(part * ratio, False, False), None, percent, "fraction")


PER = {"百": "1", "千": "0.1", "万": "0.01"}
"""What one part is in per cent."""


def _decimal(text: str) -> Decimal | None:
    """A numeral that may have decimals in words: 九十八点五; None where the decimals are no digits."""
    whole, point, decimals = text.partition("点")
    numeral = parse(whole)
    if numeral is None or any(sign not in DIGITS for sign in decimals):
        return None
    return numeral.value + Decimal("0." + "".join(str(DIGITS[sign]) for sign in decimals)) if point else numeral.value


def _one(text: str, match: regex.Match[str]) -> Candidate | None:
    """A numeral with its unit, or the range that it opens."""
    group = "arabic" if match["arabic"] else "han"
    start, end = match.span(group)
    numeral = parse(match[group])
    if numeral is None:
        return None
    at = end + text.startswith(" ", end)  # a blank is left before Latin letters: 12.5 km
    unit = unit_at(text, at, group == "arabic")
    first = Candidate(text, start, at + len(unit.form) if unit else end, numeral, None, unit, group)
    if found := _range(first, group == "arabic"):
        return found
    return None if _is_orphan(first) or (unit is None and group == "han") else first


_NEAR = regex.compile(r"(?:近|约|超|逾|过|达|突破)$")
LONGEST_NEAR = 2


def _is_orphan(one: Candidate) -> bool:
    """`单位：万元`, 百姓, 万亩方: a magnitude without a number; 近百万元, 百余户, 亿元以上 are figures."""
    if not one.numeral.bare or one.numeral.more:
        return False
    return not (
        _NEAR.search(one.text[max(0, one.start - LONGEST_NEAR) : one.start])
        or one.text.startswith(("以上", "以下", "以内"), one.end)
    )


_IN_BRACKETS = regex.compile(r"\((?P<scale>[百千万亿]?)(?P<unit>[^()\d]{1,4})\)")


def _in_brackets(bare: Candidate) -> Candidate | None:
    """`27.19(万人)`: the unit and its scale stand in brackets behind the number."""
    match = _IN_BRACKETS.match(bare.text, bare.end)
    unit = unit_at(match["unit"], 0) if match else None
    if match is None or unit is None or unit.form != match["unit"]:
        return None
    scale = SMALL.get(match["scale"]) or LARGE.get(match["scale"], 1)
    return replace(bare, end=match.end(), unit=unit._replace(factor=unit.factor * scale), rule="bracket")


_AGES = frozenset({"岁", "周岁", "月龄"})
_NUMBERED = regex.compile(r"\d{1,2}\.(?=\d)")


def _without_number(one: Candidate) -> Candidate:
    """`2.0-6岁`, `3.65岁以上`: an age has no decimals, the digits before the point number the item."""
    match = _NUMBERED.match(one.text, one.start) if one.unit is not None and one.unit.form in _AGES else None
    lower = _LEADING.match(one.text, match.end()) if match else None
    numeral = parse(lower[0]) if lower else None
    return one if match is None or numeral is None else replace(one, start=match.end(), numeral=numeral)


_LEADING = regex.compile(r"\d++")
_UPPER = regex.compile(rf"{_TO}(?P<upper>(?:{ARABIC}){_TAIL}|{HAN_NUMERAL})")


def _range(first: Candidate, arabic: bool) -> Candidate | None:
    """15-20个, 3至5家, 10万元至20万元: the candidate of a range whose lower end is `first`."""
    match = _UPPER.match(first.text, first.end)
    if match is None:
        return None
    upper = parse(match["upper"])
    unit = unit_at(first.text, match.end(), arabic)
    if upper is None or unit is None or (first.unit is not None and first.unit.unit != unit.unit):
        return None
    lower = first.numeral
    if first.unit is None and upper.value >= 10**4 > lower.value and match["upper"][-1] in "万亿":
        lower = lower._replace(value=lower.value * LARGE[match["upper"][-1]])
    if lower.value >= upper.value:
        return None
    return Candidate(first.text, first.start, match.end() + len(unit.form), lower, upper, unit, "range")


def _shared(text: str, found: list[Candidate]) -> list[Candidate]:
    """The candidates, with the unit of a list given to its members that have none."""
    together = "分别" in text
    opens = len(text) - len(text.lstrip())
    for place in range(len(found) - 2, -1, -1):
        one, following = found[place], found[place + 1]
        gap = text[one.end : following.start]
        linked = gap in ("、", "和", "及", "与", "以及") or (together and gap == "，")
        numbers = one.start <= opens and one.end - one.start <= 2  # 1、5个乡镇…: it only numbers the sentence
        if one.unit is None and following.unit is not None and linked and not numbers:
            found[place] = replace(one, unit=_given(one, following, following.unit), rule="list", shared=True)
    return found


def _given(one: Candidate, following: Candidate, unit: Unit) -> Unit:
    """The unit that a list's next member gives to one before it: with its magnitude, `12、15、9万元` are all in 万元.

    Not where that would make it far larger than its neighbour: `300、1.2万人`.
    """
    scale = 1 if following.shared else _scale(following, unit)
    alike = unit.kind == "amount" or one.numeral.value < SIMILAR * following.numeral.value / scale
    return unit._replace(factor=unit.factor * scale) if alike and one.text[one.end - 1] not in LARGE else unit


SIMILAR = 100
"""Members of a list that share a magnitude differ by less than this, as factors."""


def _scale(one: Candidate, unit: Unit) -> int:
    """The magnitude that stands right before a candidate's unit."""
    return LARGE.get(one.text[one.end - len(unit.form) - 1], 1)
