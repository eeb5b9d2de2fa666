"""The sentences of data/training, read as they are marked: what a figure is about, its item, the names beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from extractors import figures, items, linking, ruler, segment
from extractors.textmap import normalise
from flows import markup
from flows.markup import Example
from tests.conftest import ROOT
from tests.extractors.cases import rows

STEP = 3
"""Every so many sentences are read."""
YEAR = 2022
FLOORS = {
    row.cells["measure"]: row.cells["floor"] for row in rows("floors.tsv") if row.cells["reports"] == "data/training"
}


@cache
def examples() -> list[Example]:
    return list(markup.examples(ROOT / "data" / "training"))[::STEP]


@cache
def shares() -> dict[str, float]:
    """By measure the share that is right of all that is marked or found."""
    right: Counter[str] = Counter()
    all_: Counter[str] = Counter()
    for example in examples():
        for measure, is_right in (*_figures(example), *_names(example)):
            all_[measure] += 1
            right[measure] += is_right
    return {measure: right[measure] / count for measure, count in all_.items()}


def _figures(example: Example) -> Iterator[tuple[str, bool]]:
    """Whether each figure stands where it is marked, and its kind, topic, role and item are right."""
    text = normalise(example.text)
    section = tuple(normalise(heading).text for heading in example.section)
    marked = {(one.start, one.end, one.kind): one for one in example.figures}
    sentences = segment.blocks(text).sentences
    headed = [replace(one, section=section) for one in sentences]
    statements = list(figures.statements(headed, YEAR))
    for linked, phrases in zip(linking.read(statements, YEAR), items.read(statements), strict=True):
        start = linked.statement.sentence.start
        for reading, topical, item in zip(linked.statement.readings, linked.topics, phrases, strict=True):
            span = text.raw_span(start + reading.start, start + reading.end)
            wanted = marked.pop((span.start, span.end, reading.kind), None)
            yield "figure", wanted is not None
            if wanted is not None:
                yield "topic", topical.topic[:2] == (wanted.category, wanted.subcategory)
                yield "role", topical.role == wanted.role
                if wanted.kind != "date":
                    yield "stage", topical.topic.stage == wanted.stage
                    yield "item", (items.written(item, text) if item else None) == wanted.item
    yield from (("figure", False) for _ in marked)


def _names(example: Example) -> Iterator[tuple[str, bool]]:
    """Whether each name that is marked or that the rules find is both."""
    text = normalise(example.text)
    marked = {(one.start, one.end, one.label) for one in example.names}
    there = {(*text.raw_span(one.start, one.end), one.label) for one in ruler.read(text.text)}
    for name in marked | there:
        yield "names by rules", name in marked and name in there


@pytest.mark.parametrize(("measure", "floor"), FLOORS.items())
def test_a_measure_reaches_its_floor(measure: str, floor: str) -> None:
    assert shares()[measure] >= float(floor)


def test_every_measure_has_a_floor() -> None:
    assert shares().keys() == FLOORS.keys()
