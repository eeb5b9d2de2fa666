"""What each figure speaks of: category, subcategory, stage and role, with the evidence (guideline section 4).

Rules decide what is certain (`rules`); a linear model over the words, cues and headings around the
figure decides the rest. Its weights are a table, one feature a row (`models/linking.parquet`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import as_file, files
from math import exp
from typing import NamedTuple, cast

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from extractors import context, lexicon, rules
from extractors.context import Told
from extractors.rules import Ruling, Topical
from extractors.types import Role, Statement

Scores = NDArray[np.float32]
ROLES: tuple[Role, ...] = ("actual", "target", "standard")
INTERCEPT = "(intercept)"
EVIDENCE = 3
"""How many of a model's reasons a link names."""


class Weights(NamedTuple):
    """The model: a row of weights for each feature, a column for each topic and then each role."""

    features: tuple[str, ...]
    row: Mapping[str, int]
    table: Scores
    topics: tuple[str, ...]


@cache
def weights() -> Weights:
    """The trained weights that the package ships."""
    with as_file(files("extractors") / "models" / "linking.parquet") as path:
        stored = pq.read_table(path)
    columns = [name for name in stored.column_names if name != "feature"]
    table = np.stack([stored[name].to_numpy() for name in columns], axis=1).astype(np.float32)
    features = tuple(stored["feature"].to_pylist())
    rows = {feature: place for place, feature in enumerate(features)}
    return Weights(features, rows, table, tuple(name for name in columns if name not in ROLES))


class Linked(NamedTuple):
    """A statement with what each of its figures speaks of; `earlier` is the last figure before it in its paragraph."""

    statement: Statement
    topics: tuple[Topical, ...]
    earlier: Topical | None


def read(statements: Iterable[Statement], fiscal_year: int | None) -> Iterator[Linked]:
    """What the figures of a report speak of; what one speaks of may tell what the next of its paragraph speaks of."""
    paragraph, earlier = -1, None
    for statement in statements:
        if statement.sentence.paragraph != paragraph:
            paragraph, earlier = statement.sentence.paragraph, None
        topics = of(statement, fiscal_year, earlier)
        yield Linked(statement, topics, earlier)
        earlier = last_of(statement, topics) or earlier


def of(statement: Statement, fiscal_year: int | None, earlier: Topical | None = None) -> tuple[Topical, ...]:
    """What each figure of a statement speaks of, from left to right."""
    if not statement.readings:
        return ()
    hits = context.hits(statement.sentence.text)
    found: list[Topical] = []
    for place in range(len(statement.readings)):
        around, last = context.around(statement, place), last_of(statement, found)
        names = context.features(around, hits, _told(last), _told(earlier), fiscal_year)
        found.append(_decided(statement, place, names, rules.read(statement, around, hits, last)))
    return tuple(_dated(statement, found))


def last_of(statement: Statement, found: Sequence[Topical]) -> Topical | None:
    """What the last figure of a statement that is no date speaks of."""
    backwards = range(len(found) - 1, -1, -1)
    return next((found[place] for place in backwards if statement.readings[place].kind != "date"), None)


def _told(topical: Topical | None) -> Told | None:
    return None if topical is None else Told(topical.topic.path, topical.role)


def _decided(statement: Statement, place: int, names: Sequence[str], rulings: Sequence[Ruling]) -> Topical:
    """The rules' decision where they have one, else the model's."""
    model, sentence = weights(), statement.sentence
    rows = [row for name in names if (row := model.row.get(name)) is not None]
    table = model.table[rows]
    headed = _section_scores(sentence.section, sentence.cell, statement.readings[place].kind)
    scores: list[float] = (table.sum(axis=0) + headed).tolist()
    path = next((ruling.topic for ruling in rulings if ruling.topic is not None), None)
    role = next((ruling.role for ruling in rulings if ruling.role is not None), None)
    reasons, sure = [ruling.reason for ruling in rulings], 1.0
    if role is None:
        best, _, share = _best(scores[len(model.topics) :])
        role, sure = ROLES[best], share
    if path is None:
        best, second, share = _best(scores[: len(model.topics)])
        path, sure = model.topics[best], sure * share
        told = table[:, best] - table[:, second]
        loud = (-told).argsort(kind="stable")[:EVIDENCE]
        reasons += [f"{model.features[rows[row]]} {told[row]:+.1f}" for row in loud if told[row] > 0]
    return Topical(lexicon.topic(path), role, "; ".join(reasons), round(min(sure, RULE_SURE), 3))


