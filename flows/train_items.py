"""Trains the model that chooses items: weights for the words around a phrase (`make model`).

The sentences of `data/training` are its data. Each figure is one choice among the phrases in its reach; the weights
make the right one the likeliest (a conditional logit with an L2 penalty), so they can be read: positive speaks for.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from extractors import figures, lexicon, phrases, segment, words
from extractors.phrase_model import TABLES, Model, Table, Weights
from extractors.phrases import Line, Phrase
from extractors.textmap import normalise
from extractors.types import Entity, Statement
from flows import markup
from flows.markup import Example, Figure

TRAINING = Path("data/training")
MODEL = Path("extractors/models/items.json")
SEEN = 4
"""A feature must speak for this many figures, or it has no weight."""
PENALTY = 1.0
"""The L2 penalty of a weight."""
SMALL = 0.12
"""Weights nearer to zero than this are not kept."""
YEAR = 2022
"""The fiscal year of the training sentences: it reads their dates and has no part in items."""


class Choice(NamedTuple):
    """The phrases that might name what one figure counts: their features, and how near each comes to the right one."""

    features: list[tuple[int, ...]]
    worth: list[float]


# ---- the figures of the training sentences -----------------------------------------------------------------------


def statements(examples: Iterable[Example]) -> Iterator[tuple[Statement, tuple[str | None, ...]]]:
    """The sentences as the extractor reads them, each figure with its right item (normalised)."""
    for example in examples:
        text = normalise(example.text)
        right = {(figure.start, figure.end): figure.item for figure in example.figures}
        for statement in figures.statements(segment.blocks(text).sentences, YEAR):
            begin = statement.sentence.start
            spans = [text.raw_span(begin + one.start, begin + one.end) for one in statement.readings]
            gold = (right.get((span.start, span.end)) for span in spans)
            yield _named(statement, example), tuple(item and normalise(item).text for item in gold)


def _named(statement: Statement, example: Example) -> Statement:
    """The statement with the names that the example marks."""
    found = []
    for name in example.names:
        text = normalise(example.text[name.start : name.end]).text
        start = statement.sentence.text.find(text)
        if start >= 0:
            found.append(Entity(start, start + len(text), name.label, "rule"))
    return replace(statement, entities=tuple(found))


def turned(example: Example) -> Example | None:
    """The example with its figures before what they count: 新建公厕25座 → 新建25座公厕; null where none can be turned.

    The sentences of the training data mostly name things before their figures, reports do both.
    """
    text, moved = example.text, {}
    for figure in example.figures:
        if _turns(text, figure) and figure.item:
            start = figure.start - len(figure.item)
            text = text[:start] + text[figure.start : figure.end] + figure.item + text[figure.end :]
            moved[figure] = figure._replace(start=start, end=figure.end - len(figure.item))
    if not moved:
        return None
    return example._replace(text=text, figures=tuple(moved.get(figure, figure) for figure in example.figures))


def _turns(text: str, figure: Figure) -> bool:
    item = figure.item or ""
    start = figure.start - len(item)
    verb = {"v"} & {lexicon.item_words().get(text[max(start - size, 0) : start]) for size in (2, 3)}
    return bool(
        figure.kind == "count"
        and item
        and text.startswith(item, start)
        and verb
        and text[figure.end : figure.end + 1] in "，、。；;,"
    )


def choices(examples: Iterable[Example], model: Model) -> Iterator[Choice]:
    """The choices of all figures whose item stands in their sentence; earlier figures have their right items."""
    for statement, gold in statements(examples):
        line = Line(statement, words.tokens(statement.sentence.text), model)
        known: list[tuple[int, Phrase]] = []
        for figure, (reading, right) in enumerate(zip(statement.readings, gold, strict=True)):
            if reading.kind == "date" or not right:
                continue
            found = phrases.candidates(line, figure, known, ends=None)
            worth = [likeness(right, statement.sentence.text[one.start : one.end]) for one in found]
            if max(worth, default=0.0) > 0.5:
                yield Choice([one.score for one in found], worth)
            start = statement.sentence.text.rfind(right, 0, reading.start)
            start = start if start >= 0 else statement.sentence.text.find(right)
            if start >= 0:
                known.insert(0, (figure, Phrase(start, start + len(right), ())))


def likeness(right: str, found: str) -> float:
    """The character F1 of two phrases."""
    both = sum((Counter(right) & Counter(found)).values())
    return 2 * both / (len(right) + len(found)) if both else 0.0


# ---- the model ---------------------------------------------------------------------------------------------------


class Numbers:
    """A table of a model that is being trained: it answers with the number of the feature."""

    def __init__(self, name: str, numbers: dict[tuple[str, str], int]) -> None:
        self._name = name
        self._numbers = numbers

    def get(self, key: str, _: object) -> tuple[int]:
        """The feature's number, a new one where it is seen for the first time."""
        return (self._numbers.setdefault((self._name, key), len(self._numbers)),)


