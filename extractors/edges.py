"""Where a name begins and ends, and what is none: years and levels that belong to a project's name, brackets, tails.

What a pattern or the model took for a name is brought here to the edges that the guideline asks for (section 7).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import regex

from extractors import lexicon
from extractors.errors import LexiconError
from extractors.types import Label

RULES = "name_rules.tsv"


class Name(NamedTuple):
    """A name that a rule found in a sentence."""

    start: int
    end: int
    label: Label


def flat(names: Iterable[Name]) -> tuple[Name, ...]:
    """Of overlapping names a document's title, else the longest; of names of one span the first."""
    kept: list[Name] = []
    taken = Cover()
    for name in sorted(names, key=lambda name: (name.label != "POLICY", name.start - name.end)):
        if not taken.meets(name):
            kept.append(name)
            taken.add(name)
    return tuple(sorted(kept))


class Cover:
    """Which characters of a sentence are taken by some spans."""

    def __init__(self, spans: Iterable[Sequence[Any]] = ()) -> None:
        self._taken = bytearray()
        for span in spans:
            self.add(span)

    def add(self, span: Sequence[Any]) -> None:
        """Takes the characters of a span: its first two fields are start and end."""
        start, end = span[:2]
        self._taken.extend(bytes(max(0, end - len(self._taken))))
        self._taken[start:end] = b"\1" * (end - start)

    def meets(self, span: Sequence[Any]) -> bool:
        """Whether any character of a span is taken."""
        return self._taken.find(1, span[0], span[1]) >= 0


@cache
def rules() -> Mapping[str, regex.Pattern[str]]:
    """The patterns of name_rules.tsv by rule; each finds its example and not its counterexample."""
    found = {}
    for number, row in lexicon.rows(RULES, ("rule", "pattern", "example", "counterexample"), ("rule",)):
        compiled = found[row["rule"]] = lexicon.pattern(RULES, number, row["pattern"])
        if not compiled.search(row["example"]):
            raise LexiconError(RULES, number, f"the pattern does not find {row['example']!r}", "mend one of the two")
        if row["counterexample"] and compiled.search(row["counterexample"]):
            raise LexiconError(RULES, number, f"the pattern takes {row['counterexample']!r} too", "narrow it")
    return found


def any_of(forms: Iterable[tuple[str, str, str]]) -> re.Pattern[str]:
    """A pattern of many words, the longest first, each with the words it is not behind and what it is not before.

    Words of one first character stand together, and in `re`, which skips by first characters: six times faster here.
    """
    groups: dict[str, list[str]] = {}
    for word, behind, unless in sorted(forms, key=lambda form: (-len(form[0]), form[0])):
        guards = "".join(f"(?<!{re.escape(one + word)})" for one in behind.split("|") if one)
        groups.setdefault(word[0], []).append(re.escape(word[1:]) + guards + (f"(?!{unless})" if unless else ""))
    return re.compile("|".join(f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in groups.items()))


@cache
def stops() -> re.Pattern[str]:
    """What no name runs over."""
    rows = lexicon.rows("name_stops.tsv", STOP_COLUMNS, ("stop",))
    return any_of((row["stop"], row["behind"], row["unless"]) for _, row in rows)


STOP_COLUMNS = ("stop", "behind", "unless")


# ---- the edges of a name -----------------------------------------------------------------------------------------


def settled(text: str, name: Name) -> Name | None:
    """A name with its right edges, or None where it is no name.

    >>> settled("下达2022年饮水工程资金", Name(7, 13, "PROJECT"))
    Name(start=2, end=11, label='PROJECT')
    """
    if name.label == "PROJECT":
        return _project(text, _balanced(text, _bare_front(text, name)))
    if name.label == "ORG":
        name = _balanced(text, name)
        return None if rules()["bare"].fullmatch(text, name.start, name.end) else name
    if name.label == "GPE":
        return None if rules()["nowhere"].fullmatch(text, name.start, name.end) else name
    return _unquoted(text, _balanced(text, name)) if name.label == "EVENT" else name


def _project(text: str, name: Name) -> Name | None:
    """A project with the year, the level and the place before it, its bracket and 经费 behind it, without 资金."""
    start, end = name.start, name.end
    core = start
    for _ in range(MAX_FRONTS):
        if before := rules()["grown"].search(text, max(0, start - 8), start):
            start = before.start()
    while core < end and (anchor := rules()["lead"].match(text, core, end)):
        core = anchor.end()
    if more := rules()["funds"].match(text, end):
        end = more.end()
    if (tail := rules()["tail"].search(text, core, end)) and _whole(text, core, tail.start()):
        end = tail.start()
    if rules()["generic"].fullmatch(text, core, end) or end - core < MIN_CORE:
        return None
    bracket = rules()["bracket"].match(text, end)
    return Name(start, bracket.end() if bracket else end, name.label)


MAX_FRONTS = 4
"""A project's name has at most so many years, levels and places before it."""
MIN_CORE = 3
"""A project's name has more than this beside its year, level and place (characters)."""


def _whole(text: str, start: int, end: int) -> bool:
    """Whether a project's name without its 资金 still ends as a name."""
    return text.endswith(("项目", "工程", "计划", ")"), start, end)


def _bare_front(text: str, name: Name) -> Name:
    """The name without the particle or verb that was taken with it."""
    start = name.start
    while (front := rules()["front"].match(text, start, name.end)) and front.end() < name.end:
        start = front.end()
    return name._replace(start=start)


_CLOSING = {")": "(", "〉": "〈", "”": "“"}


def _balanced(text: str, name: Name) -> Name:
    """The name with the other half of a bracket or quotation mark that it cuts in two, or without the lone half."""
    start, end = name.start, name.end
    for close, opening in _CLOSING.items():
        inner = text[start:end]
        lacking = inner.count(opening) - inner.count(close)
        if lacking > 0:
            found = text.find(close, end, end + 12)
            if found >= 0 and not rules()["aside"].search(text, start, found):
                end = found + 1
            elif inner.startswith(opening):
                start += 1
            else:
                end = start + inner.rindex(opening)
        elif lacking < 0:
            found = text.rfind(opening, max(0, start - 12), start)
            if inner.endswith(close):
                end, found = (end - 1, -1) if found < 0 else (end, found)
            if found >= 0:
                start = _run(text, found)
    return Name(start, end, name.label) if start < end else name


def _run(text: str, end: int) -> int:
    """Where the run of Chinese characters begins that ends here and that no stop parts."""
    start = end
    while start and end - start < MAX_RUN and "\u4e00" <= text[start - 1] <= "\u9fff":
        start -= 1
    return max((stop.end() for stop in stops().finditer(text, start, end)), default=start)


MAX_RUN = 20
"""What stands before the bracket in a firm's name is no longer (characters)."""


def _unquoted(text: str, name: Name) -> Name:
    """An event without its quotation marks."""
    start, end = name.start, name.end
    if text[start] == "“" and text[end - 1] == "”" and "”" not in text[start : end - 1]:
        return Name(start + 1, end - 1, name.label)
    return name
