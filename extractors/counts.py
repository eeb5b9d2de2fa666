"""Counts, physical quantities, scores and durations: their difference is data (`lexicons/units.tsv`)."""

from __future__ import annotations

import regex

from extractors import cues, lexicon
from extractors.candidates import Candidate
from extractors.lexicon import Unit
from extractors.types import Bound, Reading

_BUILT = regex.compile(
    r"(?:建成|新建|建设|修建|改建|扩建|改造|购置|购买|采购|新增|添置|配备|设立|成立|建立|引进|创建|打造|举办|召开|开展|组织|获得?|发生|共|仅|只|其中|(?<!没)有|为|设|建|和|及|、)了?$"
)


def read(candidate: Candidate) -> Reading | None:
    """The count, score or duration that a candidate states, or None."""
    unit, numeral, upper = candidate.unit, candidate.numeral, candidate.upper
    if unit is None:
        unit = _implied(candidate)
    if unit is None or unit.kind not in ("count", "score", "duration"):
        return None
    if _is_article(candidate) or _is_day_of_month(candidate) or _is_glued_year(candidate, unit) or _is_glued(candidate):
        return None
    return Reading(
        unit.kind,
        candidate.start,
        candidate.end,
        f"{unit.kind}.{candidate.rule}",
        value=numeral.value * unit.factor,
        value_max=upper.value * unit.factor if upper else None,
        unit=unit.unit,
        bound=_bound(candidate, unit.kind),
    )


def _is_glued_year(candidate: Candidate, unit: Unit) -> bool:
    """20142015年: years run together."""
    return unit.form == "年" and candidate.numeral.value >= 1000


REACH = 24
"""How far back the words stand that imply a unit, in characters."""
_SCORED = regex.compile(r"(?:得分|评分|总分|分值|分数)[为是达:]*(?:共计|合计)?$|(?<=分.*)得$")
_PEOPLE = regex.compile(r"(?:人口|群众|学生|用户|粉丝|观众|游客|客流)[^，\d]{0,4}$")


def _implied(candidate: Candidate) -> Unit | None:
    """The unit that the words imply: 得分98.5 is in 分, 注册用户41.6万 and 12.5万群众 in 人."""
    text = candidate.text
    before = text[max(0, candidate.start - REACH) : candidate.start]
    if _SCORED.search(before):
        return lexicon.units()["分"]
    if text[candidate.end - 1] in "万亿" and (_PEOPLE.search(before) or text.startswith("群众", candidate.end)):
        return lexicon.units()["人"]
    return None


_RUN = regex.compile(r"\d{7,}")


def _is_glued(candidate: Candidate) -> bool:
    """`4120318户`: more digits in one run than households or people are counted in, two numbers grown together."""
    return candidate.text[candidate.end - 1] in "户人" and bool(_RUN.match(candidate.text, candidate.start))


_LASTING = regex.compile(r"(?:期|限|为|由|提前|推迟|逾期|延期|历时|用时|要求的|缩短[为到至]|[超不]过|满|共|达)$")
_WITHIN = regex.compile(r"内|以内|之内|以上|左右")


def _is_day_of_month(candidate: Candidate) -> bool:
    """`15日` without a month is a day of the calendar, unless a term is spoken of (5日内, 工期45日)."""
    text, end = candidate.text, candidate.end
    if text[end - 1] != "日" or candidate.unit is None or candidate.unit.form != "日":
        return False
    return not (_WITHIN.match(text, end) or _LASTING.search(text[max(0, candidate.start - 4) : candidate.start]))


def _bound(candidate: Candidate, kind: str) -> Bound:
    """The bound; 近 before a duration (近三年) means the last years, not about."""
    more = candidate.numeral.more or "多" in candidate.text[candidate.start : candidate.end]
    found = cues.bound(candidate.text, candidate.start, candidate.end, more)
    recent = kind == "duration" and candidate.text[candidate.start - 1 : candidate.start] == "近"
    return "=" if recent else found


_ENDS_CLAUSE = regex.compile(r"$|[，。;、)(]|以上|以下|以内|后|内")
_NO_COUNT = regex.compile(r"(?:[每第进同统某这那另再又逐之唯首任何前有度月年周日天未没只]|[一二三四五六七八九十]是)$")


def _is_article(candidate: Candidate) -> bool:
    """一 before a measure word counts where something was built, bought or held, or where it ends the clause."""
    text, start = candidate.text, candidate.start
    if candidate.rule != "han" or text[start] != "一" or candidate.numeral.value != 1:
        return False
    before = text[max(0, start - 4) : start]
    counted = _BUILT.search(before) or (
        _ENDS_CLAUSE.match(text, candidate.end) and before and not _NO_COUNT.search(before)
    )
    return not counted
