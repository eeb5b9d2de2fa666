"""The place of the reporting unit itself: by its own name, by the title, by the prose (guideline section 6)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from extractors import edges, regions

_OWN = ("我县", "我区", "我市", "我省", "我州", "我镇", "我乡")
"""How a report speaks of its own place; the place's name ends so."""
MAX_CHAIN = 6
"""No name begins with more places, each within the one before."""


def leading(name: str) -> list[str]:
    """The places that an office's name begins with, the outermost first, known to a gazetteer or not.

    >>> leading("自贡市贡井区人民医院"), leading("岭塘县石板坡镇人民政府"), leading("县农业农村局")
    (['自贡市', '贡井区'], ['岭塘县', '石板坡镇'], [])
    """
    prefix = edges.rules()["prefix"].match(name)
    return list(_chain(name, prefix.end() if prefix else 0))


def _chain(text: str, start: int) -> Iterator[str]:
    for _ in range(MAX_CHAIN):
        known = regions.at(text, start)
        end = known or _formed(text, start)
        if end is None or (known and not regions.is_place(text, start, end)):
            return
        yield text[start:end]
        start = end


def _formed(text: str, start: int) -> int | None:
    """The end of the place that no gazetteer knows, by its form."""
    for rule in ("zone", "seat", "seat_town", "seat_village"):
        if match := edges.rules()[rule].match(text, start):
            return match.end()
    return None


def titled(title: str) -> list[str]:
    """The places that a title begins with or else names first; one by its form is a county, or stands before a year.

    >>> titled("岭塘县农村供水项目绩效自评报告"), titled("青石镇2022年预算"), titled("特色街道改造项目绩效自评报告")
    (['岭塘县'], ['青石镇'], [])
    """
    title = title.removeprefix("关于")
    chain = leading(title)
    rest = title[sum(map(len, chain)) :]
    if chain and (chain[-1] in regions.regions() or chain[-1].endswith(("县", "省")) or _YEAR.match(rest)):
        return chain
    start = next((place.start for place in regions.named(title)), None)
    return list(_chain(title, start)) if start is not None else []


_YEAR = re.compile(r"(?:19|20)\d\d|人民政府")


def own(text: str) -> str | None:
    """The place that a report most often names among those that it may call its own (我县 → 五华县)."""
    called = max(_OWN, key=lambda own: text.count(own) + text.count("全" + own[1]))
    counts = Counter(_told(text))
    fitting = Counter({name: count for name, count in counts.items() if name[-1] == called[1] or called not in text})
    return fitting.most_common(1)[0][0] if fitting else None


def _told(text: str) -> Iterator[str]:
    """The places of the prose; none that a firm bears in its name."""
    for start, end in regions.named(text):
        if not edges.rules()["borne"].match(text, end):
            yield text[start:end]
    for match in edges.rules()["seated"].finditer(text):
        if match["name"] not in regions.regions():
            yield match["name"]
