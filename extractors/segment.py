"""From normalised text to sentences with their headings, and to blocks of table rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from extractors import heads, stacked
from extractors.numerals import HAN_DIGIT
from extractors.textmap import TextMap
from extractors.types import Cell, Sentence, TableBlock, TextSpan


@dataclass(frozen=True, slots=True)
class Blocks:
    """A report in reading order: its prose (table cells that are sentences included) and its tables."""

    sentences: tuple[Sentence, ...]
    tables: tuple[TableBlock, ...]


def blocks(text: TextMap) -> Blocks:
    """The sentences and tables of a report."""
    headings = Headings()
    sentences: list[Sentence] = []
    tables: list[TableBlock] = []
    grids = iter(text.grids)
    rows = next(grids, None)
    title = ""
    for start, line in _lines(text.text):
        if rows is not None and start + len(line) > rows[0][0].start:
            if start + len(line) < rows[-1][-1].end:
                continue
            tables.append(TableBlock(stacked.rows(rows), title, headings.path()))
            rows = next(grids, None)
        elif line.strip():
            title = line.strip()
            sentences += prose(line, start, headings)
    for table in tables:
        sentences += cell_sentences(table)
    return Blocks(tuple(sorted(sentences, key=lambda sentence: sentence.start)), tuple(tables))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1


# ---- sentences ---------------------------------------------------------------------------------------------------

MAX_SENTENCE = 1000
"""A longer stretch without a stop is no sentence: it is cut, behind a comma or blank where it has one, in no number
(characters)."""
_NUMERAL = rf"[\d.,{HAN_DIGIT}十百千万亿]"
_END = r"(?:[。!?;][”’」』》)]*+)*+"
_SENTENCE = regex.compile(
    rf"[^。!?;]{{1,{MAX_SENTENCE}}}+(?:(?=[。!?;])|$){_END}"
    rf"|[^。!?;]{{1,{MAX_SENTENCE}}}(?<=[，、\s])|[^。!?;]{{1,{MAX_SENTENCE}}}(?<!{_NUMERAL}(?={_NUMERAL}))"
    rf"|[^。!?;]{{1,{MAX_SENTENCE}}}+|[。!?;]++"
)


def prose(line: str, start: int, headings: Headings, cell: str | None = None) -> Iterator[Sentence]:
    """The sentences of a line of prose; `start` is the line's place in the text."""
    for match in _SENTENCE.finditer(line):
        if match[0].strip():
            place = start + match.start()
            headings.read(match[0], place)
            yield Sentence(match[0], place, headings.path(), start, cell, headings.spans())


def section(sentence: Sentence, text: TextMap) -> str:
    """The headings that govern a sentence, as the report writes them, parted by ` > `."""
    return " > ".join(text.written(*span) for span in sentence.headings)


# ---- headings ----------------------------------------------------------------------------------------------------

_HAN_NUMBER = "[一二三四五六七八九十百]{1,4}"
_LEVELS = (
    rf"第(?:{_HAN_NUMBER}|\d{{1,2}})(?:部分|章|节)|(?:附件|附表)(?:{_HAN_NUMBER}|\d{{0,2}}):?",
    rf"{_HAN_NUMBER}[、.]|{_HAN_NUMBER}(?=，[^，]{{2,20}}$)",
    rf"\(?{_HAN_NUMBER}\)[、.]?",
    r"\d{1,2}[、.](?!\d)|\d{1,2}(?=[^\d.，%、。;:)元万亿年月日个\s][^，;]{2,24}$)",
    r"\(?\d{1,2}\)[、.]?|\d{1,2}(?:\.\d{1,2}){1,3}[、.]?(?=[^\d%、元万亿个])",
    r"[①-⑳]",
)
_HEADING = regex.compile(
    "[ \t]*+(?:" + "|".join(f"(?P<l{level}>{pattern})" for level, pattern in enumerate(_LEVELS)) + ")"
)
_BARE_HEADING = regex.compile(r"[^，。;:!?\d%元]{3,24}")
MAX_HEADING = 36
"""A longer stretch before the first stop is a sentence, not a heading (characters)."""


class Headings:
    """The path of headings that governs the next sentence."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str, TextSpan]] = []
        self._path: tuple[str, ...] = ()
        self._spans: tuple[TextSpan, ...] = ()

    def path(self) -> tuple[str, ...]:
        """The governing headings, outermost first."""
        return self._path

    def spans(self) -> tuple[TextSpan, ...]:
        """Where they stand in the text."""
        return self._spans

    def read(self, sentence: str, start: int) -> None:
        """Opens the heading that the sentence is or begins with, and closes those it ends; `start` is its place."""
        match = _HEADING.match(sentence)
        if match is None:
            if len(sentence) <= 24 and _BARE_HEADING.fullmatch(sentence.strip()):
                self._push(len(_LEVELS), sentence, start)
            return
        level = next(level for level in range(len(_LEVELS)) if match.group(f"l{level}") is not None)
        self._push(level, regex.split(r"[。:;]", sentence, maxsplit=1)[0], start)

    def _push(self, level: int, line: str, start: int) -> None:
        """Opens the heading that a line begins with, unless it is a sentence."""
        while self._open and self._open[-1][0] >= level:
            self._open.pop()
        name = line.strip()
        if 0 < len(name) <= MAX_HEADING:
            start += line.index(name)
            self._open.append((level, name, TextSpan(start, start + len(name))))
        self._path = tuple(name for _, name, _ in self._open)
        self._spans = tuple(span for _, _, span in self._open)


# ---- tables ------------------------------------------------------------------------------------------------------


def cell_sentences(table: TableBlock) -> Iterator[Sentence]:
    """The sentences of the cells that are prose: those that hold a full stop or a semicolon."""
    names: tuple[tuple[int, Cell], ...] = ()
    for row in table.rows:
        filled = tuple((place, cell) for place, cell in enumerate(row) if cell.text)
        if heads.is_goals([cell.text for _, cell in filled]) or heads.is_head([cell.text for _, cell in filled]):
            names = filled
        for number, (place, cell) in enumerate(filled):
            if is_prose(cell.text):
                yield from prose(cell.text, cell.start, Headings(), _head(filled, number, place, names))


def _head(row: Sequence[tuple[int, Cell]], number: int, place: int, names: Sequence[tuple[int, Cell]]) -> str | None:
    """The head of a prose cell: the goal's or result's name before it in its row, else the head it stands under."""
    if number and heads.role(row[number - 1][1].text) in ("goal", "actual", "note"):
        return row[number - 1][1].text
    if not names:
        return None
    if heads.role(names[-1][1].text) == "note" and number == len(row) - 1 > 1:
        return names[-1][1].text
    goals = [name for name in names if heads.role(name[1].text) in ("goal", "actual")]
    told = goals[-2:] if len(goals) > 1 and len(row) <= 2 else list(names)
    if len(told) == len(row):
        return told[number][1].text
    return min(told, key=lambda name: abs(name[0] - place))[1].text


def is_prose(text: str) -> bool:
    """Whether a cell is a sentence (guideline section 3)."""
    return "。" in text or ";" in text
