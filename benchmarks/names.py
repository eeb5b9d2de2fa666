"""What names and segmenters bring and cost: `python -m benchmarks.names` (docs/ner.md, docs/segmenters.md).

Measured on reports with gold beside them: data/reports, data/development, and the folders named on the command line as
`REPORTS GOLD`. Times are processor time of one process; each is the best of three.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, cast, get_args

from extractors import entities, facts, figures, formats, items, segment, words
from extractors.entities import Use
from extractors.pipeline import Settings
from extractors.textmap import TextMap, normalise
from extractors.types import Entity, Label, Statement
from extractors.words import Segmenter

FOLDERS = (("data/reports", "data/reports/gold"), ("data/development", "data/development/gold"))


@dataclass
class Tally:
    """What was found of names and figures in a set of reports."""

    right: int = 0
    found: int = 0
    there: int = 0
    labels: Counter[tuple[str, str]] = field(default_factory=Counter)
    spurious: int = 0
    items: list[float] = field(default_factory=list)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall of the names, exact span and label."""
        return 2 * self.right / max(self.found + self.there, 1)


@dataclass
class Case:
    """A report up to its figures, with the gold of its names and figures."""

    text: TextMap
    statements: Sequence[Statement]
    names: set[tuple[int, int, str]]
    mentions: dict[tuple[int, int], str | None]

    @property
    def sentences(self) -> list[str]:
        """The text of each sentence."""
        return [statement.sentence.text for statement in self.statements]


def cases(reports: Path, gold: Path) -> list[Case]:
    """The reports of a folder that have gold."""
    found = []
    for path in sorted(reports.glob("*.txt")):
        named = gold / f"{path.stem}.entities.jsonl"
        if named.exists():
            text = normalise(formats.read(path.read_bytes(), path.name).raw)
            blocks = segment.blocks(text)
            statements = list(figures.statements(blocks.sentences, facts.fiscal_year(text, blocks)))
            names = {(row["start"], row["end"], row["label"]) for row in _rows(named)}
            mentions = {(row["start"], row["end"]): row["item"] for row in _rows(gold / f"{path.stem}.mentions.jsonl")}
            found.append(Case(text, statements, names, mentions))
    return found


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def tally(reports: Iterable[Case], settings: Settings, use: Use) -> Tally:
    """How well names, figures and items are found with one way of finding names."""
    sums = Tally()
    for case in reports:
        found = entities.read(case.sentences, settings, use)
        named = [figures.without(one, names) for one, names in zip(case.statements, found, strict=True)]
        _count_names(case, found, sums)
        for statement, told in zip(named, items.read(named, settings.segmenter), strict=True):
            for reading, item in zip(statement.readings, told, strict=True):
                begin = statement.sentence.start
                span = tuple(case.text.raw_span(begin + reading.start, begin + reading.end))
                wanted = case.mentions.get(cast(tuple[int, int], span), "")
                sums.spurious += wanted == ""
                if wanted:
                    sums.items.append(_same(wanted, item.text if item else ""))
    return sums


def _count_names(case: Case, found: Iterable[Sequence[Entity]], sums: Tally) -> None:
    spans = {
        (*case.text.raw_span(one.sentence.start + name.start, one.sentence.start + name.end), name.label)
        for one, names in zip(case.statements, found, strict=True)
        for name in names
    }
    sums.right, sums.found = sums.right + len(spans & case.names), sums.found + len(spans)
    sums.there += len(case.names)
    for what, group in (("right", spans & case.names), ("found", spans), ("there", case.names)):
        sums.labels.update((what, label) for *_, label in group)


def _same(one: str, other: str) -> float:
    """The character F1 of two phrases."""
    both = sum((Counter(one) & Counter(normalise(other).text)).values())
    return 2 * both / (len(one) + len(other)) if both else 0.0


# ---- speed and memory --------------------------------------------------------------------------------------------


def best(work: Callable[[], object], times: int = 3) -> float:
    """Processor seconds of the fastest of some runs; one run before them loads what must be loaded."""
    work()
    seconds = []
    for _ in range(times):
        begin = time.process_time()
        work()
        seconds.append(time.process_time() - begin)
    return min(seconds)


def resident(segmenter: str) -> float:
    """Megabytes that a process holds more once a segmenter is loaded."""
    code = (
        "import psutil, sys; from extractors import words; "
        "held = lambda: psutil.Process().memory_info().rss / 2**20; "
        "before = held(); words.tokens('资金', sys.argv[1]); print(held() - before)"
    )
    return float(subprocess.run([sys.executable, "-c", code, segmenter], capture_output=True, check=True).stdout)


def names_table(sets: dict[str, list[Case]]) -> None:
    """The ablation: rules, model, both."""
    print("| reports | names by | F1 | spurious |", " | ".join(get_args(Label)), "| spurious figures | items |")
    for title, reports in sets.items():
        for use in get_args(Use):
            sums = tally(reports, Settings(), use)
            labels = (_label(sums, label) for label in get_args(Label))
            names = (f"{sums.f1:.3f}", str(sums.found - sums.right), *labels)
            cells = (*names, str(sums.spurious), f"{_mean(sums.items):.3f}")
            print("|", title, "|", use, "|", " | ".join(cells), "|", flush=True)


def _label(sums: Tally, label: str) -> str:
    right, found, there = (sums.labels[what, label] for what in ("right", "found", "there"))
    return f"{2 * right / max(found + there, 1):.2f}"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(len(values), 1)


def speed_table(sets: dict[str, list[Case]]) -> None:
    """What names cost, beside jieba over the same text."""
    reports = [case for cases in sets.values() for case in cases]
    size = sum(len(case.text.text) for case in reports)
    base = best(partial(_words, reports, "jieba"))
    print(f"{size} characters; jieba {size / base:,.0f} a second")
    for use in get_args(Use):
        seconds = best(partial(_names, reports, use))
        costs = f"{seconds / size * 1e6:.2f} µs a character, {seconds / base:.2f} of jieba's time"
        print(f"names by {use}: {costs}", flush=True)


def _names(reports: Sequence[Case], use: Use) -> None:
    for case in reports:
        entities.read(case.sentences, Settings(), use)


def _words(reports: Sequence[Case], segmenter: Segmenter) -> None:
    for case in reports:
        words.tokens(case.text.text, segmenter)


def segmenter_table(sets: dict[str, list[Case]]) -> None:
    """The two segmenters side by side."""
    reports = [case for cases in sets.values() for case in cases]
    size = sum(len(case.text.text) for case in reports)
    print("| segmenter | entity F1 | items | characters a second | memory |")
    for segmenter in get_args(Segmenter):
        sums = tally(reports, Settings(segmenter), "both")
        speed = size / best(partial(_words, reports, segmenter), times=1)
        cells = (f"{sums.f1:.3f}", f"{_mean(sums.items):.3f}", f"{speed:,.0f}", f"{resident(segmenter):.0f} MB")
        print("|", segmenter, "|", " | ".join(cells), "|", flush=True)


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description="What names and segmenters bring and cost.")
    parser.add_argument("folders", nargs="*", type=Path, help="more reports: REPORTS GOLD REPORTS GOLD …")
    asked = parser.parse_args()
    pairs = [*FOLDERS, *zip(asked.folders[::2], asked.folders[1::2], strict=True)]
    sets = {str(reports): cases(Path(reports), Path(gold)) for reports, gold in pairs}
    names_table(sets)
    speed_table(sets)
    segmenter_table(sets)


if __name__ == "__main__":
    main()
