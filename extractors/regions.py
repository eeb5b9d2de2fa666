"""Places by name and their six-digit administrative code (行政区划代码).

The gazetteer knows names; whether a name stands for its place is told by the words beside it: 会同县直部门, 建成县域.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import regex
from ahocorasick_rs import AhoCorasick, MatchKind

from extractors import edges, lexicon
from extractors.errors import LexiconError
from extractors.types import TextSpan

REGION_COLUMNS = ("code", "name", "level", "state")
COMMON_COLUMNS = ("name", "region")


class Region(NamedTuple):
    """A division: a former one keeps its last code."""

    code: str
    name: str
    level: str
    state: str


@cache
def regions() -> Mapping[str, tuple[Region, ...]]:
    """The divisions by name; several may bear one."""
    found: dict[str, tuple[Region, ...]] = {}
    for _, row in lexicon.rows("regions.tsv", REGION_COLUMNS, ("code", "name")):
        region = Region(**row)
        found[region.name] = (*found.get(region.name, ()), region)
    return found


@cache
def common() -> frozenset[str]:
    """The names that words may make by accident: those of two characters, or words themselves (和县, 平安县)."""
    words = set()
    for number, row in lexicon.rows("common_places.tsv", COMMON_COLUMNS, ("name",)):
        if row["region"] not in regions() or row["region"][:-1] != row["name"]:
            raise LexiconError("common_places.tsv", number, f"no region {row['region']}", "name one of regions.tsv")
        words.add(row["name"])
    return frozenset(name for name in regions() if len(name) == 2 or name[:-1] in words)


@cache
def _name() -> regex.Pattern[str]:
    """The places by name, the longest first; a place's name is not cut out of a longer one (江西省 in 浙江西省…)."""
    names = sorted((name for name in regions() if len(name) > 1), key=len, reverse=True)
    return regex.compile(r"\L<names>", names=names)


@cache
def _finder() -> AhoCorasick:
    return AhoCorasick(sorted(name for name in regions() if len(name) > 1), matchkind=MatchKind.LeftmostLongest)


def named(text: str) -> Iterator[TextSpan]:
    """Where a text names divisions in full, from left to right, the longest where one begins another.

    >>> text = "由五华县财政局会同县直部门建成县域商贸中心"
    >>> [text[start:end] for start, end in named(text)]
    ['五华县']
    """
    words = edges.Cover(match.span() for match in edges.rules()["word"].finditer(text))
    for _, start, end in _finder().find_matches_as_indexes(text):
        if not words.meets((start, end)) and _has_room(text, start, end) and is_place(text, start, end):
            yield TextSpan(start, end)


def at(text: str, start: int) -> int | None:
    """The end of the longest division's name that stands at a place of a text, be it meant or not."""
    match = _name().match(text, start)
    return match.end() if match else None


def is_place(text: str, start: int, end: int) -> bool:
    """Whether what stands behind a division's name lets it be one; 城区 stands behind its city or beside its like."""
    if edges.rules()["part"].match(text, start):
        return False
    behind = edges.rules()["unseated"].match(text, end)
    return behind is None or (text[start:end] not in common() and behind[0] not in ("场", "牌"))


def _has_room(text: str, start: int, end: int) -> bool:
    """Whether what stands before a name of two characters leaves room for it: its first may end a word (完成|县)."""
    return end - start > 2 or bool(edges.rules()["room"].search(text, max(0, start - 2), start))


def code(chain: Sequence[str], around: str) -> str | None:
    """The code of a place, the last of a chain of places each within the one before; None where that is open.

    Of several so named it is the one within the places before it, else within those that the text names.

    >>> code(["五华县"], ""), code(["鼓楼区"], ""), code(["南京市", "鼓楼区"], ""), code(["鼓楼区"], "位于南京市")
    ('441424', None, '320106', '320106')
    """
    found = regions().get(chain[-1], ())
    for outer in chain[:-1]:
        found = _within(found, [outer])
    if len(found) > 1:
        found = _within(found, sorted({around[start:end] for start, end in named(around)}))
    return found[0].code if len({region.code for region in found}) == 1 else None


def _within(found: Sequence[Region], places: Sequence[str]) -> tuple[Region, ...]:
    """Those divisions that lie within the named cities, else provinces."""
    for level, digits in (("prefecture", 4), ("province", 2)):
        outer = {one.code[:digits] for place in places for one in regions().get(place, ()) if one.level == level}
        within = tuple(region for region in found if region.code[:digits] in outer)
        if within:
            return within
    return ()
