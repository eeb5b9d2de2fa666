"""Words beside a figure: bounds, approximation, change (guideline section 2)."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple, cast

import regex

from extractors import lexicon
from extractors.types import Bound, Change

REACH = 12
"""How far in front of a figure a bound or a change may begin, in characters."""
_LINK = r"(?:了|达到?|为|有|在|是|占|约|近|超过?|不超过|不高于|不低于|不少于|不到|不足|至少|[:“\"'(约≥>≤<]){0,3}"
_OBJECT = r"(?:收入|支出|损失|成本|费用|投资|税收|产值|利润|金额|资金|开支|经费|销售额|幅度|比例|比率)?"
_BOUND_LINK = f"{_LINK}$"
_CHANGE_LINK = rf"(?![值到后率]|至(?!少)|速度){_OBJECT}{_LINK}$"


class Finder(NamedTuple):
    """The cues of one sense on one side as one pattern, a group a cue, and what each says."""

    pattern: regex.Pattern[str]
    values: tuple[str, ...]

    def value(self, match: regex.Match[str]) -> str:
        """What the cue says that was found."""
        return self.values[int((match.lastgroup or "c0")[1:])]


@cache
def finder(sense: str, side: str, link: str = "") -> Finder:
    """The cues of `lexicons/cues.tsv` of one sense on one side; `link` is what may stand behind any of them."""
    rules = lexicon.cues(sense, side)
    words = "|".join(f"(?P<c{number}>{rule.cue})" for number, rule in enumerate(rules))
    return Finder(regex.compile(rf"(?:{words}){link}"), tuple(rule.value for rule in rules))


def bound(text: str, start: int, end: int, more: bool) -> Bound:
    """The bound of a figure: what stands behind it, 余 and 多 inside it, then what stands before it.

    >>> bound("参与人数超过3万人", 6, 9, False), bound("50人以上", 0, 3, False)
    ('>', '≥')
    """
    after = finder("bound", "after")
    if match := after.pattern.match(text, end):
        return cast(Bound, after.value(match))
    if more:
        return ">"
    found = _last(finder("bound", "before", _BOUND_LINK), text[max(0, start - REACH) : start])
    if found in ("<", ">") and _GOAL.match(text, end):
        return "="
    return cast(Bound, found) if found else "="


_GOAL = regex.compile(r"的?(?:控制|年度|年初|预期|考核|规定)?(?:目标|标准|计划数|指标值|要求)")
"""未达到80%的目标: the bound is the actual's, the goal itself is exact."""


def change(text: str, start: int) -> Change | None:
    """The direction of a figure that is a difference.

    >>> change("同比增长8%", 4), change("提高到95%", 3)
    ('up', None)
    """
    return cast("Change | None", _last(finder("change", "before", _CHANGE_LINK), text[max(0, start - REACH) : start]))


def _last(cues: Finder, before: str) -> str | None:
    match = cues.pattern.search(before)
    return cues.value(match) if match else None
