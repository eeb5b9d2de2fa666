"""The dataset held against gold files, by the annotation guideline.

A gold folder holds, for the report `2021/x.txt`, `2021/x.mentions.jsonl` and where there are any
`2021/x.tables.json` and `2021/x.entities.jsonl`; one `documents.jsonl` speaks of all. Folders may be left out where the
name is clear without: a gold file means the report whose path ends as its own does, or the other way round. Rows are
matched by their place.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from rich.table import Table

from extractors.dataset import Row
from extractors.errors import DatasetError
from flows import store
from flows.store import Snapshot

VALUE = ("value", "value_max", "unit", "currency", "bound", "change", "date_start", "date_end")
FIELDS = ("category", "subcategory", "role", "stage", "bound", "unit")
"""Fields whose confusions are counted."""
INDICATOR = (
    *("project", "level1", "level2", "level3", "target", "actual", "target_value", "target_unit", "target_bound"),
    *("actual_value", "actual_unit", "weight", "score"),
)
FUNDING = ("project", "source", "budget_initial", "budget", "spent", "execution_rate", "weight", "score")
DOCUMENT = ("title", "org", "region", "fiscal_year", "project", "self_score", "grade")
Link = tuple[float, bool]
"""The confidence of a link (0–1), and whether category, subcategory and role are all right."""
COARSE = ("产出", "效益", "满意度")
"""Categories that `link4` tells apart; the others count as one."""


@dataclass
class Found:
    """How many were right, of how many that the dataset and the gold hold."""

    right: int = 0
    made: int = 0
    gold: int = 0

    @property
    def precision(self) -> float:
        """Share of the dataset's that are right."""
        return self.right / self.made if self.made else 0.0

    @property
    def recall(self) -> float:
        """Share of the gold's that were found."""
        return self.right / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.right / (self.made + self.gold) if self.made + self.gold else 0.0

    def add(self, right: int, made: int, gold: int) -> None:
        """Count one report more."""
        self.right, self.made, self.gold = self.right + right, self.made + made, self.gold + gold


@dataclass
class Share:
    """A sum of scores between 0 and 1 over so many rows."""

    sum: float = 0.0
    rows: int = 0

    def add(self, score: float) -> None:
        """Count one row more."""
        self.sum, self.rows = self.sum + score, self.rows + 1


