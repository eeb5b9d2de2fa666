"""What the command line shows: mentions as a table or as JSON, and what a dataset holds."""

from __future__ import annotations

import json
from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TextIO

import pyarrow.dataset as ds
from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table

from extractors.dataset import SCHEMAS, Row
from flows import store, summary

COLUMNS = ("text", "kind", "value", "unit", "bound", "role", "category", "subcategory", "item")
PROBLEMS = 10


def mentions(dataset: Path, count: int) -> tuple[list[Row], int]:
    """The first mentions of the dataset, and how many there are."""
    found = ds.dataset(store.require_current(dataset) / "mentions", format="parquet")
    return found.head(count).to_pylist(), found.count_rows()


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


def status(dataset: Path) -> Group:
    """What is in the dataset."""
    snapshot = store.require_current(dataset)
    manifest = store.manifest(snapshot)
    numbers = store.snapshots(dataset)
    last = summary.last(dataset)
    facts = Table("", "", show_header=False, box=None)
    facts.add_row("dataset", str(dataset))
    facts.add_row("current", f"snapshot {snapshot.name}, published {manifest.published}")
    facts.add_row("readable", ", ".join(map(str, numbers)))
    facts.add_row("made by", f"Jixiao {manifest.extractor_version}, lexicons {manifest.lexicon_digest}")
    facts.add_row("schema", f"version {manifest.schema_version}, {manifest.buckets} buckets")
    if last:
        failed = f"; {last['error']}" if last["error"] else ""
        facts.add_row("last run", f"{last['started']}, {sum(last['seconds'].values()):.1f} s{failed}")
    sizes = Table("table", "rows", "files", "bytes")
    for name in SCHEMAS:
        parts = [part for path, part in manifest.parts.items() if path.startswith(f"{name}/")]
        size = sum(part.bytes for part in parts)
        sizes.add_row(name, f"{manifest.rows(name):,}", str(len(parts)), f"{size:,}")
    return Group(facts, sizes, _problems(snapshot))


def _problems(snapshot: Path) -> Table:
    """The problems by stage and reason, the most frequent first."""
    found = ds.dataset(snapshot / "problems", format="parquet").to_table(columns=["stage", "reason"]).to_pylist()
    counts = Counter((row["stage"], row["reason"]) for row in found)
    grid = Table("problems", "stage", "reason")
    for (stage, reason), count in counts.most_common(PROBLEMS):
        grid.add_row(f"{count:,}", stage, reason)
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
    return "" if value is None else str(value).replace("\n", "⏎").replace("[", "\\[")