def train(examples: Sequence[Example]) -> dict[str, dict[str, float]]:
    """The weights by table and key; those near zero are left out."""
    numbers: dict[tuple[str, str], int] = {}
    model = Model(Weights(**{name: cast(Table, Numbers(name, numbers)) for name in TABLES}, zero=()))
    extra = [other for example in examples if (other := turned(example))]
    found = list(choices([*examples, *extra], model))
    kept = _kept(found, len(numbers))
    values = _fit(found, kept)
    stored: dict[str, dict[str, float]] = {name: {} for name in TABLES}
    for (table, key), number in sorted(numbers.items()):
        if number in kept and abs(value := round(float(values[kept[number]]), 2)) >= SMALL:
            stored[table][key] = value
    return stored


def _kept(found: Sequence[Choice], size: int) -> dict[int, int]:
    """The features that speak for enough figures, renumbered."""
    seen = [0] * size
    for choice in found:
        for number in set().union(*choice.features):
            seen[number] += 1
    return {number: place for place, number in enumerate(n for n in range(size) if seen[n] >= SEEN)}


def _fit(found: Sequence[Choice], kept: dict[int, int]) -> NDArray[np.float64]:
    """The weights that make the likeliest phrase of each figure the right one (conditional logit, L2)."""
    columns, ends = [], [0]
    for choice in found:
        for features in choice.features:
            columns += sorted({kept[number] for number in features if number in kept})
            ends.append(len(columns))
    matrix = csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(ends) - 1, len(kept)))
    back = matrix.T.tocsr()
    sizes = np.array([len(choice.worth) for choice in found])
    begins = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    worth = np.concatenate([choice.worth for choice in found])
    right = worth >= np.repeat(np.maximum.reduceat(worth, begins), sizes) - 1e-9

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = matrix @ values
        chance = np.exp(scores - np.repeat(np.maximum.reduceat(scores, begins), sizes))
        chance /= np.repeat(np.add.reduceat(chance, begins), sizes)
        hit = np.maximum(np.add.reduceat(np.where(right, chance, 0), begins), 1e-12)
        pull = chance - np.where(right, chance, 0) / np.repeat(hit, sizes)
        return float(-np.log(hit).sum() + PENALTY / 2 * values @ values), back @ pull + PENALTY * values

    fitted: NDArray[np.float64] = minimize(
        loss, np.zeros(len(kept)), jac=True, method="L-BFGS-B", options={"maxiter": 80}
    ).x
    return fitted


def main() -> None:
    """Trains on all sentences and writes the model that the package ships."""
    stored = train(markup.examples(TRAINING))
    tables = ",\n".join(
        f"{json.dumps(name)}: {json.dumps(table, ensure_ascii=False)}" for name, table in stored.items()
    )
    text = f'{{"data": "{markup.digest(TRAINING)}", "weights": {{\n{tables}\n}}}}\n'
    MODEL.parent.mkdir(exist_ok=True)
    MODEL.write_text(text, encoding="utf-8")
    print(f"{sum(map(len, stored.values()))} weights, {MODEL.stat().st_size / 1e6:.1f} MB: {MODEL}")


if __name__ == "__main__":
    main()
