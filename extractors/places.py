"""Places named in a sentence beside the divisions (`regions`): their short names, towns and villages by their form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from extractors import lexicon, regions
from extractors.edges import rules
from extractors.errors import LexiconError
from extractors.types import TextSpan

NO_PLACE_BEFORE = frozenset("省市县区州盟旗镇乡村路湖河山街")
"""What a short name does not stand before: it is part of another name there."""

_TOWN = re.compile("[镇乡]|街道|村")


@cache
def _short() -> Mapping[str, tuple[str, ...]]:
    """The short names by their first two characters, the longest first."""
    found: dict[str, tuple[str, ...]] = {}
    for number, row in lexicon.rows("short_places.tsv", ("name", "region"), ("name",)):
        if row["region"] not in regions.regions():
            raise LexiconError("short_places.tsv", number, f"no region {row['region']}", "name one of regions.tsv")
        known = found.get(row["name"][:2], ())
        found[row["name"][:2]] = tuple(sorted((*known, row["name"]), key=len, reverse=True))
    return found


def short(text: str) -> Iterator[TextSpan]:
    """The divisions that are named by their short names.

    >>> list(short("合肥、芜湖两市"))
    [TextSpan(start=0, end=2), TextSpan(start=3, end=5)]
    """
    known, done = _short(), 0
    for first in _first().finditer(text):
        start = first.start()
        names = known.get(text[start : start + 2])
        if names is not None and start >= done:
            name = next((name for name in names if text.startswith(name, start)), None)
            if name and text[start + len(name) : start + len(name) + 1] not in NO_PLACE_BEFORE:
                done = start + len(name)
                yield TextSpan(start, done)


@cache
def _first() -> re.Pattern[str]:
    """Any character that a short name begins with."""
    return re.compile(f"[{''.join(sorted({two[0] for two in _short()}))}]")


def counties(text: str) -> Iterator[TextSpan]:
    """The counties, cities and districts that no gazetteer knows, by their form and the office behind them.

    >>> list(counties("涉及沙渡县财政局，支持缺水县"))
    [TextSpan(start=2, end=5)]
    """
    return (TextSpan(*match.span()) for match in rules()["county"].finditer(text))


def towns(text: str) -> Iterator[TextSpan]:
    """The towns, townships, streets and their villages, by their form.

    >>> list(towns("在岩泉镇、全镇推广"))
    [TextSpan(start=1, end=4)]
    """
    if not _TOWN.search(text):
        return
    for match in rules()["town"].finditer(text):
        if not rules()["no_town"].search(match[0]):
            yield TextSpan(*match.span())
    if "村" in text:
        yield from (TextSpan(*match.span()) for match in rules()["village"].finditer(text))
