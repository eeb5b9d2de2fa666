"""What stands around a figure, as the features that the linking model weighs.

A feature is a short string such as `near:过程/资金管理/支出` or `left:拨付`; the model's weights are a table of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import regex
from ahocorasick_rs import AhoCorasick

from extractors import cues, lexicon
from extractors.types import Reading, Statement

STOPS = "，;:。!?"
LEFT, RIGHT = 16, 12
"""How far a figure's own words reach to the left and to the right, in characters."""
GOAL = "目标"
"""The class of headings over goals."""
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
    the same, but no further away than its own words. `goal` says whether it stands under a heading of goals.
    """

    text: str
    reading: Reading
    before: Reading | None
    after: Reading | None
    left: int
    right: int
    opens: int
    closes: int
    goal: bool

    @property
    def gap(self) -> str:
        """What stands between the figure before and this one."""
        return self.text[self.before.end if self.before else 0 : self.reading.start]


@cache
def _cues() -> tuple[AhoCorasick, tuple[tuple[str, str], ...]]:
    words = lexicon.topic_cues()
    return AhoCorasick(list(words)), tuple((topic.path, word) for word, topic in words.items())


def hits(text: str) -> list[Hit]:
    """The cues of a sentence, by where they end, the longest last.

    >>> [(hit.word, hit.topic) for hit in hits("已拨付")]
    [('拨付', '过程/资金管理/支出'), ('已拨付', '过程/资金管理/支出')]
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
    goal = any(GOAL in heading_classes(heading) for heading in statement.sentence.section)
    return Context(text, reading, before, after, left, right, opens, closes, goal)


def features(
    context: Context, found: Sequence[Hit], previous: Told | None, earlier: Told | None, fiscal_year: int | None
) -> list[str]:
    """The features of a figure's sentence.

    `previous` is the last figure of the sentence that is no date, `earlier` the last one of its paragraph before it.
    """
    names = _own(context, fiscal_year)
    names += _words(context)
    names += _hits(context, found)
    names += _roles(context)
    names += _neighbours(context, previous, earlier)
    return names


def _own(context: Context, fiscal_year: int | None) -> list[str]:
    reading = context.reading
    kind = reading.kind
    names = [f"kind:{kind}", f"unit:{reading.unit}", f"change:{reading.change}", f"bound:{kind}{reading.bound}"]
    if kind == "amount":
        over, per = _SLASH.match(context.text, reading.end), _PER.search(context.text[: reading.start][-20:])
        names.append(f"unitcost:{bool(over)}{bool(per)}")
    if reading.date_start and fiscal_year:
        names.append(f"year:{max(-2, min(2, reading.date_start.year - fiscal_year))}")
    return names


_SLASH = regex.compile(r"/[\u4e00-\u9fffa-zA-Z]")
_PER = regex.compile(r"(?:每|人均|户均|亩均|单价)[^，。;:、\d]{0,12}$")
"""What makes a sum a unit cost: 340元/吨, 每人每月200元."""
_RATE = regex.compile(r"[\u4e00-\u9fff]{1,8}率")


def _words(context: Context) -> list[str]:
    """The characters on both sides, in pairs, and those that touch the figure."""
    text, start, end, kind = context.text, context.reading.start, context.reading.end, context.reading.kind
    left, right, touch = text[context.left : start], text[end : context.right], text[max(0, start - 4) : start]
    names = ["left:" + left[place : place + 2] for place in range(len(left) - 1)]
    names += ["right:" + right[place : place + 2] for place in range(len(right) - 1)]
    names += [f"touch{size}:{touch[-size:]}" for size in (1, 2, 3, 4)]
    names += [f"next{size}:{text[end : end + size]}" for size in (1, 2, 3)]
    names.append(f"touch:{kind}{touch[-2:]}")
    if len(right) > 1:
        names += [f"noun:{right[-2:]}", f"noun:{kind}{right[-2:]}"]
    if "率" in left and (rates := _RATE.findall(left)):
        names += [f"rate:{rates[-1][-size:]}" for size in (3, 4, 5, 6)]
    return names


def _hits(context: Context, found: Sequence[Hit]) -> list[str]:
    """The cues of the clause on both sides, and the last one before the clause."""
    start, end, kind = context.reading.start, context.reading.end, context.reading.kind
    near = [hit for hit in found if context.opens <= hit.start and hit.end <= start]
    right = [hit for hit in found if end <= hit.start and hit.end <= context.closes]
    far = next((hit for hit in reversed(found) if hit.end <= context.opens), None)
    names = [] if near else [f"near:none{kind}"]
    if near:
        last, first = near[-1], min(near, key=lambda hit: (hit.start, -hit.end))
        names += [f"near:{last.topic}", f"near:{last.topic}{kind}", f"nearword:{last.word}"]
        names += [f"first:{first.topic}", f"first:{first.topic}{kind}"]
        names += sorted({f"some:{hit.topic}" for hit in near})
    if right:
        one = min(right, key=lambda hit: (hit.start, -hit.end))
        names += [f"behind:{one.topic}", f"behind:{one.topic}{kind}", f"behindword:{one.word}"]
    if far:
        names += [f"before:{far.topic}", f"beforeword:{far.word}"]
        if not near:
            names.append(f"before:{far.topic}{kind}")
    return names


def _roles(context: Context) -> list[str]:
    """The words before the figure that speak of plan, fact or norm: the last in the clause, the last before it."""
    roles = cues.finder("role", "before")
    near = far = "none"
    for match in roles.pattern.finditer(context.text, 0, context.reading.start):
        value = roles.value(match)
        near, far = (value, far) if match.start() >= context.opens else (near, value)
    goal = [f"goal:{near}{far}", f"goal:{context.text[context.opens : context.opens + 2]}"] if context.goal else []
    return [f"rolenear:{near}", f"rolefar:{far}", f"roles:{near}{far}", *goal]


def _neighbours(context: Context, previous: Told | None, earlier: Told | None) -> list[str]:
    """What the figures before and behind are, and what the one before was found to speak of."""
    before, after, kind, gap = context.before, context.after, context.reading.kind, context.gap
    names = [f"after:{after.kind if after else None}"]
    if before is None or previous is None:
        names.append(f"earlier:{earlier.topic}" if earlier else "earlier:none")
        return [*names, f"earlierrole:{earlier.role}" if earlier else "previous:none"]
    topic = previous.topic
    manner = _manner(gap)
    names += [f"previouskind:{before.kind}", f"previousunit:{before.unit}", f"previousrole:{previous.role}"]
    names += [f"previous:{topic}", f"previous:{topic}{manner}", f"previous:{topic}{before.kind}{kind}"]
    if context.reading.change:
        names.append(f"previouschange:{topic}")
    if len(gap) <= 6:
        names += [f"gap:{gap}", f"gapkind:{before.kind}{kind}"]
    return names


def _manner(gap: str) -> str:
    """How a figure hangs together with the one before it."""
    if "其中" in gap or "(" in gap:
        return "nested"
    if gap in ("、", "和", "及", "与"):
        return "list"
    return "near" if len(gap) <= LEFT else "far"


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
