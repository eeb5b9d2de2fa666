"""From a document to everything that it states: read this first.

The stages hand over one record each: text → sentences and tables → statements (what each figure says) → topics (what it
is about) → mentions (where it stands in the file).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version as installed

from extractors import facts, figures, linking, segment, tables
from extractors.rules import Topical
from extractors.textmap import TextMap, normalise
from extractors.types import Document, Indicator, Link, Mention, Problem, Report, Statement
from extractors.words import Segmenter


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user may choose: the segmenter, and a spaCy model of their own for names."""

    segmenter: Segmenter = "jieba"
    model: str | None = None


def version(settings: Settings) -> str:
    """Names what made a row: the version of Jixiao and the settings that change its rows."""
    chosen = f"{installed('jixiao')}+{settings.segmenter}"
    return f"{chosen}.{settings.model}" if settings.model else chosen


def extract(doc: Document, settings: Settings = Settings()) -> Report:
    """All that a report states."""
    text = normalise(doc.raw)
    blocks = segment.blocks(text)
    indicators, funding, problems = tables.rows(blocks.tables, text)
    fiscal_year = facts.fiscal_year(text, blocks)
    statements = list(figures.statements(blocks.sentences, fiscal_year))
    mentions = tuple(_mentions(statements, text, fiscal_year, indicators))
    return Report(
        doc,
        facts.of(doc, text, blocks, funding),
        mentions,
        (),
        tuple(indicators),
        tuple(funding),
        (*_damage(doc), *problems),
    )


def _mentions(
    statements: Sequence[Statement], text: TextMap, fiscal_year: int | None, indicators: Sequence[Indicator]
) -> Iterator[Mention]:
    paragraph, earlier = -1, None
    for statement in statements:
        if statement.sentence.paragraph != paragraph:
            paragraph, earlier = statement.sentence.paragraph, None
        topics = linking.read(statement, fiscal_year, earlier)
        earlier = linking.last_of(statement, topics) or earlier
        for place, topical in enumerate(topics):
            yield mention(statement, place, topical, text, fiscal_year)


def mention(statement: Statement, place: int, topical: Topical, text: TextMap, fiscal_year: int | None) -> Mention:
    """The mention of one figure, with raw offsets."""
    sentence, reading = statement.sentence, statement.readings[place]
    start, end = text.raw_span(sentence.start + reading.start, sentence.start + reading.end)
    link = Link(
        topical.topic.category,
        topical.topic.subcategory,
        topical.role,
        topical.topic.stage if reading.kind in ("amount", "rate") else None,
        None,
        _year(statement, place, fiscal_year),
        topical.evidence,
        topical.confidence,
    )
    return Mention(start, end, text.raw[start:end], reading, link, sentence.text.strip(), " > ".join(sentence.section))


def _year(statement: Statement, place: int, fiscal_year: int | None) -> int | None:
    """The year that a figure speaks of: its own, that of the last date before it, or the report's."""
    for reading in reversed(statement.readings[: place + 1]):
        if reading.date_end is not None:
            return reading.date_end.year
    return statement.year or fiscal_year


def _damage(doc: Document) -> Iterator[Problem]:
    """What the bytes hold that no text should: NUL characters, characters that could not be decoded."""
    for sign, name in (("\0", "NUL characters"), ("\ufffd", "characters that the file's encoding lost")):
        if sign in doc.raw:
            first = doc.raw.index(sign)
            yield Problem("read", f"{doc.raw.count(sign)} {name}; they were read as blanks", first, first + 1)
