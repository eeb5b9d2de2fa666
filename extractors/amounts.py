"""Sums of money."""

from __future__ import annotations

import regex

from extractors import cues, lexicon
from extractors.candidates import Candidate
from extractors.types import Reading

_MONEY = regex.compile(r"[资金经费款投拨付支预算额债价薪税罚奖]|收入|补助|配套|省补|市补|缺口|执行|结余")
_COUNTED = regex.compile(r"[人户名个群学居村用农职观]")
_COUNTING = regex.compile(
    r"(?:人口|群众|学生|用户|粉丝|观众|游客|人数|人次|户数|流量|面积|产量|居民|职工|农民|老人|儿童|播放|点击|访问|浏览)[^，]{0,4}$"
)
REACH = 40
"""How far back money may have been spoken of for a bare 31.5万 to be a sum, in characters."""
YUAN = "元"


def read(candidate: Candidate) -> Reading | None:
    """The sum that a candidate states, in units of 10,000, or None.

    >>> from extractors import candidates
    >>> read(candidates.read("下达18.6亿元")[0]).value
    Decimal('186000.00000')
    """
    text, unit = candidate.text, candidate.unit
    if unit is None and _is_bare_money(candidate):
        unit = lexicon.units()[YUAN]
    if unit is None or unit.kind != "amount":
        return None
    numeral, upper = candidate.numeral, candidate.upper
    return Reading(
        "amount",
        candidate.start,
        candidate.end,
        f"amount.{candidate.rule}",
        value=numeral.value * unit.factor,
        value_max=upper.value * unit.factor if upper else None,
        unit=unit.unit,
        currency=unit.currency,
        bound=cues.bound(text, candidate.start, candidate.end, numeral.more),
        change=cues.change(text, candidate.start),
    )


def _is_bare_money(candidate: Candidate) -> bool:
    """`下达31.5万`: a numeral in 万 or 亿 without a unit, where money is spoken of."""
    text, start, end = candidate.text, candidate.start, candidate.end
    if text[end - 1] not in "万亿" or _COUNTED.match(text, end) or _COUNTING.search(text[max(0, start - 8) : start]):
        return False
    return bool(_MONEY.search(text, max(0, start - REACH), start))
