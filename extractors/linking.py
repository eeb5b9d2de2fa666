"""What each figure speaks of: category, subcategory, stage and role, with the evidence (guideline section 4).

Rules decide what is certain, in the order of `RULES`; a linear model over the words, cues and headings around the
figure decides the rest. Its weights are a table, one feature a row (`models/linking.parquet`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import as_file, files
from typing import NamedTuple, cast

import numpy as np
import pyarrow.parquet as pq
import regex
from numpy.typing import NDArray

from extractors import context, lexicon
from extractors.context import Context, Hit
from extractors.lexicon import BACKGROUND, Topic
from extractors.types import Role, Sentence, Statement

Scores = NDArray[np.float32]
ROLES: tuple[Role, ...] = ("actual", "target", "standard")
INTERCEPT = "(intercept)"
EVIDENCE = 3
"""How many of a model's reasons a link names."""


class Ruling(NamedTuple):
    """A decision on one figure: a topic path and a role, either null where it stays open, and the reason."""

    topic: str | None
    role: Role | None
    reason: str


class Topical(NamedTuple):
    """A figure's topic and role, the reasons, and how sure they are (0–1)."""

    topic: Topic
    role: Role
    evidence: str
    confidence: float


class Weights(NamedTuple):
    """The model: a row of weights for each feature, a column for each topic and then each role."""

    row: Mapping[str, int]
    table: Scores
    topics: tuple[str, ...]
    temperature: float


@cache
def weights() -> Weights:
    """The trained weights that the package ships."""
    with as_file(files("extractors") / "models" / "linking.parquet") as path:
        stored = pq.read_table(path)  # type: ignore[no-untyped-call]
    columns = [name for name in stored.column_names if name != "feature"]
    table = np.stack([stored[name].to_numpy() for name in columns], axis=1).astype(np.float32)
    rows = {feature: place for place, feature in enumerate(stored["feature"].to_pylist())}
    temperature = float((stored.schema.metadata or {}).get(b"temperature", b"1"))
    return Weights(rows, table, tuple(name for name in columns if name not in ROLES), temperature)


def read(statement: Statement, fiscal_year: int | None) -> tuple[Topical, ...]:
    """What each figure of a statement speaks of, from left to right."""
    if not statement.readings:
        return ()
    model, hits = weights(), context.hits(statement.sentence.text)
    found: list[Topical] = []
    for place, reading in enumerate(statement.readings):
        around = context.around(statement, place)
        previous = found[-1].topic.path if found else None
        names = context.features(around, hits, previous, fiscal_year)
        scores = _scores(model, names) + _section_scores(statement.sentence, reading.kind)
        rulings = [ruling for rule in RULES if (ruling := rule(statement, around, hits, found))]
        found.append(_decided(model, scores, names, rulings))
    return tuple(_dated(statement, found))


def _scores(model: Weights, features: Iterable[str]) -> Scores:
    rows = [model.row[feature] for feature in features if feature in model.row]
    return cast(Scores, model.table[rows].sum(axis=0))


@cache
def _section_weights(section: tuple[str, ...], cell: str | None, kind: str) -> Scores:
    model = weights()
    sentence = Sentence("", 0, section, 0, cell)
    return _scores(model, [INTERCEPT, *context.section_features(sentence, kind)])


def _section_scores(sentence: Sentence, kind: str) -> Scores:
    return _section_weights(sentence.section, sentence.cell, kind)


def _decided(model: Weights, scores: Scores, features: Sequence[str], rulings: Sequence[Ruling]) -> Topical:
    """The rules' decision where they have one, else the model's."""
    topics = len(model.topics)
    topic_shares, role_shares = _shares(scores[:topics], model.temperature), _shares(scores[topics:], model.temperature)
    path = next((ruling.topic for ruling in rulings if ruling.topic is not None), None)
    role = next((ruling.role for ruling in rulings if ruling.role is not None), None)
    best = int(topic_shares.argmax())
    sure = (1.0 if path is not None else float(topic_shares[best])) * (1.0 if role is not None else float(role_shares.max()))
    reasons = [ruling.reason for ruling in rulings]
    if path is None:
        path = model.topics[best]
        reasons += _reasons(model, features, best)
    return Topical(lexicon.topic(path), role or ROLES[int(role_shares.argmax())], "; ".join(reasons), round(min(sure, RULE_SURE), 3))


RULE_SURE = 0.97
"""No link is surer than this: the share of links by rules that are right on the development reports."""


def _shares(scores: Scores, temperature: float) -> Scores:
    raised = np.exp((scores - scores.max()) / temperature)
    return cast(Scores, raised / raised.sum())


def _reasons(model: Weights, features: Sequence[str], column: int) -> list[str]:
    """The features that spoke loudest for the model's choice, with their weights."""
    told = [(float(model.table[model.row[feature], column]), feature) for feature in features if feature in model.row]
    return [f"{feature} {weight:+.1f}" for weight, feature in sorted(told, reverse=True)[:EVIDENCE] if weight > 0]


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


# ---- rules -------------------------------------------------------------------------------------------------------

