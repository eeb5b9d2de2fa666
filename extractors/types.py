"""The records that the stages hand to each other.

Two coordinate systems: a *text span* counts characters of the normalised text (`TextMap.text`), a *raw span* counts
Unicode code points of the report as decoded (a byte order mark left out). Everything that leaves the extractor is raw.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

Kind = Literal["amount", "rate", "count", "score", "duration", "date"]
Bound = Literal["=", "≥", ">", "≤", "<", "≈"]
Change = Literal["up", "down"]
Role = Literal["actual", "target", "standard"]
Category = Literal["产出", "效益", "满意度", "决策", "过程"]
Stage = Literal["预算", "到位", "支出", "结余"]
Label = Literal["ORG", "GPE", "PROJECT", "POLICY", "EVENT"]


class TextSpan(NamedTuple):
    """Half-open stretch of the normalised text."""

    start: int
    end: int


class RawSpan(NamedTuple):
    """Half-open stretch of the report as decoded, in code points."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """One report as read: its content hash, where it came from, and its text."""

    doc_id: str
    source: str
    raw: str
    encoding: str
    size: int


class Cell(NamedTuple):
    """One cell of a table: its stripped text and its text span."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A run of table lines, each a list of cells (ragged), with the title line that stands above it."""

    rows: tuple[tuple[Cell, ...], ...]
    title: str
    section: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of prose: `start` is its place in the normalised text, `paragraph` that of its line or cell.

    `cell` names the column head when it stands in a table cell (预期目标, 实际完成情况); `headings` are the
    section's headings as text spans.
    """

    text: str
    start: int
    section: tuple[str, ...]
    paragraph: int
    cell: str | None = None
    headings: tuple[TextSpan, ...] = ()


class Entity(NamedTuple):
    """A name in a sentence, by its place there."""

    start: int
    end: int
    label: Label
    source: Literal["rule", "model"]


class Mask(NamedTuple):
    """A stretch of a sentence whose digits are no figures, and the reason."""

    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a figure says. Values are exact; `start` and `end` are places in its sentence."""

    kind: Kind
    start: int
    end: int
    rule: str
    value: Decimal | None = None
    value_max: Decimal | None = None
    unit: str | None = None
    currency: str | None = None
    bound: Bound = "="
    change: Change | None = None
    date_start: date | None = None
    date_end: date | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence with what was read in it: figures from left to right, names, masks; places in the sentence.

    `year` is the year that governs the sentence from before it, if one was named.
    """

    sentence: Sentence
    readings: tuple[Reading, ...]
    masks: tuple[Mask, ...]
    entities: tuple[Entity, ...]
    year: int | None


@dataclass(frozen=True, slots=True)
class Link:
    """What a figure is about; `evidence` names the cues that decided, `confidence` is between 0 and 1."""

    category: Category | None
    subcategory: str | None
    role: Role
    stage: Stage | None
    item: str | None
    year: int | None
    evidence: str
    confidence: float
    payer: str | None = None
    payee: str | None = None


@dataclass(frozen=True, slots=True)
class Mention:
    """One figure of the prose: where it stands (raw span), what it says, what it is about."""

    start: int
    end: int
    text: str
    reading: Reading
    link: Link
    sentence: str
    section: str
    indicator_id: str | None = None


@dataclass(frozen=True, slots=True)
class NamedEntity:
    """One `entities` row, raw span."""

    start: int
    end: int
    text: str
    label: Label
    source: Literal["rule", "model"]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One row of a form's indicator table (guideline section 5); spans are raw."""

    start: int
    end: int
    project: str | None
    level1: str | None
    level2: str | None
    level3: str
    target: str | None
    actual: str | None
    target_value: Decimal | None = None
    target_unit: str | None = None
    target_bound: Bound | None = None
    target_start: int | None = None
    target_end: int | None = None
    actual_value: Decimal | None = None
    actual_unit: str | None = None
    actual_start: int | None = None
    actual_end: int | None = None
    weight: Decimal | None = None
    score: Decimal | None = None
    attained: bool | None = None
    category: Category | None = None
    subcategory: str | None = None


@dataclass(frozen=True, slots=True)
class Funding:
    """One row of a form's money table, in 万元; span is raw."""

    start: int
    end: int
    project: str | None
    source: str | None
    budget_initial: Decimal | None = None
    budget: Decimal | None = None
    spent: Decimal | None = None
    execution_rate: Decimal | None = None
    weight: Decimal | None = None
    score: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the report says of itself: the cells of its `documents` row."""

    title: str | None = None
    org: str | None = None
    region: str | None = None
    region_code: str | None = None
    fiscal_year: int | None = None
    project: str | None = None
    self_score: Decimal | None = None
    grade: str | None = None
    kind: str | None = None
    budget: Decimal | None = None
    spent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read: at which stage, why, and where (raw span, if known)."""

    stage: str
    reason: str
    start: int | None = None
    end: int | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """All that was read from one document."""

    doc: Document
    facts: Facts
    mentions: tuple[Mention, ...] = ()
    entities: tuple[NamedEntity, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    funding: tuple[Funding, ...] = ()
    problems: tuple[Problem, ...] = field(default=())
