"""The phrases of a sentence that may name what a figure counts, each with its score (`phrase_model`).

A phrase is judged by the words around its two ends, its length, what lies between it and the figure, and the words
beside the figure; a phrase that already belongs to an earlier figure by what lies between the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from extractors import lexicon
from extractors.phrase_model import REMEMBERED, Model, Score
from extractors.types import Statement
from extractors.words import Token

REACH = 12
"""How far left of a figure a phrase may end (words)."""
CLAUSES = 2
"""How many commas may lie between a phrase and its figure."""
ENDS = 2
"""At how many places left of a figure phrases are looked for: the likeliest."""
NEAR = 3
"""How far right of a figure a phrase may begin (words)."""
LONGEST = 9
"""The longest phrase (words)."""


class Piece(NamedTuple):
    """A word or a figure of a sentence; `shape` is its sense in the lexicon, else the mark or the word's length."""

    start: int
    end: int
    text: str
    shape: str


class Phrase(NamedTuple):
    """A phrase that may name what a figure counts, by its place in the sentence."""

    start: int
    end: int
    score: Score


# ---- the sentence in pieces --------------------------------------------------------------------------------------


class Line:
    """A sentence in pieces, two edges before and behind them, with the scores of places as far as they were asked for.

    `figures` says which piece each figure is.
    """

    def __init__(self, statement: Statement, tokens: Sequence[Token], model: Model) -> None:
        self.statement = statement
        self.model = model
        self.pieces, self.figures = _pieces(statement, tokens)
        self._opens: dict[int, Score] = {}
        self._closes: dict[int, Score] = {}

    def opens(self, place: int) -> Score:
        """How well a phrase begins before the piece at a place."""
        score = self._opens.get(place)
        if score is None:
            model, weigh, zero = self.model, self.model.weigh, self.model.weigh.zero
            earlier, before, after, later = self.pieces[place - 2 : place + 2]
            shapes = before.shape + after.shape
            score = model.opens_behind(before.text) + model.opens_with(after.text)
            score += weigh.opens_shapes.get(shapes, zero) + weigh.opens_name.get(self._name(after.start), zero)
            score += weigh.opens_wide.get(earlier.shape + shapes + later.shape, zero)
            self._opens[place] = score
        return score

    def _name(self, start: int) -> str:
        """The label of the name that a place in the sentence opens or parts."""
        for name in self.statement.entities:
            if name.start <= start < name.end:
                return name.label if name.start == start else "in " + name.label
        return ""

    def closes(self, place: int) -> Score:
        """How well a phrase ends before the piece at a place."""
        score = self._closes.get(place)
        if score is None:
            model, weigh = self.model, self.model.weigh
            before, after = self.pieces[place - 1], self.pieces[place]
            score = model.closes_on(before.text) + model.closes_before(after.text)
            score += weigh.closes_shapes.get(before.shape + after.shape, weigh.zero)
            self._closes[place] = score
        return score


EDGE = "\n"
"""The shape of what stands before and behind the words of a sentence."""
_MARKS = frozenset("，、。;:()“”‘’《》!?—-/·.\"' \n")


def _pieces(statement: Statement, tokens: Sequence[Token]) -> tuple[list[Piece], list[int]]:
    """The words between the figures and the figures themselves, in order, and where among them each figure stands."""
    size = len(statement.sentence.text)
    found = [Piece(0, 0, EDGE, EDGE)] * 2
    places: list[int] = []
    token, done = 0, 0
    for reading in statement.readings:
        if reading.start < done:
            places.append(len(found) - 1)
            continue
        token = _words(tokens, token, done, reading.start, found)
        places.append(len(found))
        found.append(Piece(reading.start, reading.end, reading.kind, "D" if reading.kind == "date" else "F"))
        done = reading.end
    _words(tokens, token, done, size, found)
    found += [Piece(size, size, EDGE, EDGE)] * 2
    return found, places


def _words(tokens: Sequence[Token], place: int, start: int, end: int, found: list[Piece]) -> int:
    """Adds the words from `start` to `end`, those at the edges cut; gives the place of the first token behind."""
    while place < len(tokens):
        left, right, text = tokens[place]
        if left >= end:
            break
        if start <= left and right <= end:
            found.append(Piece(left, right, text, _shape(text)))
        elif start < right and start < end:
            text = text[max(start - left, 0) : end - left]
            found.append(Piece(max(left, start), min(right, end), text, _shape(text)))
        if right > end:
            break
        place += 1
    return place


