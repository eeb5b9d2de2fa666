"""What the named questions cost over 5 million figures: `python -m benchmarks.questions`.

Each question is timed through `flows.query`, as the command line asks it, from the SQL to the last row. Beside it, in
the same round, DuckDB reads every value of the columns that the question needs (`select max(column), …`), no more.
Both are the best of some rounds; the ratio is one of processor seconds, which other work on the machine disturbs least.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from benchmarks import analyst_dataset
from flows import query
from flows.query import Session

MENTIONS = 5_000_000
ROUNDS = 5
SECONDS, RATIO = 1.0, 3.0
"""What is asked of every question: less time than this, and than so many full scans."""

_OFFICE = "documents: doc_id org region title source fiscal_year"
_MONEY = (
    f"{_OFFICE} budget spent",
    "funding: doc_id project budget budget_initial spent source",
    "mentions: doc_id value unit stage change role",
)
NEEDS = {
    "largest-amounts-without-indicator": (
        "documents: doc_id org fiscal_year",
        "mentions: doc_id mention_id text value item sentence category kind currency",
    ),
    "outputs-per-wan-yuan": (
        *_MONEY[:2],
        "mentions: doc_id item unit value category subcategory kind role stage change",
    ),
    "satisfaction-by-region": (
        "documents: doc_id region fiscal_year",
        "mentions: doc_id value category unit role change",
        "indicators: doc_id actual_value actual_unit category",
    ),
    "spent-against-planned": _MONEY,
    "targets-missed": (
        "documents: doc_id org fiscal_year",
        "mentions: doc_id item unit value text role bound kind change category indicator_id",
        "indicators: doc_id level3 target actual target_value target_unit actual_value actual_unit attained",
    ),
    "year-on-year": (_OFFICE, "mentions: doc_id item unit year value role category kind bound change"),
    "year-on-year-money": _MONEY,
}
"""The columns that each question needs, a line a table."""


def main() -> None:
    """Make the dataset if it is not there, ask every question, and show the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mentions", type=int, default=MENTIONS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    dataset = Path(f"build/bench/questions-{asked.mentions}")
    if not (dataset / "current").exists():
        analyst_dataset.write(dataset, asked.mentions)
    shown = Table(
        "question", "rows", "seconds", "cpu", "full scan", "cpu", "ratio", title=f"{asked.mentions:,} mentions"
    )
    late = []
    with query.session(dataset) as session:
        for name, needs in NEEDS.items():
            rows, question, full = measure(session, name, needs, asked.rounds)
            ratio = question.cpu / full.cpu
            costs = (question.wall, question.cpu, full.wall, full.cpu)
            shown.add_row(name, f"{rows:,}", *(f"{seconds:.2f}" for seconds in costs), f"{ratio:.1f}")
            if question.wall > SECONDS or ratio > RATIO:
                late.append(name)
    Console().print(shown)
    if late:
        sys.exit(f"over {SECONDS:g} s or {RATIO:g} full scans: {', '.join(late)}")


class Cost(NamedTuple):
    """Seconds on the clock, and of the processors together."""

    wall: float
    cpu: float


def measure(session: Session, name: str, needs: tuple[str, ...], rounds: int) -> tuple[int, Cost, Cost]:
    """The answer's rows, what it cost, and what a full scan of its columns costs; the best of the rounds."""
    sql = query.sql_of(name)
    scans = [scan(need) for need in needs]
    rows = session.ask(sql).read_all().num_rows
    took = [(cost(session, [sql]), cost(session, scans)) for _ in range(rounds)]
    question, full = (Cost(*map(min, zip(*costs, strict=True))) for costs in zip(*took, strict=True))
    return rows, question, full


def cost(session: Session, statements: Sequence[str]) -> Cost:
    """What it costs to ask these, one after the other."""
    wall, cpu = time.perf_counter(), time.process_time()
    for sql in statements:
        session.ask(sql).read_all()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu)


def scan(need: str) -> str:
    """A query that reads every value of a table's columns.

    >>> scan("mentions: doc_id value")
    'select max(doc_id), max(value) from mentions'
    """
    table, columns = need.split(": ")
    return f"select {', '.join(f'max({column})' for column in columns.split())} from {table}"


if __name__ == "__main__":
    main()
