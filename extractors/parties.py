"""Who paid whom: the bodies between which an amount went, where its clause says so.

A clause is read with each body as one sign, so that the patterns see the words between the bodies and the amount:
`已拨付①咨询费#` pays ①, `①下达#` is paid by ①.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from extractors import lexicon
from extractors.edges import any_of
from extractors.errors import LexiconError
from extractors.types import Entity, Reading, Statement

SENSES = ("pays", "receives", "to", "into", "from")


class Parties(NamedTuple):
    """Payer and payee of an amount, each null where the sentence does not say."""

    payer: str | None
    payee: str | None


NOBODY = Parties(None, None)


def read(statement: Statement) -> tuple[Parties, ...]:
    """The payer and the payee of each figure; only amounts have them."""
    bodies = [name for name in statement.entities if name.label == "ORG"]
    if not bodies:
        return (NOBODY,) * len(statement.readings)
    text, found, way, done = statement.sentence.text, [], "", 0
    for reading in statement.readings:
        if reading.kind != "amount":
            found.append(NOBODY)
            continue
        said, way = _said(text, bodies, _before(text, done, reading.start), way)
        found.append(said if said != NOBODY else _behind(text, bodies, reading))
        done = reading.end
    return tuple(found)


def _before(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch between an amount and the one before it, or the last full stop."""
    stop = max(text.rfind(mark, start, end) for mark in "。；;")
    return max(start, stop + 1, end - FAR), end


FAR = 120
"""A body further off than this from an amount is no party to it (characters)."""


def _said(text: str, bodies: Sequence[Entity], clause: tuple[int, int], way: str) -> tuple[Parties, str]:
    """What the stretch before an amount says of its parties, and which way the money goes there.

    A list goes on the way it began: `拨付甲公司20万元、乙公司30万元`.
    """
    coded, named = _coded(text, bodies, *clause)
    rules = _patterns()
    payees, payers = _all(rules["payee"], coded), _all(rules["payer"], coded)
    payee = named[payees[-1]] if payees else None
    payer = next((named[body] for body in reversed(payers) if body not in payees), None)
    if payer or payee:
        return Parties(payer, payee), "payee" if payee else ""
    if way == "payee" and (item := rules["item"].match(coded)):
        return Parties(None, named[item[1]]), way
    return NOBODY, ""


def _behind(text: str, bodies: Sequence[Entity], reading: Reading) -> Parties:
    """What the words right behind an amount say: `20万元拨付至甲公司`, `20万元由县财政局下达`."""
    limit = min(reading.end + FAR, len(text))
    ends = [place for mark in "，。；;、" if (place := text.find(mark, reading.end, limit)) >= 0]
    coded, named = _coded(text, bodies, reading.end, min(ends, default=limit))
    rules = _patterns()
    to, by = rules["paid_to"].search(coded), rules["paid_by"].search(coded)
    return Parties(named[by[1]] if by else None, named[next(filter(None, to.groups()))] if to else None)


def _all(pattern: re.Pattern[str], coded: str) -> list[str]:
    """The signs of the bodies that a pattern finds, from left to right; one may be the end of one find and the start
    of the next.
    """
    found, at = [], 0
    while match := pattern.search(coded, at):
        found.append(next(body for body in match.groups() if body))
        at = max(match.end() - 1, match.start() + 1)
    return found


FIRST = 0xE000
"""The bodies of a clause stand as characters from here on, the first of Unicode's private area."""


def _coded(text: str, bodies: Sequence[Entity], start: int, end: int) -> tuple[str, Mapping[str, str]]:
    """A stretch of a sentence with a sign for each body, and the bodies by sign."""
    pieces: list[str] = []
    named: dict[str, str] = {}
    done = start
    for place in range(bisect_left(bodies, (start,)), len(bodies)):
        name = bodies[place]
        if name.start >= end:
            break
        if name.end <= end:
            sign = chr(FIRST + len(named))
            named[sign] = text[name.start : name.end]
            pieces += [text[done : name.start], sign]
            done = name.end
    return "".join([*pieces, text[done:end]]), named


# ---- the patterns ------------------------------------------------------------------------------------------------


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    """The patterns over a coded clause; `near` and `far` are the words that may stand between two of their parts."""
    pays, receives, to, into, by = (
        f"(?:{any_of((word, '', '') for word in _words(sense)).pattern})" for sense in SENSES
    )
    near, far = "[^，。；;\ue000-\ue0ff]{0,4}?", "[^，。；;\ue000-\ue0ff]{0,16}?"
    body = "([\ue000-\ue0ff])"
    source = "".join(f"(?<!{word})" for word in _words("from"))
    return {
        "payee": re.compile(
            f"{pays}(?:了|予|{to}|{into})?{near}{body}|{to}{body}{far}{pays}|{source}{body}{far}{receives}"
        ),
        "payer": re.compile(
            f"{by}{body}{far}(?:{pays}|{receives})|{receives}{near}{body}|{body}{far}{pays}|{body}(?={to}[\ue000-\ue0ff])"
        ),
        "item": re.compile(f"[、，和及与]{{0,2}}{near}{body}"),
        "paid_to": re.compile(f"{pays}{near}(?:{to}|{into}){near}{body}|^{near}{to}{body}"),
        "paid_by": re.compile(f"{by}{body}{far}{pays}"),
    }


def _words(sense: str) -> Iterator[str]:
    for number, row in lexicon.rows("parties.tsv", ("word", "sense", "example"), ("word",)):
        if row["sense"] not in SENSES:
            raise LexiconError("parties.tsv", number, f"sense {row['sense']!r}", f"one of {', '.join(SENSES)}")
        if row["word"] not in row["example"]:
            raise LexiconError("parties.tsv", number, f"{row['example']!r} does not hold {row['word']}", "write one")
        if row["sense"] == sense:
            yield row["word"]
