"""From a document to everything that it states: read this first.

The stages hand over one record each: text → sentences and tables → statements (what each figure says) → topics (what it
is about) → mentions (where it stands in the file).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import regex

from extractors import dataset, entities, facts, figures, formats, items, linking, parties, recipe, segment, tables
from extractors.items import Item
from extractors.matching import Stated
from extractors.parties import Parties
from extractors.rules import Topical
from extractors.segment import Blocks
from extractors.textmap import FOREIGN, MAX_DIGITS, UNREAD, TextMap, fold, normalise
from extractors.types import Document, Link, Mention, NamedEntity, Problem, RawSpan, Report, Sentence, Statement
from extractors.words import Segmenter


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user may choose: the segmenter, and a spaCy model of their own for names."""

    segmenter: Segmenter = "jieba"
    model: str | None = None


def version(settings: Settings) -> str:
    """Names what made a row: the version of Jixiao and the settings that change its rows."""
    return recipe.version(settings)


def digest(settings: Settings) -> str:
    """Names all that decides rows by its content; see `recipe`."""
    return recipe.digest(settings)


SAMPLE = """某县水利局2022年度农村供水项目绩效自评报告
一、项目概况
某县水利局收到省财政厅下达资金928万元，支出率达到98%以上，五华县级财政配套后完成供水点12处，群众满意度95%。
项目名称\t农村供水
一级指标\t二级指标\t三级指标\t年度指标值\t实际完成值\t分值\t得分
产出指标\t数量指标\t供水点\t≥12处\t12处\t10\t10
产出指标\t质量指标\t投诉率\t5%\t4%\t10\t10
"""
"""A report that asks every lexicon, model and dictionary something."""


def load(settings: Settings = Settings()) -> None:
    """Load what the first report would have to wait for, by extracting a small one."""
    extract(formats.read(SAMPLE.encode(), "sample"), settings)


def extract(doc: Document, settings: Settings = Settings()) -> Report:
    """All that a report states."""
    text = normalise(doc.raw)
    blocks = segment.blocks(text)
    indicators, funding, problems = tables.rows(blocks.tables, text)
    told = facts.of(doc, text, blocks, funding)
    read = statements(blocks, told.fiscal_year, settings)
    found = _figures(read, told.fiscal_year, settings.segmenter)
    stated = Stated(indicators)
    return Report(
        doc,
        told,
        tuple(mention(figure, doc, text, told.fiscal_year, stated) for figure in found),
        tuple(_entities(read, text)),
        tuple(indicators),
        tuple(funding),
        (*_damage(doc), *_unread(text), *problems),
    )


def statements(blocks: Blocks, fiscal_year: int | None, settings: Settings = Settings()) -> list[Statement]:
    """The sentences with their figures and names; names hide the figures that are part of them."""
    read = list(figures.statements(blocks.sentences, fiscal_year))
    names = entities.read([statement.sentence.text for statement in read], settings)
    return [figures.without(statement, found) for statement, found in zip(read, names, strict=True)]


def _entities(statements: Iterable[Statement], text: TextMap) -> Iterator[NamedEntity]:
    for statement in statements:
        for name in statement.entities:
            start, end = text.raw_span(statement.sentence.start + name.start, statement.sentence.start + name.end)
            yield NamedEntity(start, end, text.raw[start:end], name.label, name.source)


class Figure(NamedTuple):
    """One figure of a statement with all that was found of it."""

    statement: Statement
    place: int
    topical: Topical
    item: Item | None
    parties: Parties


def _figures(statements: Sequence[Statement], fiscal_year: int | None, segmenter: Segmenter) -> Iterator[Figure]:
    """The figures in reading order."""
    named = items.read(statements, segmenter)
    for linked, found in zip(linking.read(statements, fiscal_year), named, strict=True):
        between = parties.read(linked.statement)
        for place, (topical, item, paid) in enumerate(zip(linked.topics, found, between, strict=True)):
            yield Figure(linked.statement, place, topical, item, paid)


def mention(figure: Figure, doc: Document, text: TextMap, fiscal_year: int | None, stated: Stated) -> Mention:
    """The mention of one figure, with raw offsets, and the form's row that states the same."""
    sentence, reading = figure.statement.sentence, figure.statement.readings[figure.place]
    start, end = text.raw_span(sentence.start + reading.start, sentence.start + reading.end)
    topic = figure.topical.topic
    link = Link(
        topic.category,
        topic.subcategory,
        figure.topical.role,
        topic.stage if reading.kind in ("amount", "rate") else None,
        items.written(figure.item, text) if figure.item else None,
        _year(figure.statement, figure.place, fiscal_year),
        figure.topical.evidence,
        figure.topical.confidence,
        *(_written(name, figure.statement, text) for name in figure.parties),
    )
    row = stated.by(figure.item.text, reading.value, reading.unit) if figure.item else None
    row_id = dataset.indicator_id(doc.doc_id, row.start) if row else None
    told = _sentence(sentence, text, RawSpan(start, end))
    return Mention(start, end, text.raw[start:end], reading, link, told, segment.section(sentence, text), row_id)


def _sentence(sentence: Sentence, text: TextMap, figure: RawSpan) -> str:
    """The sentence as it stands in the report; where blanks tear it apart, as much as lies near the figure."""
    bare = sentence.text.lstrip()
    start = sentence.start + len(sentence.text) - len(bare)
    span = text.raw_span(start, start + len(bare.rstrip()))
    return text.raw[max(span.start, figure.start - REACH) : min(span.end, figure.end + REACH)]


REACH = 4 * segment.MAX_SENTENCE
"""No sentence is told further from its figure (characters of the report): one may hold any number of blanks."""


def _written(name: str | None, statement: Statement, text: TextMap) -> str | None:
    """A party's name as the report writes it, as in `entities`."""
    sentence = statement.sentence
    for entity in statement.entities:
        if sentence.text[entity.start : entity.end] == name:
            start, end = text.raw_span(sentence.start + entity.start, sentence.start + entity.end)
            return text.raw[start:end]
    return name


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


def _unread(text: TextMap) -> Iterator[Problem]:
    """The digits that can't be read, each run with its place."""
    for match in _RUN.finditer(text.text):
        span = text.raw_span(*match.span())
        raw = text.raw[span.start : span.end]
        yield Problem("text", _FOREIGN if FOREIGN.search(fold(raw)) else _ENDLESS, *span, raw)


_RUN = regex.compile(f"{UNREAD}++")
_FOREIGN = "digits of another script are not read; write the figure in 0-9"
_ENDLESS = f"a number of more than {MAX_DIGITS} digits is not read; part what has run together"