@lru_cache(REMEMBERED)
def _shape(text: str) -> str:
    """The letter of a word's sense; `q` too for what ends on a measure, such as 到位率; else the mark or the length."""
    if text in _MARKS:
        return text
    if sense := lexicon.item_words().get(text):
        return sense
    if is_measure(text):
        return "q"
    return "m" if text[0].isdigit() else "1234"[min(len(text), 4) - 1]


def is_measure(text: str) -> bool:
    """Whether a name ends on a measure: 资金到位率."""
    return text.endswith(_measures())


@cache
def _measures() -> tuple[str, ...]:
    return tuple(word for word, sense in lexicon.item_words().items() if sense == lexicon.ITEM_SENSES["measure"])


# ---- phrases -----------------------------------------------------------------------------------------------------


def candidates(line: Line, figure: int, known: Sequence[tuple[int, Phrase]], ends: int | None = ENDS) -> list[Phrase]:
    """The phrases that may name what a figure counts; `known`: the earlier figures that have one, the nearest first.

    Of the places left of the figure where a phrase may end only the likeliest are looked at, `ends` of them, or all.
    """
    place = line.figures[figure]
    found = _left(line, figure, place, ends) + _right(line, figure, place)
    for rank, (other, phrase) in zip("AB", known, strict=False):
        found.append(phrase._replace(score=_shared(line, figure, other, phrase, rank)))
    return found


def ending(line: Line, figure: int, end: int) -> list[Phrase]:
    """The phrases that end before the piece at `end`, left of the figure; their scores compare among themselves."""
    return _ending(line, end, "l" + line.statement.readings[figure].kind, line.model.weigh.zero)


def beginning(line: Line, figure: int, start: int) -> list[Phrase]:
    """The phrases that begin with the piece at `start`, right of the figure; their scores compare among themselves."""
    return _beginning(line, start, "r" + line.statement.readings[figure].kind, line.model.weigh.zero)


_WALLS = frozenset("。;!?" + EDGE)
_NO_END = _MARKS - frozenset(")”》’") | {"F", "D"}
_NO_START = _MARKS - frozenset("“《‘") | {"D"}
_OPENING, _CLOSING = frozenset("(“《‘"), frozenset(")”》’")
_OUTER = frozenset("，:;。" + EDGE)
_HELD = frozenset("、FDp(")


def _side(line: Line, figure: int, place: int, side: str) -> Score:
    """What the figure and its neighbours say for one side."""
    reading, before, after = line.statement.readings[figure], line.pieces[place - 1], line.pieces[place + 1]
    score = line.model.side(side, reading.kind, reading.unit or "", before.shape, after.shape)
    return score + line.model.beside(side, before.text, after.text)


def _gap(line: Line, kind: str, start: int, end: int, crossed: str) -> Score:
    """What lies between phrase and figure: pieces `start` to `end`; `crossed` counts its commas and figures."""
    weigh, zero, pieces = line.model.weigh, line.model.weigh.zero, line.pieces
    if start == end:
        return weigh.gap_text.get(kind, zero)
    side, size = kind[0], end - start
    score = weigh.gap_crossed.get(crossed, zero) + weigh.gap_crossed.get(crossed + kind, zero)
    score += weigh.gap_first.get(side + pieces[start].text, zero) + weigh.gap_last.get(
        side + pieces[end - 1].text, zero
    )
    if size <= 3:
        text = "".join([piece.text for piece in pieces[start:end]])
        score += weigh.gap_text.get(side + text, zero) + weigh.gap_text.get(kind + text, zero)
    if size <= 5:
        score += weigh.gap_shapes.get(side + "".join([piece.shape for piece in pieces[start:end]]), zero)
    return score


