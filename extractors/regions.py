"""Places by name and their six-digit administrative code (行政区划代码)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import regex
from ahocorasick_rs import AhoCorasick, MatchKind

from extractors import lexicon

REGION_COLUMNS = ("code", "name", "level", "state")
_TOWN = regex.compile(r"\p{Han}{2,6}?(?:镇|乡|街道)(?=$|人民政府|政府|办事处|党委|党工委|\s|\d)")
_OWN = (
    ("我县", "县", "county"),
    ("我区", "区", "county"),
    ("我市", "市", ""),
    ("我省", "省", "province"),
    ("我州", "州", "prefecture"),
)
"""How a report speaks of its own place, and what the place's name ends in."""


class Region(NamedTuple):
    """A division: a former one keeps its last code."""

    code: str
    name: str
    level: str
    state: str


@cache
def _regions() -> Mapping[str, tuple[Region, ...]]:
    found: dict[str, tuple[Region, ...]] = {}
    for _, row in lexicon.rows("regions.tsv", REGION_COLUMNS, ("code", "name")):
        region = Region(**row)
        found[region.name] = (*found.get(region.name, ()), region)
    return found


@cache
def _name() -> regex.Pattern[str]:
    """The places by name, the longest first; a place's name is not cut out of a longer one (江西省 in 浙江西省…)."""
    names = sorted((name for name in _regions() if len(name) > 1), key=len, reverse=True)
    return regex.compile(r"\L<names>", names=names)


@cache
def _finder() -> AhoCorasick:
    names = sorted(name for name in _regions() if len(name) > 1)
    return AhoCorasick(names, matchkind=MatchKind.LeftmostLongest)


def _named(text: str) -> list[str]:
    """Every place that a text names, in order, the longest where one begins another."""
    return _finder().find_matches_as_strings(text)


def leading(text: str) -> str | None:
    """The innermost place that a name begins with, towns included.

    >>> leading("自贡市贡井区人民医院"), leading("岩泉镇人民政府")
    ('贡井区', '岩泉镇')
    """
    at, found = 0, None
    while match := _name().match(text, at):
        at, found = match.end(), match[0]
    town = _TOWN.match(text, at)
    return town[0] if town else found


def first(text: str) -> str | None:
    """The first place named in a text, with the places inside it that follow at once."""
    match = _name().search(text)
    return leading(text[match.start() :]) if match else None


def own(text: str) -> str | None:
    """The place that a report most often names among those that it may call its own (我县 → 五华县)."""
    called = max(_OWN, key=lambda own: text.count(own[0]) + text.count("全" + own[0][1]))
    counts = Counter(_named(text))
    fitting = Counter(
        {name: count for name, count in counts.items() if name.endswith(called[1]) or called[0] not in text}
    )
    return fitting.most_common(1)[0][0] if fitting else None


def code(name: str, around: str) -> str | None:
    """The code of a place; of several so named the one whose city or province the text names, None where that is open.

    >>> code("五华县", ""), code("鼓楼区", ""), code("鼓楼区", "南京市鼓楼区教育局")
    ('441424', None, '320106')
    """
    found = _regions().get(name, ())
    if len(found) > 1:
        cities = {region.code[:4] for place in _upper(around) for region in place if region.level == "prefecture"}
        provinces = {region.code[:2] for place in _upper(around) for region in place if region.level == "province"}
        found = tuple(region for region in found if region.code[:4] in cities) or tuple(
            region for region in found if region.code[:2] in provinces
        )
    return found[0].code if len({region.code for region in found}) == 1 else None


def _upper(text: str) -> list[tuple[Region, ...]]:
    return [_regions()[name] for name in set(_named(text))]