_LABEL_END = r"(?:[为是达:]|达到|均|皆|都|已|约|仅|实际|完成|≥|>|高于|不低于|不?超过|\(|“)*$"
_BAND = regex.compile(r"(?:优|良|中|差|一般|合格|及格|优秀|良好|较差|较好)(?:秀|好)?[:(（]?$")
_FULL = regex.compile(r"(?:满分|分值|权重|占比|标准分|总分值|应得)[为是:]?(?:共|合计)?$")
_OVERALL = regex.compile(r"(?:综合|自评|评价|最终|总|项目|整体|考评|考核|评分|绩效)(?:得分|评分|总分|分数|总得分|自评|结果|自评得分)?[为是:]?$|(?:总分|综合得分|自评得分|评价得分)")
_CARRIED = regex.compile(r"[，,、(]?(?:其中)?(?:分别)?(?:同比|环比|较|比|与)?[^，。;]{0,8}?(?:增长|增加|提高|上升|提升|增幅|增速|下降|减少|降低|降幅|下滑|回落)了?(?:约|近|超过?|达)?")
_NESTED = regex.compile(r"[，,;。(:]?\(?其中[:，]?")
_STAGED = regex.compile(r"实际|执行|到位|已|拨付|支付|结余|结转|支出(?:了|[:为]?$)|完成|使用|剩余")


def _sibling(statement: Statement, around: Context, hits: Sequence[Hit], found: Sequence[Topical]) -> Ruling | None:
    """Members of a list speak of one thing: `分别为12、15、9户`."""
    before = around.before
    if before is None or around.gap not in ("、", "和", "及", "与") or before.kind != around.reading.kind or before.unit != around.reading.unit:
        return None
    return Ruling(found[-1].topic.path, found[-1].role, "list")


def _growth(statement: Statement, around: Context, hits: Sequence[Hit], found: Sequence[Topical]) -> Ruling | None:
    """A growth right behind a figure speaks of the same: `销售额2360万元，同比增长8%`."""
    before = around.before
    if around.reading.change is None or before is None or before.kind == "date" or len(around.gap) > LONGEST_LINK:
        return None
    return Ruling(found[-1].topic.path, None, "change of the figure before") if _CARRIED.fullmatch(around.gap) else None


LONGEST_LINK = 16


def _part(statement: Statement, around: Context, hits: Sequence[Hit], found: Sequence[Topical]) -> Ruling | None:
    """Parts of a sum inherit its topic and role, unless a word between says that the money moved on."""
    before, gap = around.before, around.gap
    if before is None or before.kind != "amount" or around.reading.kind != "amount" or _STAGED.search(gap):
        return None
    inside = _NESTED.match(gap) or (found[-1].evidence.startswith("part") and len(gap) <= LONGEST_LINK and "。" not in gap)
    return Ruling(found[-1].topic.path, found[-1].role, "part of the sum before") if inside else None


def _score(statement: Statement, around: Context, hits: Sequence[Hit], found: Sequence[Topical]) -> Ruling | None:
    """Marks take the topic of what they mark; full marks, weights and grade bands are standards."""
    reading, text = around.reading, around.text
    if reading.kind != "score":
        return None
    before = text[: reading.start]
    role: Role = "standard" if reading.value_max is not None or _FULL.search(before) or _BAND.search(before) else "actual"
    if reading.value_max is not None or _BAND.search(before):
        return Ruling(BACKGROUND, role, "grade band")
    if found and around.before is not None and around.before.kind == "score" and len(around.gap) <= 4:
        return Ruling(found[-1].topic.path, role, "score of the same")
    return Ruling(_marked(statement, around, hits), role, "score")


def _marked(statement: Statement, around: Context, hits: Sequence[Hit]) -> str | None:
    """The topic of what a score marks: the indicator named before it, else the one of the headings."""
    indicators = lexicon.indicators()
    stop = max(around.text.rfind(mark, 0, around.reading.start) for mark in "。;") + 1
    named = [hit for hit in hits if hit.word in indicators and stop <= hit.start and hit.end <= around.reading.start]
    for heading in reversed(statement.sentence.section):
        if not named:
            named = [hit for hit in context.hits(heading) if hit.word in indicators]
    if named and not _OVERALL.search(around.text[around.left : around.reading.start]):
        return max(named, key=lambda hit: (hit.end - hit.start, hit.end)).topic.removesuffix("/到位").removesuffix("/支出").removesuffix("/结余")
    if _OVERALL.search(around.text[around.left : around.reading.start]):
        return BACKGROUND
    return None


def _named(statement: Statement, around: Context, hits: Sequence[Hit], found: Sequence[Topical]) -> Ruling | None:
    """A rate that bears the name of an indicator speaks of it: `资金到位率100%`."""
    reading, text = around.reading, around.text
    if reading.kind != "rate" or reading.change is not None:
        return None
    indicators = lexicon.indicators()
    label = regex.sub(_LABEL_END, "", text[around.left : reading.start])
    end = around.left + len(label)
    named = [hit for hit in hits if hit.word in indicators and hit.end == end]
    return Ruling(max(named, key=lambda hit: hit.end - hit.start).topic, None, f"indicator {named[0].word}") if named else None


RULES: tuple[Callable[[Statement, Context, Sequence[Hit], Sequence[Topical]], Ruling | None], ...] = (_score, _sibling, _part, _growth, _named)
"""What is certain, in the order of precedence; the first that names a topic or a role decides it."""
