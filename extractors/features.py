"""What the trained model sees of a sentence: its words, and beside each what the rules made of its place.

The model is spaCy's own; what we add stands in token attributes that our pipeline has no other use for: `TAG` holds the
rule that covers the word, `LEMMA` the next word that may end a name and how far off it is, `DEP` the word's class.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, cast

import numpy as np
import regex
from spacy.attrs import IDS  # type: ignore[import-not-found]
from spacy.language import Language
from spacy.strings import hash_string  # type: ignore[attr-defined]
from spacy.tokens import Doc
from spacy.vocab import Vocab

from extractors import edges
from extractors.ruler import Marks
from extractors.types import TextSpan

FAR = 30
"""A head further ahead than this is not looked at (characters)."""
_REACHES = (0, 2, 5, 10, 18, FAR)
_DIGIT = regex.compile(r"\d")


def prepare(nlp: Language) -> Language:
    """The pipeline with our beginnings and endings of words, one character each, and without attributes that the model
    does not look at: they would be reckoned for every word anew.
    """
    getters = cast(Any, nlp.vocab).lex_attr_getters
    norm = getters[IDS["NORM"]]
    getters.clear()
    getters.update({IDS["NORM"]: norm, IDS["PREFIX"]: _first, IDS["SUFFIX"]: _last})
    return nlp


def _first(word: str) -> str:
    return word[:1]


def _last(word: str) -> str:
    return word[-1:]


def document(vocab: Vocab, text: str, marks: Marks, spans: Sequence[TextSpan]) -> Doc:
    """A sentence as the model sees it, digits as zeros."""
    words = [text[start:end] for start, end in spans]
    doc = Doc(vocab, words=[word if word.isalpha() else _DIGIT.sub("0", word) for word in words])
    seen = zip(_covered(len(text), marks, spans), _ahead(marks, spans), _classes(words), strict=True)
    rows = [(_key(covered), _key(ahead), _key(kind)) for covered, ahead, kind in seen]
    if rows:
        cast(Any, doc).from_array(SLOTS, np.array(rows, dtype="uint64"))
    return doc


@cache
def _key(name: str) -> int:
    """The number that spaCy knows a string by."""
    return int(hash_string(name))


SLOTS = ["TAG", "LEMMA", "DEP"]
"""The attributes of a token that hold what we add."""


def windows(text: str, marks: Marks, wide: bool = False) -> list[TextSpan]:
    """The clauses that the model is shown: those where a rule found a name that the model may mend, or a possible fund.

    `wide` (for training): every clause with a name or what may be one. Clauses that touch are one window.
    """
    names = [name for name in marks.names if name.label != "POLICY"]
    ending = edges.rules()["asking"]
    asking = [*names, *(name for name in marks.loose if wide or ending.search(text, name.start, name.end))]
    found: list[TextSpan] = []
    asked = edges.Cover(asking)
    for clause in _CLAUSE.finditer(text) if asking else ():
        start, end = clause.span()
        if asked.meets((start, end)):
            if found and found[-1].end == start:
                start = found.pop().start
            found.append(TextSpan(start, end))
    return found


_CLAUSE = re.compile("[^，。；：;!?]*[，。；：;!?]|[^，。；：;!?]+$")


def spans(text: str, marks: Marks, shown: Iterable[TextSpan], cut: Callable[[str], list[str]]) -> list[TextSpan]:
    """The words of some windows, cut once more where a rule sees the edge of a name; blanks are none."""
    cuts = {edge for name in (*marks.names, *marks.loose) for edge in name[:2]}
    cuts |= {head.end for head in marks.heads}
    cuts |= {edge for stop in marks.stops for edge in stop}
    return [span for window in shown for span in _words(text, window, cuts, cut)]


def _words(text: str, window: TextSpan, cuts: set[int], cut: Callable[[str], list[str]]) -> Iterator[TextSpan]:
    start = window.start
    for word in cut(text[window.start : window.end]):
        end = start + len(word)
        if not word.isspace():
            for edge in (*sorted(cuts.intersection(range(start + 1, end))), end) if end - start > 1 else (end,):
                yield TextSpan(start, edge)
                start = edge
        start = end


def _covered(length: int, marks: Marks, spans: Iterable[TextSpan]) -> Iterator[str]:
    """The rule that covers each word: a name (B, I), what may be one (b, i), an anchor (A), a stop (S)."""
    at = ["O"] * (length + 1)
    for stop in marks.stops:
        at[stop.start] = "S"
    for anchor in marks.anchors:
        at[anchor.start] = "A"
    for name in marks.loose:
        inside = range(name.start + 1, name.end)
        at[name.start] = f"b-{name.label}"
        for place in inside:
            at[place] = f"{'A' if at[place] == 'A' else ''}i-{name.label}"
    for name in marks.names:
        at[name.start : name.end] = [f"B-{name.label}", *[f"I-{name.label}"] * (name.end - name.start - 1)]
    return (at[span.start] for span in spans)


def _ahead(marks: Marks, spans: Iterable[TextSpan]) -> Iterator[str]:
    """For each word the label of the next head, how far it is, and whether a stop stands between."""
    ends = [head.end for head in marks.heads]
    stops = [stop.start for stop in marks.stops]
    for start, end in spans:
        index = bisect_left(ends, end)
        if index == len(ends) or ends[index] - end > FAR:
            yield "-"
            continue
        head = marks.heads[index]
        stop = bisect_left(stops, start)
        parted = stop < len(stops) and stops[stop] < head.start
        yield f"{head.label[:2]}{bisect_left(_REACHES, head.end - end)}{'p' if parted else ''}"


# ---- classes of words --------------------------------------------------------------------------------------------

RARE = 5
"""A word that jieba's dictionary has seen less often has no class."""


@cache
def _dictionary() -> Mapping[str, str]:
    """The class of each word in jieba's dictionary: verbs, nouns, places …"""
    found = {}
    with (files("jieba") / "dict.txt").open(encoding="utf-8") as lines:
        for line in lines:
            word, count, kind = line.split()
            if int(count) >= RARE:
                found[word] = kind[:2] if kind[0] == "n" else kind[0]
    return found


def _classes(words: Iterable[str]) -> Iterator[str]:
    known = _dictionary()
    return (known.get(word) or ("1" if len(word) == 1 else "?") for word in words)
