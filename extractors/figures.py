"""The figures of a sentence: masks and dates first, then every numeral once, given to the first reader that answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

import regex

from extractors import amounts, candidates, counts, dates, masks, rates
from extractors.candidates import Candidate
from extractors.lexicon import Unit
from extractors.masks import Stretches
from extractors.types import Entity, Mask, Reading, Sentence, Statement

READERS: tuple[Callable[[Candidate], Reading | None], ...] = (amounts.read, rates.read, counts.read)
"""The first that answers owns the candidate."""

_NUMERIC = regex.compile(r"[\d〇零一二两三四五六七八九十百千万亿]|[上下]半年")


def statements(sentences: Iterable[Sentence], fiscal_year: int | None) -> Iterator[Statement]:
    """The sentences with their figures; years and unit captions govern to the end of a paragraph."""
    paragraph: int | None = None
    governing: int | None = None
    caption: Unit | None = None
    for sentence in sentences:
        if sentence.paragraph != paragraph:
            paragraph, governing, caption = sentence.paragraph, None, _headed(sentence.section)
        if not _NUMERIC.search(sentence.text):
            yield Statement(sentence, (), (), (), governing)
            continue
        caption = candidates.caption(sentence.text) or caption
        found = dates.read(sentence.text, fiscal_year, governing)
        hidden = masks.read(sentence.text)
        yield Statement(sentence, tuple(_readings(sentence, found.readings, hidden, caption)), hidden, (), governing)
        governing = found.year


@lru_cache(maxsize=1024)
def _headed(section: tuple[str, ...]) -> Unit | None:
    """The unit that the innermost heading with a caption sets."""
    return next((unit for heading in reversed(section) if (unit := candidates.heading_caption(heading))), None)


def _readings(
    sentence: Sentence, found: tuple[Reading, ...], hidden: tuple[Mask, ...], caption: Unit | None
) -> list[Reading]:
    """The sentence's dates and figures that no mask hides, from left to right."""
    masked, dated = Stretches(hidden), Stretches(found)
    readings = [one for one in found if not masked.hold(one.start, one.end)]
    for candidate in candidates.read(sentence.text, caption):
        if dated.touch(candidate.start, candidate.end) or masked.touch(candidate.start, candidate.end):
            continue
        reading = next((reading for read in READERS if (reading := read(candidate))), None)
        if reading is not None:
            readings.append(reading)
    return _siblings(sentence.text, sorted(readings, key=lambda reading: reading.start))


def _siblings(text: str, readings: list[Reading]) -> list[Reading]:
    """The readings, with bound and change carried along a list: `分别增长6.2%、9.7%和14.1%`."""
    for place in range(1, len(readings)):
        one, before = readings[place], readings[place - 1]
        listed = text[before.end : one.start] in ("、", "和", "与", "及") and one.kind == before.kind == "rate"
        if listed and one.bound == "=" and one.change is None:
            readings[place] = replace(one, bound=before.bound, change=before.change)
    return readings


def without(statement: Statement, names: tuple[Entity, ...]) -> Statement:
    """The statement with its names, and without the figures that are part of a name.

    Nothing inside the name of a document or an event is a figure; a count inside the name of a place or an
    organisation (四台嘴乡) is none either, but the year of a project is.
    """
    hiding = [(one, name) for one in statement.readings for name in names if _hides(name, one)]
    hidden = statement.masks + tuple(Mask(one.start, one.end, f"inside a name: {name.label}") for one, name in hiding)
    masked = {one.start for one, _ in hiding}
    kept = tuple(one for one in statement.readings if one.start not in masked)
    return replace(statement, readings=kept, masks=hidden, entities=names)


def _hides(name: Entity, reading: Reading) -> bool:
    if not (name.start <= reading.start and reading.end <= name.end):
        return False
    return name.label in ("POLICY", "EVENT") or (name.label in ("GPE", "ORG") and reading.kind == "count")
