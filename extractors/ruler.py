"""The names that patterns can tell: titles in 《》, document numbers, bodies, companies, places, projects of a year.

A name begins at an anchor (a place, a level such as 省 or 县, a year) and ends in a head (局, 公司, 项目); no stop (由,
下达, a comma) stands between. What has no anchor is left to the model.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple, cast, get_args

from extractors import edges, lexicon, places, regions
from extractors.edges import Cover, Name, any_of, flat
from extractors.errors import LexiconError
from extractors.types import Label, TextSpan


class Head(NamedTuple):
    """The word that may end a name, where it stands."""

    start: int
    end: int
    label: Label


@dataclass(frozen=True, slots=True)
class Marks:
    """What the rules saw in a sentence, each from left to right; `loose` is what may be a name."""

    heads: Sequence[Head]
    anchors: Sequence[TextSpan]
    stops: Sequence[TextSpan]
    names: tuple[Name, ...]
    loose: tuple[Name, ...]


def read(text: str) -> tuple[Name, ...]:
    """The names of a sentence, flat, from left to right.

    >>> [text[one.start : one.end] for text in ["省水利厅下达盘州市资金"] for one in read(text)]
    ['省水利厅', '盘州市']
    """
    return marks(text).names


def marks(text: str) -> Marks:
    """The names of a sentence, with what they were made of."""
    heads = [Head(match.start(), match.end(), _labels()[match[0]]) for match in _heads().finditer(text)]
    found = _places(text)
    names = [*policies(text), *known(text)]
    if not heads and not found and not names and "“" not in text:
        return Marks((), (), (), (), ())
    anchors = _anchors(text, found)
    stops = [TextSpan(*match.span()) for match in edges.stops().finditer(text)]
    names += _bodies(text, heads, anchors, stops)
    names += _projects(text, heads, anchors, stops)
    names += _festivals(heads, anchors, stops)
    names += [Name(start, end, "GPE") for start, end in _joined(found)]
    names += events(text)
    certain = flat(name for one in names if (name := edges.settled(text, one)))
    taken = Cover(certain)
    loose = flat(one for one in _loose(text, heads, stops) if not taken.meets(one))
    return Marks(heads, anchors, stops, certain, loose)


# ---- the lexicons ------------------------------------------------------------------------------------------------


@cache
def _labels() -> Mapping[str, Label]:
    rows = lexicon.rows("name_heads.tsv", HEAD_COLUMNS, ("head",))
    return {row["head"]: _label("name_heads.tsv", number, row["label"]) for number, row in rows}


HEAD_COLUMNS = ("head", "label", "unless", "example")


def _label(file: str, number: int, label: str) -> Label:
    if label not in get_args(Label):
        raise LexiconError(file, number, f"label {label!r}", f"one of {', '.join(get_args(Label))}")
    return cast(Label, label)


@cache
def _heads() -> re.Pattern[str]:
    """Every head where what follows does not cancel it."""
    rows = lexicon.rows("name_heads.tsv", HEAD_COLUMNS, ("head",))
    return any_of((row["head"], "", row["unless"]) for _, row in rows)


@cache
def _known() -> tuple[re.Pattern[str], Mapping[str, Label]]:
    rows = lexicon.rows("names.tsv", ("name", "label"), ("name",))
    labels = {row["name"]: _label("names.tsv", number, row["label"]) for number, row in rows}
    return any_of((name, "", "[村镇县号令门]") for name in labels), labels


# ---- documents and names told by heart ---------------------------------------------------------------------------

_DECREED = re.compile("的(?:通知|意见|决定|办法|批复)")


def policies(text: str) -> Iterator[Name]:
    """The documents: titles in their marks, numbers, and full titles without marks (guideline section 7)."""
    if "《" in text:
        works = Cover(match.span() for match in edges.rules()["work"].finditer(text))
        titles = (match.span() for match in edges.rules()["title"].finditer(text))
        yield from (Name(*title, "POLICY") for title in titles if not works.meets(title))
    if "号" in text:
        yield from (Name(*match.span("name"), "POLICY") for match in edges.rules()["number"].finditer(text))
    if "关于" in text and "《" not in text and _DECREED.search(text):
        yield from (Name(*match.span("name"), "POLICY") for match in edges.rules()["unmarked"].finditer(text))


def events(text: str) -> Iterator[Name]:
    """The events: quoted before the word 活动, days and weeks of the calendar, what is held for the n-th time."""
    if "“" in text and "活动" in text:
        yield from (Name(*match.span("name"), "EVENT") for match in edges.rules()["event"].finditer(text))
    if _CALENDAR.search(text):
        yield from (Name(*match.span(), "EVENT") for match in edges.rules()["day"].finditer(text))
    if "届" in text:
        yield from (Name(*match.span(), "EVENT") for match in edges.rules()["contest"].finditer(text))


_CALENDAR = re.compile("[日周月节]")


def known(text: str) -> Iterator[Name]:
    """The names of names.tsv."""
    pattern, labels = _known()
    return (Name(match.start(), match.end(), labels[match[0]]) for match in pattern.finditer(text))


# ---- anchors -----------------------------------------------------------------------------------------------------

def _places(text: str) -> list[TextSpan]:
    """The places of a sentence, flat: of two that overlap the one named in full, then the town, then the short name."""
    kept: list[TextSpan] = []
    taken = Cover(match.span() for match in edges.rules()["word"].finditer(text))
    for find in (regions.named, places.towns, places.counties, places.short):
        for one in find(text):
            if not taken.meets(one):
                kept.append(one)
                taken.add(one)
    return sorted(kept)


def _joined(found: Iterable[TextSpan]) -> Iterator[TextSpan]:
    """The places with those that touch as one: 自贡市贡井区."""
    last: TextSpan | None = None
    for one in found:
        if last is not None and last.end == one.start:
            last = TextSpan(last.start, one.end)
            continue
        if last is not None:
            yield last
        last = one
    if last is not None:
        yield last


def _anchors(text: str, found: Sequence[TextSpan]) -> list[TextSpan]:
    """Where a name may begin: at a place, or at a level that stands alone."""
    joined = list(_joined(found))
    levels = (TextSpan(*match.span()) for match in edges.rules()["level"].finditer(text))
    taken = Cover(joined)
    return sorted([*joined, *(one for one in levels if not taken.meets(one))])


# ---- bodies and projects -----------------------------------------------------------------------------------------

MAX_BODY = 20
"""The longest way from an anchor to a head, and from a head to the next of the same name (characters)."""


MAX_NAME = 60
"""No name has more behind its anchor (characters)."""


def _bodies(text: str, heads: Sequence[Head], anchors: Sequence[TextSpan], stops: Sequence[TextSpan]) -> Iterator[Name]:
    """Offices, institutions and firms: from an anchor to the last head that no stop parts from it."""
    heads = [head for head in heads if head.label == "ORG"]
    done = 0
    for anchor in anchors:
        end = _reach(anchor.end, heads, stops) if anchor.start >= done else None
        if end is not None:
            start = anchor.start
            if before := edges.rules()["before"].search(text, max(0, start - 14), start):
                start = before.start()
            yield Name(start, end, "ORG")
            done = end
    yield from _firms(text, heads, stops)


def _reach(start: int, heads: Sequence[Head], stops: Sequence[TextSpan], limit: int = MAX_BODY) -> int | None:
    """The end of the last head that can be reached from a place without a stop."""
    at: int | None = None
    for place in range(bisect_left(heads, (start,)), len(heads)):
        head = heads[place]
        begin = start if at is None else at
        if head.start - begin > limit or head.end - start > MAX_NAME or _parted(begin, head.start, stops):
            break
        at = head.end
    return at


def _parted(start: int, end: int, stops: Sequence[TextSpan]) -> bool:
    """Whether a stop stands between two places."""
    index = bisect_left(stops, (start,))
    return index < len(stops) and stops[index].start < end


def _firms(text: str, heads: Sequence[Head], stops: Sequence[TextSpan]) -> Iterator[Name]:
    """Firms whose name no place begins: from the stop before them."""
    for head in heads:
        before = bisect_left(stops, (head.start,)) - 1
        start = stops[before].end if before >= 0 else 0
        if 6 <= head.end - start <= 34 and edges.rules()["firm"].search(text, start, head.end):
            yield Name(start, _reach(head.end, heads, stops) or head.end, "ORG")


def _projects(
    text: str, heads: Sequence[Head], anchors: Sequence[TextSpan], stops: Sequence[TextSpan]
) -> Iterator[Name]:
    """Projects and funds that begin with a year, or with a place."""
    ends = [head for head in heads if head.label == "PROJECT"]
    years = [TextSpan(*match.span()) for match in edges.rules()["year"].finditer(text)] if ends else []
    for year in years:
        end = _reach(year.end, ends, stops, limit=36)
        if end is not None and not edges.rules()["generic"].fullmatch(text, year.end, end):
            start = next((anchor.start for anchor in anchors if anchor.end == year.start), year.start)
            yield Name(start, end, "PROJECT")
    if years and "绩效" in text:
        yield from (Name(*match.span("name"), "PROJECT") for match in edges.rules()["titled"].finditer(text))
    yield from _placed(text, heads, anchors, stops)


def _placed(
    text: str, heads: Sequence[Head], anchors: Sequence[TextSpan], stops: Sequence[TextSpan]
) -> Iterator[Name]:
    """Projects that begin with a place; what is only a firm's 物流项目 is no name beside the firm's."""
    strong = [head for head in heads if text[head.start : head.end] in ("项目", "工程")]
    firms = [head.end for head in heads if text.endswith("公司", head.start, head.end)] if strong else []
    for anchor in anchors if strong else ():
        end = _reach(anchor.end, strong, stops, limit=30)
        if end is not None:
            firm = bisect_left(firms, end) - 1
            core = max(anchor.end, firms[firm] if firm >= 0 else 0)
            if end - core >= MIN_PROJECT and not edges.rules()["generic"].fullmatch(text, core, end):
                yield Name(anchor.start, end, "PROJECT")


MIN_PROJECT = 6
"""A project's name has as much behind its place or firm (characters)."""


