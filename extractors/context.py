"""What stands around a figure, as the features that the linking model weighs.

A feature is a short string such as `near:过程/资金管理/支出` or `left:拨付`; the model's weights are a table of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import regex

from extractors import lexicon
from extractors.types import Reading, Sentence, Statement

STOPS = "，;:。!?"
LEFT, FAR, RIGHT = 16, 24, 12
"""How far a figure's own words, those further left, and those on its right reach, in characters."""


class Hit(NamedTuple):
    """A cue in a sentence: its place, the topic it speaks for, the word."""

    start: int
    end: int
    topic: str
    word: str


class Context(NamedTuple):
    """A figure's surroundings: `left` begins at the last stop or figure, `right` ends at the next, `far` ends where `left` begins."""

    text: str
    reading: Reading
    before: Reading | None
    after: Reading | None
    far: int
    left: int
    right: int

    @property
    def gap(self) -> str:
        """What stands between the figure before and this one."""
        return self.text[self.before.end if self.before else 0 : self.reading.start]


@cache
def _cues() -> regex.Pattern[str]:
    return regex.compile(r"\L<words>", words=list(lexicon.topic_cues()))


def hits(text: str) -> list[Hit]:
    """The cues of a sentence, from left to right.

    >>> [(hit.word, hit.topic) for hit in hits("已拨付")]
    [('拨付', '过程/资金管理/支出'), ('已拨付', '过程/资金管理/支出')]
    """
    topics = lexicon.topic_cues()
    found = [Hit(*match.span(), topics[match[0]].path, match[0]) for match in _cues().finditer(text, overlapped=True)]
    return sorted(found, key=lambda hit: (hit.end, -hit.start))


def around(statement: Statement, place: int) -> Context:
    """The surroundings of one figure of a statement."""
    text, readings = statement.sentence.text, statement.readings
    reading = readings[place]
    before = readings[place - 1] if place else None
    after = readings[place + 1] if place + 1 < len(readings) else None
    stop = max(text.rfind(mark, 0, reading.start) for mark in STOPS) + 1
    left = max(stop, before.end if before else 0, reading.start - LEFT)
    limit = min(after.start if after else len(text), reading.end + RIGHT)
    right = min((found for mark in STOPS if (found := text.find(mark, reading.end, limit)) >= 0), default=limit)
    return Context(text, reading, before, after, max(0, left - FAR), left, right)


def features(context: Context, found: Sequence[Hit], previous: str | None, fiscal_year: int | None) -> list[str]:
    """The features of a figure's sentence; `previous` is the topic that the figure before was given."""
    return [*_own(context, fiscal_year), *_words(context), *_hits(context, found), *_neighbours(context, previous)]


def _own(context: Context, fiscal_year: int | None) -> Iterator[str]:
    reading = context.reading
    kind = reading.kind
    yield from (f"kind:{kind}", f"unit:{reading.unit}", f"change:{reading.change}", f"bound:{kind}{reading.bound}")
    if reading.date_start and fiscal_year:
        yield f"year:{max(-2, min(2, reading.date_start.year - fiscal_year))}"


_RATE = regex.compile(r"[\u4e00-\u9fff]{1,8}率")


def _words(context: Context) -> Iterator[str]:
    text, start, end, kind = context.text, context.reading.start, context.reading.end, context.reading.kind
    left, right, far = text[context.left : start], text[end : context.right], text[context.far : context.left]
    yield from ["left:" + left[place : place + 2] for place in range(len(left) - 1)]
    yield from ["left:" + left[place : place + 3] for place in range(len(left) - 2)]
    yield from ["far:" + far[place : place + 2] for place in range(len(far) - 1)]
    yield from ["right:" + right[place : place + 2] for place in range(len(right) - 1)]
    yield from [f"touch{size}:{text[max(0, start - size) : start]}" for size in (1, 2, 3, 4)]
    yield from [f"next{size}:{text[end : end + size]}" for size in (1, 2, 3)]
    yield f"touch:{kind}{text[max(0, start - 2) : start]}"
    if len(right) > 1:
        yield from (f"noun:{right[-2:]}", f"noun:{kind}{right[-2:]}")
    if rates := _RATE.findall(left):
        yield from [f"rate:{rates[-1][-size:]}" for size in (3, 4, 5, 6)]


def _hits(context: Context, found: Sequence[Hit]) -> Iterator[str]:
    start, end, kind = context.reading.start, context.reading.end, context.reading.kind
    near = [hit for hit in found if context.left <= hit.start and hit.end <= start]
    right = [hit for hit in found if end <= hit.start and hit.end <= context.right]
    far = [hit for hit in found if hit.end <= context.left]
    if near:
        last, first = near[-1], min(near, key=lambda hit: (hit.start, -hit.end))
        yield from (f"near:{last.topic}", f"near:{last.topic}{kind}", f"nearword:{last.word}")
        yield from (f"first:{first.topic}", f"first:{first.topic}{kind}")
        yield from sorted({f"some:{hit.topic}" for hit in near})
    else:
        yield f"near:none{kind}"
    if right:
        one = min(right, key=lambda hit: (hit.start, -hit.end))
        yield from (f"behind:{one.topic}", f"behind:{one.topic}{kind}", f"behindword:{one.word}")
    if far:
        one = far[-1]
        yield from (f"before:{one.topic}", f"beforeword:{one.word}")
        if not near:
            yield f"before:{one.topic}{kind}"


def _neighbours(context: Context, previous: str | None) -> Iterator[str]:
    before, after, kind, gap = context.before, context.after, context.reading.kind, context.gap
    yield f"after:{after.kind if after else None}"
    if before is None or previous is None:
        yield "previous:none"
        return
    yield from (f"previouskind:{before.kind}", f"previousunit:{before.unit}")
    nested = "其中" in gap or "(" in gap
    manner = "nested" if nested else "list" if gap in ("、", "和", "及", "与") else "near" if len(gap) <= LEFT else "far"
    yield from (f"previous:{previous}", f"previous:{previous}{manner}", f"previous:{previous}{before.kind}{kind}")
    if context.reading.change:
        yield f"previouschange:{previous}"
    if len(gap) <= 6:
        yield from (f"gap:{gap}", f"gapkind:{before.kind}{kind}")


@lru_cache(maxsize=4096)
def heading_classes(heading: str) -> tuple[str, ...]:
    """The sorts of a heading, the most telling first."""
    return tuple(rule.name for rule in lexicon.headings() if rule.pattern.search(heading))


def section_features(sentence: Sentence, kind: str) -> list[str]:
    """The features of the headings and of the cell that a sentence stands in."""
    path = [heading_classes(heading) for heading in sentence.section]
    last = path[-1] if path else ()
    found = sorted({f"heading:{name}" for names in path for name in names})
    found += [f"last:{name}" for name in last] + [f"last:{name}{kind}" for name in last]
    if last:
        found += [f"lead:{last[0]}", f"lead:{last[0]}{kind}"]
    return [*found, f"cell:{cell_side(sentence.cell)}", f"depth:{min(3, len(path))}"]


_GOAL, _DONE = regex.compile("目标"), regex.compile("完成|实现|执行")


def cell_side(head: str | None) -> str:
    """Which side of a form's goals a cell stands on, by its column head."""
    if head is None:
        return "none"
    if _DONE.search(head):
        return "actual"
    return "target" if _GOAL.search(head) else "other"
