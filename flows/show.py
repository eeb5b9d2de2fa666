"""What the command line shows: mentions as a table or as JSON, and what a dataset holds."""

from __future__ import annotations

import json
from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from extractors.dataset import SCHEMAS, Row
from flows import store, summary
from flows.mend import Tell
from flows.store import Snapshot

COLUMNS = ("text", "kind", "value", "unit", "bound", "role", "category", "subcategory", "item")
PROBLEMS = 10


def mentions(dataset: Path, count: int) -> tuple[list[Row], int]:
    """The first mentions of the dataset, and how many there are."""
    snapshot = store.open(dataset)
    found: list[Row] = []
    for path in snapshot.parts("mentions"):
        if len(found) >= count:
            break
        found += store.read(path).slice(0, count - len(found)).to_pylist()
    return found, snapshot.manifest.rows("mentions")


def table(found: Sequence[Row], title: str) -> Table:
    """Mentions as a table; a date's days stand in the value's column."""
    grid = Table(*COLUMNS, title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for row in found:
        grid.add_row(*(_cell(_value(row) if name == "value" else row.get(name)) for name in COLUMNS))
    return grid


def json_lines(found: Iterable[Row], out: TextIO) -> None:
    """Mentions as JSON, one object a line; dates as ISO strings."""
    names = SCHEMAS["mentions"].names
    for row in found:
        out.write(json.dumps({name: row.get(name) for name in names}, ensure_ascii=False, default=str) + "\n")


def status(dataset: Path, snapshot: Snapshot | None, *, whole: bool = True) -> RenderableType:
    """What is in the dataset and its live snapshot, if a run has published one; its problems only where it is whole."""
    last = summary.last(dataset)
    facts = Table("", "", show_header=False, box=None)
    facts.add_row("dataset", Text(str(dataset)))
    if snapshot is None:
        facts.add_row("current", "none: no run has published yet")
        facts.add_row("last run", Text(summary.ended(last)))
        return facts
    manifest = snapshot.manifest
    facts.add_row("current", f"snapshot {snapshot.number}, published {manifest.published}")
    facts.add_row("readable", _ranges(store.snapshots(dataset)))
    facts.add_row("made by", f"Jixiao {manifest.extractor_version}, recipe {manifest.lexicon_digest}")
    facts.add_row("schema", f"version {manifest.schema_version}, {manifest.buckets} buckets")
    if last:
        facts.add_row("last run", Text(summary.ended(last)))
    sizes = Table("table", "rows", "files", "bytes")
    for name in SCHEMAS:
        parts = manifest.of(name).values()
        size = sum(part.bytes for part in parts)
        sizes.add_row(name, f"{manifest.rows(name):,}", str(len(parts)), f"{size:,}")
    return Group(facts, sizes, _problems(snapshot)) if whole else Group(facts, sizes)


@contextmanager
def progress(console: Console) -> Iterator[Tell | None]:
    """A bar of the bytes that are read, on a terminal; elsewhere nobody wants to hear."""
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("reading", total=None)
        yield lambda read, total: bar.update(task, completed=read, total=total)


def _ranges(numbers: Sequence[int]) -> str:
    """Ascending numbers, those that follow on each other as a range."""
    runs = groupby(enumerate(numbers), key=lambda place: place[1] - place[0])
    ends = [(run[0], run[-1]) for run in ([number for _, number in group] for _, group in runs)]
    return ", ".join(f"{first}–{last}" if first < last else f"{first}" for first, last in ends)


def _problems(snapshot: Snapshot) -> Table:
    """The problems by stage and reason, the most frequent first."""
    found = snapshot.table("problems", ["source", "stage", "reason"]).to_pylist()
    counts = Counter((row["stage"], row["reason"]) for row in found)
    first = {(row["stage"], row["reason"]): row["source"] for row in reversed(found)}
    grid = Table("problems", "stage", "reason", "such as")
    for (stage, reason), count in counts.most_common(PROBLEMS):
        grid.add_row(f"{count:,}", stage, reason, first[stage, reason])
    if len(counts) > PROBLEMS:
        grid.caption = f"and {len(counts) - PROBLEMS} more: select source, stage, reason from problems"
    return grid


def _value(row: Row) -> str | None:
    """The value, the range or the days of a mention, as one would write them."""
    if row["kind"] == "date":
        return _days(row["date_start"], row["date_end"])
    ends = [f"{row[name]:.12g}" for name in ("value", "value_max") if row.get(name) is not None]
    return "–".join(ends) or None


def _days(first: date, last: date) -> str:
    """A stretch of days: a whole year or month by its name."""
    if (first.year, first.month, first.day, last.month, last.day) == (last.year, 1, 1, 12, 31):
        return f"{first:%Y}"
    if first.replace(day=monthrange(first.year, first.month)[1]) == last and first.day == 1:
        return f"{first:%Y-%m}"
    return f"{first}" if first == last else f"{first}–{last}"


def _cell(value: object) -> str:
    return "" if value is None else str(value).replace("\n", "⏎")