def _festivals(heads: Sequence[Head], anchors: Sequence[TextSpan], stops: Sequence[TextSpan]) -> Iterator[Name]:
    """Events that begin with a place: 洛阳科技活动周."""
    ends = [head for head in heads if head.label == "EVENT"]
    for anchor in anchors if ends else ():
        end = _reach(anchor.end, ends, stops, limit=12)
        if end is not None and anchor.end - anchor.start > 1 and end - anchor.end > 3:
            yield Name(anchor.start, end, "EVENT")


# ---- what may be a name ------------------------------------------------------------------------------------------

MAX_LOOSE = 32
"""The longest stretch that is taken for a possible name (characters)."""


def _loose(text: str, heads: Sequence[Head], stops: Sequence[TextSpan]) -> Iterator[Name]:
    """What stands between a stop and the last head before the next, and what stands in quotation marks."""
    for place, head in enumerate(heads):
        before = bisect_left(stops, (head.start,)) - 1
        start = stops[before].end if before >= 0 else 0
        after = heads[place + 1] if place + 1 < len(heads) else None
        last = after is None or _parted(head.end, after.start, stops)
        if last and 3 <= head.end - start <= MAX_LOOSE:
            yield Name(start, head.end, head.label)
    if "“" in text:
        yield from (Name(*match.span("name"), "EVENT") for match in edges.rules()["quoted"].finditer(text))