def _left(line: Line, figure: int, place: int, most: int | None) -> list[Phrase]:
    """The phrases that end before the figure."""
    kind = "l" + line.statement.readings[figure].kind
    apart: Score = None
    ends: list[tuple[Score, int]] = []
    commas = figures = 0
    for end in range(place, place - REACH, -1):
        shape = line.pieces[end - 1].shape
        if shape in _WALLS:
            break
        if shape not in _NO_END:
            if end == place:
                base = _side(line, figure, place, "L")
            else:
                base = apart = _side(line, figure, place, "l") if apart is None else apart
            crossed = f"{min(place - end, 8)}{commas}{min(figures, 2)}"
            ends.append((base + _gap(line, kind, end, place, crossed) + line.closes(end), end))
        figures += shape == "F"
        commas += shape in "，:"
        if commas > CLAUSES:
            break
    if most is not None and len(ends) > most:
        ends = sorted(ends, reverse=True)[:most]
    return [phrase for base, end in ends for phrase in _ending(line, end, kind, base)]


def _ending(line: Line, end: int, kind: str, base: Score) -> list[Phrase]:
    """The phrases that end at a place, the shortest first; none parts a pair of brackets or quotation marks."""
    pieces, depth, holds = line.pieces, 0, ""
    found = []
    right = pieces[end - 1].end
    for start in range(end - 1, end - 1 - LONGEST, -1):
        left, _, _, shape = pieces[start]
        if shape in _OPENING:
            depth -= 1
        elif shape in _CLOSING:
            depth += 1
        if shape in _OUTER or depth < 0:
            break
        if shape in _HELD and shape not in holds:
            holds += shape
        if depth == 0 and shape not in _NO_START:
            score = base + line.opens(start) + line.model.size(kind, right - left, end - start, holds)
            found.append(Phrase(left, right, score))
    return found


def _right(line: Line, figure: int, place: int) -> list[Phrase]:
    """The phrases that begin behind the figure."""
    pieces, found = line.pieces, []
    kind = "r" + line.statement.readings[figure].kind
    for start in range(place + 1, place + 1 + NEAR):
        shape = pieces[start].shape
        if shape in _OUTER or shape == "F":
            break
        if shape not in _NO_START:
            base = _side(line, figure, place, "R" if start == place + 1 else "r") + line.opens(start)
            base += _gap(line, kind, place + 1, start, str(start - place))
            found += _beginning(line, start, kind, base)
    return found


def _beginning(line: Line, start: int, kind: str, base: Score) -> list[Phrase]:
    """The phrases that begin at a place, the shortest first."""
    pieces, depth, holds = line.pieces, 0, ""
    found = []
    left = pieces[start].start
    for last in range(start, start + LONGEST):
        _, right, _, shape = pieces[last]
        if shape in _OPENING:
            depth += 1
        elif shape in _CLOSING:
            depth -= 1
        if shape in _OUTER or depth < 0:
            break
        if shape in _HELD and shape not in holds:
            holds += shape
        if depth == 0 and shape not in _NO_END:
            score = base + line.closes(last + 1) + line.model.size(kind, right - left, last + 1 - start, holds)
            found.append(Phrase(left, right, score))
    return found


def _shared(line: Line, figure: int, other: int, phrase: Phrase, rank: str) -> Score:
    """What says that a figure counts what an earlier one counts."""
    weigh, zero = line.model.weigh, line.model.weigh.zero
    one, before = line.statement.readings[figure], line.statement.readings[other]
    start, end = line.figures[other] + 1, line.figures[figure]
    gap = line.pieces[start:end]
    score = _side(line, figure, end, rank) + weigh.known_kinds.get(rank + before.kind + one.kind, zero)
    score += weigh.known_kinds.get(f"{rank}{one.kind}{one.unit == before.unit}", zero)
    score += weigh.known_tail.get(line.statement.sentence.text[phrase.end - 1] + one.kind, zero)
    score += weigh.known_commas.get(f"{rank}{sum([piece.shape in '，:' for piece in gap])}{min(len(gap), 8)}", zero)
    if len(gap) <= 4:
        score += weigh.known_gap.get(rank + "".join([piece.text for piece in gap]), zero)
    if len(gap) <= 6:
        score += weigh.known_gap.get(rank + "".join([piece.shape for piece in gap]), zero)
    for piece in gap[:6]:
        score += weigh.known_word.get(rank + piece.text, zero)
    return score
