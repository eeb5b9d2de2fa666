"""What a head cell or row label of a form says, and the names of an indicator's levels: look-ups in the lexicons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple, cast, get_args

import regex

from extractors import lexicon
from extractors.errors import LexiconError
from extractors.types import Category

HEAD_COLUMNS = ("name", "match", "role", "example")
LEVEL_COLUMNS = ("name", "level", "parent", "category", "subcategory", "example")
MEASURES = frozenset({"target", "actual", "budget_initial", "budget", "spent", "rate", "score", "weight"})
"""The roles that only a table's head has, never a row label."""
ROLES = MEASURES | {
    *("number", "project", "department", "office", "key", "corner", "goal", "level1", "level2", "level3"),
    *("property", "unit", "source", "arrived", "total", "foot", "note", "explain", "other"),
}
HEAD_SHARE = 0.6
"""At least this share of a head row's filled cells is known."""
MAX_HEAD = 24
"""A longer cell is no head (characters, brackets left out)."""


class Level(NamedTuple):
    """A level 1 or level 2 name: the level 1 that a level 2 belongs to, and what it measures."""

    parent: str
    category: Category
    subcategory: str | None


@cache
def _heads() -> tuple[Mapping[str, str], regex.Pattern[str] | None, Mapping[str, str]]:
    """The whole names, the pattern of the names that a cell may hold, and their roles."""
    whole: dict[str, str] = {}
    held: dict[str, str] = {}
    for number, row in lexicon.rows("form_heads.tsv", HEAD_COLUMNS, ("name",)):
        if row["role"] not in ROLES:
            raise LexiconError("form_heads.tsv", number, f"role {row['role']!r}", f"one of {', '.join(sorted(ROLES))}")
        if row["match"] not in ("is", "has"):
            raise LexiconError("form_heads.tsv", number, f"match {row['match']!r}", "is or has")
        (whole if row["match"] == "is" else held)[row["name"]] = row["role"]
    pattern = regex.compile("|".join(map(regex.escape, held))) if held else None
    return whole, pattern, held


@cache
def _levels() -> tuple[Mapping[str, Level], Mapping[str, Level]]:
    found: tuple[dict[str, Level], dict[str, Level]] = ({}, {})
    for number, row in lexicon.rows("form_levels.tsv", LEVEL_COLUMNS, ("name", "level")):
        if row["level"] not in ("1", "2") or row["category"] not in get_args(Category):
            what = f"level {row['level']!r}, category {row['category']!r}"
            raise LexiconError("form_levels.tsv", number, what, "level 1 or 2 and a category of guideline section 4")
        level = Level(row["parent"], cast(Category, row["category"]), row["subcategory"] or None)
        found[int(row["level"]) - 1][row["name"]] = level
    return found


_MARKS = regex.compile(
    r"\([^()]*\)|\[[^\[\]]*\]|[\s¹²³⁴⁵⁶⁷⁸⁹*:]|^[A-Z①-⑳](?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])[A-Z①-⑳]$"
)
_WEIGHT = regex.compile(r"\(?\d+(?:\.\d+)?[分%]?\)?$")


@lru_cache(maxsize=4096)
def role(text: str) -> str | None:
    """The role of a head cell or row label, None where it is neither.

    >>> role("年度指标值 (A)"), role("B 预算执行金额 (万元)"), role("培训人次")
    ('target', 'spent', None)
    """
    name = _MARKS.sub("", "".join(text.split()))
    whole, pattern, held = _heads()
    if name in whole:
        return whole[name]
    if len(name) > MAX_HEAD or pattern is None or any(sign in name for sign in "。;,"):
        return None
    match = pattern.search(name)
    return held[match[0]] if match else None


def is_whole(text: str) -> bool:
    """Whether a text is the whole of a known head."""
    return _MARKS.sub("", "".join(text.split())) in _heads()[0]


def levels(text: str) -> tuple[Level | None, Level | None]:
    """What a cell names as level 1 and as level 2.

    >>> [level.parent if level else None for level in levels("成本指标")]
    ['', '产出指标']
    """
    if len(text) > MAX_HEAD:
        return None, None
    name = level_name(text).removesuffix("指标")
    first, second = _levels()
    return first.get(name), second.get(name)


def level_name(text: str) -> str:
    """A level's name without its weight.

    >>> level_name("产出指标（50分）"), level_name("产出指标50")
    ('产出指标', '产出指标')
    """
    name = "".join(text.replace("（", "(").replace("）", ")").split())
    return _WEIGHT.sub("", name) or name


def is_head(row: Sequence[str]) -> bool:
    """Whether a row's filled cells are heads: most of them are known, and one names a measure.

    >>> is_head(["资金来源", "全年预算数", "全年执行数", "得分"]), is_head(["项目名称", "村道养护", "主管部门", "某局"])
    (True, False)
    """
    roles = [role(text) for text in row]
    known = sum(1 for found in roles if found is not None)
    return known >= 2 and known >= len(roles) * HEAD_SHARE and sum(1 for found in roles if found in MEASURES) >= 1


def is_goals(row: Sequence[str]) -> bool:
    """Whether a row's filled cells name the goal and what became of it (预期目标, 实际完成情况)."""
    roles = [role(text) for text in row]
    return (
        len(roles) > 1
        and "goal" in roles
        and set(roles) <= {"goal", "actual", None}
        and roles[-1] in ("goal", "actual")
    )


def is_opening(row: Sequence[str]) -> bool:
    """Whether a row may be the upper or lower line of a head: it numbers its rows, or all of it is known.

    >>> is_opening(["序号", "主管部门名称", "预算情况"]), is_opening(["项目名称", "村道养护", "主管部门", "某局"])
    (True, False)
    """
    roles = [role(text) for text in row]
    known = sum(1 for found in roles if found is not None)
    return known >= 2 and (roles[0] == "number" or known == len(roles)) and roles[0] not in ("total", "foot")
