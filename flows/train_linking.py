"""Trains the linking model: a linear table of features against topics and roles (`make model`).

The sentences of `data/training` and the sample reports are its data; a copy of each sentence without its headings makes
the model read the words first, as the guideline asks.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from extractors import context, facts, figures, formats, segment
from extractors.context import Told
from extractors.lexicon import BACKGROUND
from extractors.linking import INTERCEPT, ROLES
from extractors.textmap import TextMap, normalise
from extractors.types import Role, Statement
from flows import markup

TRAINING = Path("data/training")
SETTLED = TRAINING / "linking"
"""Sentences for the linking alone: cases that the guideline settles and that reports seldom write."""
SAMPLES = Path("data/reports")
MODEL = Path("extractors/models/linking.parquet")
STRENGTH = 0.3
"""Inverse of the regularisation (scikit-learn's C)."""
BARE_WEIGHT = 0.4
"""Weight of the copy of a sentence without its headings."""
RARE = 3
"""A feature seen fewer times than this is left out."""
SMALL = 0.02
"""A feature none of whose weights is as large as this is left out."""


class Labelled(NamedTuple):
    """One figure of a statement with its true topic path and role, and the weight of the example."""

    statement: Statement
    place: int
    topic: str
    role: str
    previous: Told | None
    earlier: Told | None
    fiscal_year: int | None
    weight: float


Truth = Mapping[tuple[int, int, str], tuple[str, Role]]
"""The topic path and role of each figure, by raw start, raw end and kind."""


def sentence(example: markup.Example, fiscal_year: int = 2022) -> Iterator[Labelled]:
    """The figures of a training sentence that the readers find too."""
    text = normalise(example.text)
    section = tuple(normalise(heading).text for heading in example.section)
    sentences = [replace(one, section=section + one.section) for one in segment.blocks(text).sentences]
    truth: Truth = {
        (one.start, one.end, one.kind): (_path(one.category, one.subcategory, one.stage), one.role)
        for one in example.figures
    }
    yield from _labelled(figures.statements(sentences, fiscal_year), text, truth, fiscal_year)


def report(path: Path, gold: Path) -> Iterator[Labelled]:
    """The figures of an annotated report that the readers find too."""
    doc = formats.read(path.read_bytes(), path.name)
    text = normalise(doc.raw)
    blocks = segment.blocks(text)
    fiscal_year = facts.fiscal_year(text, blocks)
    rows = map(json.loads, (gold / f"{path.stem}.mentions.jsonl").read_text(encoding="utf-8").splitlines())
    truth = {
        (row["start"], row["end"], row["kind"]): (_path(row["category"], row["subcategory"], row["stage"]), row["role"])
        for row in rows
    }
    yield from _labelled(figures.statements(blocks.sentences, fiscal_year), text, truth, fiscal_year)


def _path(*parts: str | None) -> str:
    return "/".join(part for part in parts if part) or BACKGROUND


def _labelled(
    statements: Iterable[Statement], text: TextMap, truth: Truth, fiscal_year: int | None
) -> Iterator[Labelled]:
    """The statements' figures that the truth knows, each with what was told before it."""
    paragraph, earlier = -1, None
    for statement in statements:
        if statement.sentence.paragraph != paragraph:
            paragraph, earlier = statement.sentence.paragraph, None
        previous: Told | None = None
        for place, reading in enumerate(statement.readings):
            span = text.raw_span(statement.sentence.start + reading.start, statement.sentence.start + reading.end)
            if (known := truth.get((*span, reading.kind))) is None:
                continue
            yield Labelled(statement, place, *known, previous, earlier, fiscal_year, 1.0)
            previous = Told(*known) if reading.kind != "date" else previous
        earlier = previous or earlier


def without_headings(examples: Iterable[Labelled]) -> Iterator[Labelled]:
    """The examples as they would be without headings, at a smaller weight."""
    for one in examples:
        if one.statement.sentence.section and one.statement.sentence.cell is None:
            bare = replace(one.statement, sentence=replace(one.statement.sentence, section=()))
            yield one._replace(statement=bare, weight=one.weight * BARE_WEIGHT)


def features(one: Labelled) -> list[str]:
    """All features of an example, those of its headings included."""
    sentence = one.statement.sentence
    around = context.around(one.statement, one.place)
    own = context.features(around, context.hits(sentence.text), one.previous, one.earlier, one.fiscal_year)
    return own + context.section_features(sentence.section, sentence.cell, around.reading.kind)


def fit(examples: Sequence[Labelled]) -> pa.Table:
    """The weights of a model of the examples, one feature a row."""
    named = [features(one) for one in examples]
    seen = Counter(feature for names in named for feature in set(names))
    row = {
        feature: place for place, feature in enumerate(sorted(name for name, times in seen.items() if times >= RARE))
    }
    matrix = _matrix(named, row)
    sizes = np.array([one.weight for one in examples])
    topics, topic_weights = _fitted(matrix, [one.topic for one in examples], sizes)
    roles, role_weights = _fitted(matrix, [one.role for one in examples], sizes)
    order = [roles.index(role) for role in ROLES]
    table = np.concatenate([topic_weights, role_weights[:, order]], axis=1).astype(np.float32)
    loud = np.abs(table).max(axis=1) >= SMALL
    loud[-1] = True
    names = [name for name, kept in zip([*row, INTERCEPT], loud, strict=True) if kept]
    columns = dict(zip([*topics, *ROLES], table[loud].T, strict=True))
    return pa.table({"feature": names, **columns})


def _matrix(named: Sequence[Sequence[str]], row: dict[str, int]) -> csr_matrix:
    """A row an example, a column a feature."""
    places = [sorted({row[name] for name in names if name in row}) for names in named]
    ends = np.cumsum([0, *map(len, places)])
    return csr_matrix(
        (np.ones(ends[-1], dtype=np.float32), np.concatenate(places), ends), shape=(len(places), len(row))
    )


def _fitted(matrix: csr_matrix, labels: list[str], sizes: NDArray[np.float64]) -> tuple[list[str], NDArray[np.float64]]:
    """The classes, and their weights: a row a feature and a last one for the intercept."""
    model = LogisticRegression(C=STRENGTH, max_iter=400).fit(matrix, labels, sample_weight=sizes)
    return list(model.classes_), np.vstack([model.coef_.T, model.intercept_])


def digest() -> str:
    """Names the content of the training data."""
    return f"{markup.digest(TRAINING)} {markup.digest(SETTLED)}"


def training() -> list[Labelled]:
    """All examples: the sentences, the settled cases, then the sample reports."""
    examples = [*markup.examples(TRAINING), *markup.examples(SETTLED)]
    sentences = [one for example in examples for one in sentence(example)]
    return sentences + [one for path in sorted(SAMPLES.glob("*.txt")) for one in report(path, SAMPLES / "gold")]


def main() -> None:
    """Trains on all sentences and writes the model that the package ships."""
    examples = training()
    table = fit([*examples, *without_headings(examples)])
    metadata = {"data": digest(), "examples": str(len(examples))}
    MODEL.parent.mkdir(exist_ok=True)
    pq.write_table(table.replace_schema_metadata(metadata), MODEL, compression="zstd", compression_level=19)
    print(f"{len(examples)} examples, {table.num_rows} features, {MODEL.stat().st_size / 1e6:.1f} MB: {MODEL}")


if __name__ == "__main__":
    main()
