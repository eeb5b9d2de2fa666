"""A report's text laid out for reading: headings, paragraphs and tables, cut where a figure, name or flaw begins.

The layout is the extractor's own reading of the text (segments, headings, grids), so that a reviewer sees what it saw.
All spans are raw: code points of `documents.text`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal, NamedTuple

from extractors import segment
from extractors.textmap import TextMap, normalise
from extractors.types import Sentence, TableBlock

Layer = Literal["figure", "name", "flaw", "row", "lead"]
LAYERS: tuple[Layer, ...] = ("figure", "name", "flaw", "row", "lead")

_CONTROLS = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n\r"}
_DIRECTIONS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), "\N{REPLACEMENT CHARACTER}")
_SHOWN = {**_CONTROLS, **_DIRECTIONS, 0x7F: 0x2421, ord("\n"): None, ord("\r"): None}
"""Characters that would not show or would turn the text around, and what stands for them."""


class Mark(NamedTuple):
    """A stretch of the text that belongs to row `number` of a layer."""

    layer: Layer
    number: int
    start: int
    end: int


class Part(NamedTuple):
    """Text within which nothing changes; every layer's index, or None."""

    text: str
    name: int | None
    flaw: int | None
    row: int | None
    lead: bool


class Piece(NamedTuple):
    """The parts of one figure, or of the text between two."""

    figure: int | None
    first: bool
    parts: tuple[Part, ...]


class Lead(NamedTuple):
    """Where a heading ends, how deep it lies, and the path that it opens, as in `mentions.section`."""

    end: int
    level: int
    path: str


@dataclass(frozen=True)
class Block:
    """One heading, paragraph or table of the page; `anchor` is the heading path that it opens."""

    kind: Literal["heading", "paragraph", "table"]
    pieces: tuple[Piece, ...] = ()
    level: int = 0
    anchor: str = ""
    rows: tuple[tuple[tuple[Piece, ...], ...], ...] = ()

    @property
    def text(self) -> str:
        """A paragraph's or heading's text."""
        return "".join(part.text for piece in self.pieces for part in piece.parts)

    @property
    def width(self) -> int:
        """Cells of the widest row."""
        return max(map(len, self.rows), default=0)


@dataclass
class _Ink:
    """Which row of each layer every character belongs to, and which figures have been begun."""

    raw: str
    layers: dict[Layer, list[int | None]]
    begun: set[int] = field(default_factory=set)

    def pieces(self, start: int, end: int) -> tuple[Piece, ...]:
        """The stretch, cut where any layer changes."""
        columns = [self.layers[layer][start:end] for layer in LAYERS]
        places = range(start, end)
        cut = groupby(zip(places, *columns, strict=True), key=lambda place: place[1])
        return tuple(self._piece(figure, list(group)) for figure, group in cut)

    def _piece(self, figure: int | None, group: list[tuple[int | None, ...]]) -> Piece:
        first = figure is not None and figure not in self.begun
        if figure is not None:
            self.begun.add(figure)
        parts = []
        for (name, flaw, row, lead), run in groupby(group, key=lambda place: place[2:]):
            text = "".join(self.raw[place[0]] for place in run if place[0] is not None)
            parts.append(Part(text.translate(_SHOWN), name, flaw, row, lead is not None))
        return Piece(figure, first, tuple(parts))


def blocks(raw: str, marks: Sequence[Mark]) -> list[Block]:
    """The report in reading order; every character that is no blank stands in some block, in its order."""
    text = normalise(raw)
    found = segment.blocks(text)
    leads = dict(_headings(text, found.sentences))
    bold = [Mark("lead", 0, start, end) for start, (end, _, _) in leads.items()]
    ink = _Ink(raw, _layers(len(raw), [*marks, *bold]))
    stretches = _stretches(text, found.tables)
    return [_table(ink, cells) if cells else _paragraph(ink, start, end, leads) for start, end, cells in stretches]


Cells = list[list[tuple[int, int]]]


def _stretches(text: TextMap, tables: Sequence[TableBlock]) -> Iterator[tuple[int, int, Cells]]:
    """The raw text from end to end: paragraphs, and tables with the spans of their cells."""
    done = 0
    for start, end, cells in [*_grids(text, tables), (len(text.raw), len(text.raw), [])]:
        yield from ((first, last, []) for first, last in _lines(text, done, start))
        if cells:
            yield start, end, cells
        done = end


def _grids(text: TextMap, tables: Sequence[TableBlock]) -> Iterator[tuple[int, int, Cells]]:
    for table in tables:
        cells = [[_raw(text, cell.start, cell.end) for cell in row] for row in table.rows]
        filled = [span for row in cells for span in row if span[0] < span[1]]
        if filled:
            yield min(start for start, _ in filled), max(end for _, end in filled), cells


def _raw(text: TextMap, start: int, end: int) -> tuple[int, int]:
    return text.raw_span(start, end) if start < end else (0, 0)


def _lines(text: TextMap, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The paragraphs of a raw stretch: the lines that the normalised text has left, with what was cut out before."""
    done = start
    place = 0
    for line in text.text.split("\n"):
        if line.strip():
            first, last = text.raw_span(place, place + len(line))
            if start <= first and last <= end:
                yield done, last
                done = last
        place += len(line) + 1
    if text.raw[done:end].strip():
        yield done, end


def _headings(text: TextMap, sentences: Sequence[Sentence]) -> Iterator[tuple[int, Lead]]:
    """Where each heading starts, and what it opens."""
    for sentence in sentences:
        own = sentence.headings[-1:] if sentence.cell is None else ()
        if own and own[0].start >= sentence.start:
            start, end = text.raw_span(*own[0])
            yield start, Lead(end, len(sentence.headings), segment.section(sentence, text))


def _layers(length: int, marks: Sequence[Mark]) -> dict[Layer, list[int | None]]:
    layers: dict[Layer, list[int | None]] = {layer: [None] * length for layer in LAYERS}
    for mark in marks:
        layers[mark.layer][mark.start : mark.end] = [mark.number] * (min(mark.end, length) - mark.start)
    return layers


def _paragraph(ink: _Ink, start: int, end: int, leads: dict[int, Lead]) -> Block:
    start += len(ink.raw[start:end]) - len(ink.raw[start:end].lstrip())
    lead = leads.get(start, Lead(0, 0, ""))
    bare = lead.level and not ink.raw[lead.end : end].strip(" \t\r\n。:：")
    return Block("heading" if bare else "paragraph", ink.pieces(start, end), lead.level, lead.path)


def _table(ink: _Ink, cells: Cells) -> Block:
    return Block("table", rows=tuple(tuple(ink.pieces(start, end) for start, end in row) for row in cells))
