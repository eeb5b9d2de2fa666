"""Why a figure was read and linked as it was: `jixiao explain`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from extractors import facts, items, linking, pipeline, segment
from extractors.errors import JixiaoError
from extractors.items import Item
from extractors.linking import Account, Linked
from extractors.textmap import TextMap, normalise
from extractors.types import Document, Mask

LOUDEST = 14
"""How many features an explanation shows."""


class NoFigure(JixiaoError):
    """No sentence stands at the place asked about."""


@dataclass(frozen=True, slots=True)
class Found:
    """The statement at a place of a report, and the figure there, if there is one."""

    linked: Linked
    place: int | None
    item: Item | None
    text: TextMap
    fiscal_year: int | None


def offset(doc: Document, at: str) -> int:
    """The raw offset that an offset or a mention_id names; the mention must be one of this report."""
    report, _, digits = at.rpartition(":")
    if not (digits.isascii() and digits.isdigit()):
        raise NoFigure(f"{at!r} is no place in a report; give an offset such as 1254, or a mention_id")
    if not doc.doc_id.startswith(report):
        raise NoFigure(
            f"{at} is a figure of another report, or of this one before it was changed: the doc_id of {doc.source} is "
            f"{doc.doc_id}; give the file that `documents.source` names, or the offset alone"
        )
    return int(digits)


def find(doc: Document, at: int, settings: pipeline.Settings) -> Found:
    """What stands at a raw offset of a report (code points, as in `mentions.start`), read with these settings."""
    text = normalise(doc.raw)
    blocks = segment.blocks(text)
    fiscal_year = facts.fiscal_year(text, blocks)
    statements = pipeline.statements(blocks, fiscal_year, settings)
    named = items.read(statements, settings.segmenter)
    for linked, its_items in zip(linking.read(statements, fiscal_year), named, strict=True):
        sentence = linked.statement.sentence
        start, end = text.raw_span(sentence.start, sentence.start + len(sentence.text))
        if start <= at < end:
            place = _place(linked, text, at)
            return Found(linked, place, None if place is None else its_items[place], text, fiscal_year)
    raise NoFigure(f"{doc.source}: no sentence at {at}; offsets run from 0 to {len(doc.raw) - 1}, as in mentions.start")


def _place(linked: Linked, text: TextMap, at: int) -> int | None:
    origin = linked.statement.sentence.start
    for place, reading in enumerate(linked.statement.readings):
        start, end = text.raw_span(origin + reading.start, origin + reading.end)
        if start <= at < end:
            return place
    return None


def page(found: Found) -> RenderableType:
    """The explanation as it is printed."""
    return Group(*_parts(found))


def _parts(found: Found) -> Iterator[RenderableType]:
    statement = found.linked.statement
    yield Text("section   " + " > ".join(statement.sentence.section))
    yield _sentence(found)
    if found.place is None:
        yield Text("No figure stands at this place.")
    else:
        account = linking.account(found.linked, found.place, found.fiscal_year)
        yield _reading(found, found.place)
        yield _rulings(account)
        yield _weights(account)
    yield _masks(statement.masks, statement.sentence.text)


def _sentence(found: Found) -> Text:
    """The sentence: the figure asked about in reverse, the others bold, masks struck through."""
    statement = found.linked.statement
    shown = Text("sentence  " + statement.sentence.text)
    for mask in statement.masks:
        shown.stylize("strike dim", 10 + mask.start, 10 + mask.end)
    for place, reading in enumerate(statement.readings):
        shown.stylize("reverse" if place == found.place else "bold", 10 + reading.start, 10 + reading.end)
    return shown


def _reading(found: Found, place: int) -> Table:
    reading, topical = found.linked.statement.readings[place], found.linked.topics[place]
    upper = f" – {reading.value_max}" if reading.value_max is not None else ""
    value = f"{reading.date_start} – {reading.date_end}" if reading.kind == "date" else f"{reading.value}{upper}"
    grid = Table("field", "value", "says who", title="What it says, what it is about", title_justify="left")
    grid.add_row("value", f"{value} {reading.unit or ''}".strip(), reading.rule)
    grid.add_row("bound, change", f"{reading.bound} {reading.change or ''}".strip(), "lexicons/cues.tsv")
    grid.add_row("topic", topical.topic.path, Text(topical.evidence))
    grid.add_row("role", topical.role, f"confidence {topical.confidence}")
    grid.add_row("item", Text(found.item.text if found.item else ""), "words and phrases")
    return grid


def _rulings(account: Account) -> RenderableType:
    if not account.rulings:
        return Text("No rule was certain; the linking model decided.")
    grid = Table("rule", "topic", "role", title="Certain rules, in order", title_justify="left")
    for ruling in account.rulings:
        grid.add_row(Text(ruling.reason), ruling.topic or "open", ruling.role or "open")
    return grid


def _weights(account: Account) -> Table:
    """The words, cues and headings that spoke, with their weight for each of the likeliest topics."""
    heads = [f"{topic}\n{share:.0%}" for topic, share in account.topics]
    grid = Table("feature", *heads, title="What spoke for which topic", title_justify="left")
    for spoken in islice(account.spoken, LOUDEST):
        grid.add_row(Text(spoken.feature), *(f"{weight:+.2f}" for weight in spoken.weights))
    roles = ", ".join(f"{role} {share:.0%}" for role, share in account.roles)
    grid.caption = f"roles: {roles}"
    return grid


def _masks(masks: tuple[Mask, ...], text: str) -> RenderableType:
    if not masks:
        return Text("Nothing in this sentence was masked.")
    grid = Table("masked", "why it is no figure", title="Masks (lexicons/masks.tsv, names)", title_justify="left")
    for mask in masks:
        grid.add_row(Text(text[mask.start : mask.end]), mask.reason)
    return grid