RULE_SURE = 0.97
"""No link is surer than this: about the share of links by rules that are right on reports kept aside."""


def _best(scores: list[float]) -> tuple[int, int, float]:
    """The places of the highest and the next score, and the share of the highest."""
    top = max(scores)
    first = scores.index(top)
    second = scores.index(max([*scores[:first], *scores[first + 1 :]]))
    return first, second, 1 / sum([exp(score - top) for score in scores])


@lru_cache(maxsize=4096)
def _section_scores(section: tuple[str, ...], cell: str | None, kind: str) -> Scores:
    """The scores of the headings above a sentence, and of the model's intercept."""
    model = weights()
    names = [INTERCEPT, *context.section_features(section, cell, kind)]
    return cast(Scores, model.table[[model.row[name] for name in names if name in model.row]].sum(axis=0))


def _dated(statement: Statement, found: list[Topical]) -> Iterator[Topical]:
    """The topics, with each date given that of the statement it dates: the next figure's, else the one's before."""
    counted = [place for place, reading in enumerate(statement.readings) if reading.kind != "date"]
    for place, one in enumerate(found):
        if statement.readings[place].kind == "date" and counted:
            dated = found[next((other for other in counted if other > place), counted[-1])]
            topic = dated.topic if dated.topic.stage is None else dated.topic._replace(stage=None)
            yield one._replace(topic=topic, evidence="dates what follows")
        else:
            yield one


# ---- the account of a decision -----------------------------------------------------------------------------------


class Spoken(NamedTuple):
    """One feature and its weight for each of the topics that an account shows."""

    feature: str
    weights: tuple[float, ...]


class Account(NamedTuple):
    """Why a figure was linked as it was: the rules that applied, the likeliest topics with their shares, what spoke."""

    rulings: tuple[Ruling, ...]
    topics: tuple[tuple[str, float], ...]
    roles: tuple[tuple[str, float], ...]
    spoken: tuple[Spoken, ...]


SHOWN = 3
"""How many topics an account shows."""


def account(linked: Linked, place: int, fiscal_year: int | None) -> Account:
    """The account of one figure's link."""
    model, statement = weights(), linked.statement
    sentence, kind = statement.sentence, statement.readings[place].kind
    hits, around = context.hits(sentence.text), context.around(statement, place)
    last = last_of(statement, linked.topics[:place])
    names = context.features(around, hits, _told(last), _told(linked.earlier), fiscal_year)
    names += context.section_features(sentence.section, sentence.cell, kind)
    known = sorted({model.row[name] for name in [*names, INTERCEPT] if name in model.row})
    table = model.table[known]
    scores, split = table.sum(axis=0), len(model.topics)
    order = list(np.argsort(-scores[:split])[:SHOWN])
    loud = np.argsort(-np.abs(table[:, order]).max(axis=1), kind="stable")
    spoken = (Spoken(model.features[known[row]], tuple(float(table[row, column]) for column in order)) for row in loud)
    topics, roles = _shares(scores[:split]), _shares(scores[split:])
    return Account(
        tuple(rules.read(statement, around, hits, last)),
        tuple((model.topics[column], topics[column]) for column in order),
        tuple(zip(ROLES, roles, strict=True)),
        tuple(spoken),
    )


def _shares(scores: Scores) -> list[float]:
    raised = np.exp(scores - scores.max())
    return [float(share) for share in raised / raised.sum()]
