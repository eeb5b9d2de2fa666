"""The linear model that says how well a phrase names what a figure counts: tables of weights, and sums of them.

The scores only add up, so the same lines that sum the weights of a sentence give the trainer its features: there a
table answers with the feature's number instead of its weight (`flows.train_items`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

Score = Any
"""A float; for the trainer a tuple of feature numbers. Either can be added."""
Table = Mapping[str, Score]


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights, one table a question; `zero` is the score of what the model has never seen.

    `opens_` tables ask about the beginning of a phrase, `closes_` about its end, `size_` about the phrase itself,
    `gap_` about what lies between it and the figure, `side_` about the figure's surroundings, `known_` about a phrase
    that already belongs to a figure further left.
    """

    opens_before: Table
    opens_after: Table
    opens_shapes: Table
    opens_wide: Table
    opens_last: Table
    opens_first: Table
    opens_name: Table
    closes_before: Table
    closes_after: Table
    closes_shapes: Table
    closes_last: Table
    closes_tail: Table
    closes_first: Table
    size_length: Table
    size_words: Table
    size_holds: Table
    gap_text: Table
    gap_first: Table
    gap_last: Table
    gap_shapes: Table
    gap_crossed: Table
    side_kind: Table
    side_unit: Table
    side_before: Table
    side_after: Table
    side_shapes: Table
    known_kinds: Table
    known_gap: Table
    known_word: Table
    known_tail: Table
    known_commas: Table
    zero: Score


TABLES = tuple(field.name for field in fields(Weights) if field.name != "zero")
REMEMBERED = 1 << 15
"""How many sums of one kind a model keeps at hand."""
_BUCKETS = "0123456668888cccccgggggk"
"""Lengths that count as one (characters)."""


class Model:
    """Sums of weights for what a sentence asks again and again: they are remembered."""

    def __init__(self, weigh: Weights) -> None:
        self.weigh = weigh
        remember = lru_cache(REMEMBERED)
        self.opens_behind = remember(self._opens_behind)
        self.opens_with = remember(self._opens_with)
        self.closes_on = remember(self._closes_on)
        self.closes_before = remember(self._closes_before)
        self.size = remember(self._size)
        self.side = remember(self._side)
        self.beside = remember(self._beside)

    def _opens_behind(self, text: str) -> Score:
        """How well a phrase begins behind a word."""
        return self.weigh.opens_before.get(text, self.weigh.zero) + self.weigh.opens_last.get(text[-1], self.weigh.zero)

    def _opens_with(self, text: str) -> Score:
        """How well a phrase begins with a word."""
        return self.weigh.opens_after.get(text, self.weigh.zero) + self.weigh.opens_first.get(text[0], self.weigh.zero)

    def _closes_on(self, text: str) -> Score:
        """How well a phrase ends with a word."""
        weigh, zero = self.weigh, self.weigh.zero
        tail = weigh.closes_last.get(text[-1], zero) + weigh.closes_tail.get(text[-2:], zero)
        return weigh.closes_before.get(text, zero) + tail

    def _closes_before(self, text: str) -> Score:
        """How well a phrase ends before a word."""
        return self.weigh.closes_after.get(text, self.weigh.zero) + self.weigh.closes_first.get(
            text[0], self.weigh.zero
        )

    def _size(self, kind: str, length: int, count: int, holds: str) -> Score:
        """What the length of a phrase in characters and words says, and what stands inside it."""
        weigh, zero, side = self.weigh, self.weigh.zero, kind[0]
        bucket = _BUCKETS[min(length, len(_BUCKETS) - 1)]
        score = weigh.size_length.get(kind + bucket, zero) + weigh.size_length.get(side + bucket, zero)
        return score + weigh.size_words.get(side + str(count), zero) + weigh.size_holds.get(side + holds, zero)

    def _side(self, side: str, kind: str, unit: str, before: str, after: str) -> Score:
        """What a figure of a kind and unit between two shapes says for a side."""
        weigh, zero, told = self.weigh, self.weigh.zero, side + kind
        score = weigh.side_kind.get(told, zero) + weigh.side_unit.get(side + unit, zero)
        score += weigh.side_shapes.get(told + before, zero) + weigh.side_shapes.get(told + " " + after, zero)
        return score + weigh.side_shapes.get(side + before + after, zero)

    def _beside(self, side: str, before: str, after: str) -> Score:
        """What the two words beside a figure say for a side."""
        return self.weigh.side_before.get(side + before, self.weigh.zero) + self.weigh.side_after.get(
            side + after, self.weigh.zero
        )


@cache
def packaged() -> Model:
    """The trained model that the package carries."""
    stored = json.loads((files("extractors") / "models" / "items.json").read_text(encoding="utf-8"))
    return load(stored["weights"])


def load(weights: Mapping[str, Mapping[str, float]]) -> Model:
    """A model of stored weights."""
    return Model(Weights(**{name: weights.get(name, {}) for name in TABLES}, zero=0.0))