@dataclass
class Scores:
    """Everything that is measured, by name; confusions by (field, kind), then (gold, dataset)."""

    found: defaultdict[str, Found] = field(default_factory=lambda: defaultdict(Found))
    shares: defaultdict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    confusions: defaultdict[tuple[str, str], Counter[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    links: list[Link] = field(default_factory=list)


def evaluate(dataset: Path, gold: Path) -> Scores:
    """Measure the dataset over the reports that the gold folder speaks of."""
    files = sorted(gold.rglob("*.mentions.jsonl"))
    if not files:
        raise DatasetError(f"{gold}: no gold files (*.mentions.jsonl) here; give the folder that holds them")
    snapshot = store.open(dataset)
    reports = Reports(_rows(snapshot, "documents"))
    tables = {name: _by_document(_rows(snapshot, name)) for name in ("mentions", "entities", "indicators", "funding")}
    scores = Scores()
    for path, report in _matched_files(gold, files, reports):
        stem = path.name.removesuffix(".mentions.jsonl")
        made = {name: rows.get(report.get("doc_id", ""), []) for name, rows in tables.items()}
        _mentions(_lines(path), made["mentions"], scores)
        _entities(path.with_name(f"{stem}.entities.jsonl"), made["entities"], scores)
        _forms(path.with_name(f"{stem}.tables.json"), made, scores)
    for row in _lines(gold / "documents.jsonl"):
        _document(row, reports.find(gold / "documents.jsonl", row["file"]), scores)
    return scores


class Reports:
    """The dataset's reports by the names of their files."""

    def __init__(self, documents: Iterable[Row]) -> None:
        self._known: defaultdict[str, list[tuple[tuple[str, ...], Row]]] = defaultdict(list)
        for row in documents:
            others = row["other_sources"] or ()
            for path in (row["source"], *(others.splitlines() if isinstance(others, str) else others)):
                parts = tuple(reversed(Path(path).parts))
                self._known[parts[0]].append((parts, row))

    def find(self, gold: Path, name: str) -> Row:
        """The report that a gold file means by a path, empty where there is none.

        It is the one whose path shares the longest end with it, one of the two being that end. Raises `DatasetError`
        where two share as much.
        """
        wanted = tuple(reversed(Path(name).parts))
        shared = [_shared(wanted, parts) for parts, _ in self._known[wanted[0]]]
        best = max(shared, default=(0, False))
        found = {
            row["doc_id"]: (parts, row)
            for length, (parts, row) in zip(shared, self._known[wanted[0]], strict=True)
            if length == best and best[0]
        }
        if len(found) > 1:
            first, second, *_ = sorted("/".join(reversed(parts)) for parts, _ in found.values())
            raise DatasetError(
                f"{gold}: {name} may be {first} or {second}; put the gold file into a folder of the same name as the "
                "report's, so that its path tells which"
            )
        return next((row for _, row in found.values()), {})


def _shared(wanted: Sequence[str], parts: Sequence[str]) -> tuple[int, bool]:
    """How many last parts two paths share, none where they part before one ends; and whether they are the same."""
    shorter = min(len(wanted), len(parts))
    return (shorter, len(wanted) == len(parts)) if wanted[:shorter] == parts[:shorter] else (0, False)


def _matched_files(gold: Path, files: Iterable[Path], reports: Reports) -> Iterator[tuple[Path, Row]]:
    """Each gold file with the report that it speaks of; two may not speak of one."""
    spoken: dict[str, Path] = {}
    for path in files:
        name = path.relative_to(gold).as_posix().removesuffix(".mentions.jsonl")
        report = reports.find(path, f"{name}.txt")
        if report and (first := spoken.setdefault(report["doc_id"], path)) != path:
            raise DatasetError(f"{path}: speaks of {report['source']}, as {first} does; leave one of the two")
        yield path, report


def table(scores: Scores) -> Table:
    """The scores, one a line."""
    grid = Table("measure", "precision", "recall", "F1 or share", "right", "gold", "dataset")
    for name, found in scores.found.items():
        figures = (f"{found.precision:.4f}", f"{found.recall:.4f}", f"{found.f1:.4f}")
        grid.add_row(name, *figures, f"{found.right:,}", f"{found.gold:,}", f"{found.made:,}")
    for name, share in scores.shares.items():
        grid.add_row(name, "", "", f"{share.sum / share.rows:.4f}", f"{share.sum:,.4g}", f"{share.rows:,}", "")
    return grid


def confusions(scores: Scores) -> Iterator[Table]:
    """What was taken for what: a matrix for every field and kind that has a mistake, gold down, dataset across."""
    for (name, kind), pairs in sorted(scores.confusions.items()):
        if all(gold == made for gold, made in pairs):
            continue
        golds = sorted({gold for gold, _ in pairs})
        mades = sorted({made for _, made in pairs})
        grid = Table(f"{name} of {kind}: gold ↓ dataset →", *mades)
        for gold in golds:
            grid.add_row(gold, *(str(pairs[gold, made] or "·") for made in mades))
        yield grid


def _mentions(gold: Sequence[Row], made: Sequence[Row], scores: Scores) -> None:
    wanted = {_place(row): row for row in gold}
    there = {_place(row): row for row in made}
    both = sorted(wanted.keys() & there.keys())
    scores.found["span"].add(len(both), len(made), len(wanted))
    facts = sum(_fields(wanted[place], there[place], scores) for place in both)
    scores.found["fact"].add(facts, len(made), len(wanted))


def _fields(gold: Row, made: Row, scores: Scores) -> bool:
    """Compare the fields of a matched mention; whether value, category and role are all right."""
    right = {"value": all(_same(gold[name], made.get(name)) for name in VALUE), "role": gold["role"] == made["role"]}
    if gold["kind"] != "date":
        right["category"] = gold["category"] == made["category"]
        right["link4"] = _coarse(gold["category"]) == _coarse(made["category"])
        right["subcategory"] = right["category"] and gold["subcategory"] == made["subcategory"]
        scores.links.append((made["confidence"], right["subcategory"] and right["role"]))
        if "stage" in gold and gold["kind"] in ("amount", "rate"):
            right["stage"] = gold["stage"] == made["stage"]
    for name, is_right in right.items():
        scores.shares[name].add(is_right)
    if gold.get("item"):
        scores.shares["item"].add(_overlap(gold["item"], made["item"]))
    for name in FIELDS:
        if name in gold and (gold[name] or made[name]) and (name == "role" or gold["kind"] != "date"):
            scores.confusions[name, gold["kind"]][gold[name] or "–", made[name] or "–"] += 1
    return bool(right["value"] and right["role"] and right.get("category", True))


def _entities(path: Path, made: Sequence[Row], scores: Scores) -> None:
    if path.exists():
        wanted = {(row["start"], row["end"], row["label"]) for row in _lines(path)}
        there = {(row["start"], row["end"], row["label"]) for row in made}
        scores.found["entities"].add(len(wanted & there), len(there), len(wanted))


def _forms(path: Path, made: Mapping[str, Sequence[Row]], scores: Scores) -> None:
    gold = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for name, columns in (("indicators", INDICATOR), ("funding", FUNDING)):
        wanted = gold.get(name, [])
        right = _matched(wanted, made[name], columns)
        scores.found[name].add(right, len(made[name]), len(wanted))


def _matched(gold: Iterable[Row], made: Iterable[Row], columns: Sequence[str]) -> int:
    """How many gold rows have a row of their own in the dataset with every cell equal."""
    left, right = list(made), 0
    for wanted in gold:
        same = next((row for row in left if all(_same(wanted[name], row.get(name)) for name in columns)), None)
        if same is not None:
            left.remove(same)
            right += 1
    return right


def _document(gold: Row, made: Row, scores: Scores) -> None:
    for name in DOCUMENT:
        if gold[name] is not None:
            scores.shares["documents"].add(_same(gold[name], made.get(name)))


def _same(gold: Any, made: Any) -> bool:
    """Equality of cells: numbers to a millionth, text without blanks and with either width of brackets."""
    if gold is None or made is None:
        return gold is made
    if isinstance(made, date):
        return made.isoformat() == str(gold)[:10]
    try:
        return math.isclose(float(gold), float(made), rel_tol=1e-6, abs_tol=1e-9)
    except ValueError:
        return _plain(gold) == _plain(made)


def _plain(text: object) -> str:
    return "".join(str(text).split()).replace("（", "(").replace("）", ")")


def _overlap(gold: str, made: str | None) -> float:
    """Character F1 of two phrases."""
    both = sum((Counter(gold) & Counter(made or "")).values())
    return 2 * both / (len(gold) + len(made or ""))


def _coarse(category: str | None) -> str | None:
    return category if category in COARSE else None


def _place(row: Row) -> tuple[int, int, str]:
    return row["start"], row["end"], row["kind"]


def _rows(snapshot: Snapshot, name: str) -> list[Row]:
    columns = [column for column in snapshot.dataset(name).schema.names if column != "sentence"]
    rows: list[Row] = snapshot.table(name, columns).to_pylist()
    return rows


def _by_document(rows: Iterable[Row]) -> dict[str, list[Row]]:
    grouped: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["doc_id"]].append(row)
    return grouped


def _lines(path: Path) -> list[Row]:
    """The JSON objects of a file, one a line; none where there is no file."""
    if not path.exists():
        return []
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            rows.append(json.loads(line))
        except ValueError as error:
            raise DatasetError(f"{path}:{number}: no JSON object ({error}); write one object a line") from None
    return rows
