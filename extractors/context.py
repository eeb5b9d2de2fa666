"""What stands around a figure, as the features that the linking model weighs.

A feature is a short string such as `near:过程/资金管理/支出` or `left:拨付`; the model's weights are a table of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import regex
from ahocorasick_rs import AhoCorasick

from extractors import lexicon
from extractors.types import Reading, Statement

STOPS = "，;:。!?"
LEFT, RIGHT = 16, 12
"""How far a figure's own words reach to the left and to the right, in characters."""
CLAUSE = 40
"""How far the cues of a figure's clause reach to either side, in characters."""


class Hit(NamedTuple):
    """A cue in a sentence: its place, the topic it speaks for, the word."""

    start: int
    end: int
    topic: str
    word: str


class Told(NamedTuple):
    """What an earlier figure was found to speak of: its topic path and role."""

    topic: str
    role: str


class Context(NamedTuple):
    """A figure's surroundings; dates are looked through.

    `opens` and `closes` bound its clause: the last stop or figure before it, the next behind it. `left` and `right` are
    the same, but no further away than its own words.
    """

    text: str
    reading: Reading
    before: Reading | None
    after: Reading | None
    left: int
    right: int
    opens: int
    closes: int

    @property
    def gap(self) -> str:
        """What stands between the figure before and this one."""
        return self.text[self.before.end if self.before else 0 : self.reading.start]


@cache
def _cues() -> tuple[AhoCorasick, tuple[tuple[str, str], ...]]:
    words = lexicon.topic_cues()
    return AhoCorasick(list(words)), tuple((topic.path, word) for word, topic in words.items())


def hits(text: str) -> list[Hit]:
    """The cues of a sentence, from left to right.

    >>> [(hit.word, hit.topic) for hit in hits("已拨付")]
    [('已拨付', '过程/资金管理/支出'), ('拨付', '过程/资金管理/支出')]
    """
    words, told = _cues()
    found = [Hit(start, end, *told[word]) for word, start, end in words.find_matches_as_indexes(text, overlapping=True)]
    return sorted(found, key=lambda hit: (hit.end, -hit.start))


def around(statement: Statement, place: int) -> Context:
    """The surroundings of one figure of a statement."""
    text, readings = statement.sentence.text, statement.readings
    reading = readings[place]
    start, end = reading.start, reading.end
    before = next((one for one in reversed(readings[:place]) if one.kind != "date"), None)
    after = next((one for one in readings[place + 1 :] if one.kind != "date"), None)
    opens = max(before.end if before else 0, start - CLAUSE, *(text.rfind(mark, 0, start) + 1 for mark in STOPS))
    limit = min(after.start if after else len(text), end + CLAUSE)
    closes = min((found for mark in STOPS if (found := text.find(mark, end, limit)) >= 0), default=limit)
    left, right = max(opens, start - LEFT), min(closes, end + RIGHT)
    return Context(text, reading, before, after, left, right, opens, closes)


def features(
    context: Context, found: Sequence[Hit], previous: Told | None, earlier: Told | None, fiscal_year: int | None
) -> list[str]:
    """The features of a figure's sentence.

    `previous` is the last figure of the sentence that is no date, `earlier` the last one of its paragraph before it.
    """
    return [
        *_own(context, fiscal_year),
        *_words(context),
        *_hits(context, found),
        *_roles(context),
        *_neighbours(context, previous, earlier),
    ]


def _own(context: Context, fiscal_year: int | None) -> Iterator[str]:
    reading = context.reading
    kind = reading.kind
    yield from (f"kind:{kind}", f"unit:{reading.unit}", f"change:{reading.change}", f"bound:{kind}{reading.bound}")
    if reading.date_start and fiscal_year:
        yield f"year:{max(-2, min(2, reading.date_start.year - fiscal_year))}"


_RATE = regex.compile(r"[\u4e00-\u9fff]{1,8}率")


def _words(context: Context) -> Iterator[str]:
    text, start, end, kind = context.text, context.reading.start, context.reading.end, context.reading.kind
    left, right = text[context.left : start], text[end : context.right]
    yield from ["left:" + left[place : place + 2] for place in range(len(left) - 1)]
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
    near = [hit for hit in found if context.opens <= hit.start and hit.end <= start]
    right = [hit for hit in found if end <= hit.start and hit.end <= context.closes]
    far = [hit for hit in found if hit.end <= context.opens]
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


@cache
def _role_cues() -> tuple[regex.Pattern[str], tuple[str, ...]]:
    rules = lexicon.cues("role", "before")
    words = "|".join(f"(?P<c{number}>{rule.cue})" for number, rule in enumerate(rules))
    return regex.compile(words), tuple(rule.value for rule in rules)


def _roles(context: Context) -> Iterator[str]:
    """The words before the figure that speak of plan, fact or norm: the last in the clause, the last before it."""
    pattern, values = _role_cues()
    near = far = "none"
    for match in pattern.finditer(context.text, 0, context.reading.start):
        value = values[int((match.lastgroup or "c0")[1:])]
        near, far = (value, far) if match.start() >= context.opens else (near, value)
    yield from (f"rolenear:{near}", f"rolefar:{far}", f"roles:{near}{far}")


def _neighbours(context: Context, previous: Told | None, earlier: Told | None) -> Iterator[str]:
    before, after, kind, gap = context.before, context.after, context.reading.kind, context.gap
    yield f"after:{after.kind if after else None}"
    if before is None or previous is None:
        yield f"earlier:{earlier.topic}" if earlier else "earlier:none"
        yield f"earlierrole:{earlier.role}" if earlier else "previous:none"
        return
    yield from (f"previouskind:{before.kind}", f"previousunit:{before.unit}", f"previousrole:{previous.role}")
    nested = "其中" in gap or "(" in gap
    manner = (
        "nested" if nested else "list" if gap in ("、", "和", "及", "与") else "near" if len(gap) <= LEFT else "far"
    )
    topic = previous.topic
    yield from (f"previous:{topic}", f"previous:{topic}{manner}", f"previous:{topic}{before.kind}{kind}")
    if context.reading.change:
        yield f"previouschange:{topic}"
    if len(gap) <= 6:
        yield from (f"gap:{gap}", f"gapkind:{before.kind}{kind}")


@lru_cache(maxsize=4096)
def heading_classes(heading: str) -> tuple[str, ...]:
    """The sorts of a heading, the most telling first."""
    return tuple(rule.name for rule in lexicon.headings() if rule.pattern.search(heading))


def section_features(section: tuple[str, ...], cell: str | None, kind: str) -> list[str]:
    """The features of the headings and of the cell's column head that a sentence stands under."""
    path = [heading_classes(heading) for heading in section]
    last = path[-1] if path else ()
    found = sorted({f"heading:{name}" for names in path for name in names})
    found += [f"last:{name}" for name in last] + [f"last:{name}{kind}" for name in last]
    if last:
        found += [f"lead:{last[0]}", f"lead:{last[0]}{kind}"]
    return [*found, f"cell:{cell_side(cell)}", f"depth:{min(3, len(path))}"]


_GOAL, _DONE = regex.compile("目标"), regex.compile("完成|实现|执行")


def cell_side(head: str | None) -> str:
    """Which side of a form's goals a cell stands on, by its column head."""
    if head is None:
        return "none"
    if _DONE.search(head):
        return "actual"
    return "target" if _GOAL.search(head) else "other"
