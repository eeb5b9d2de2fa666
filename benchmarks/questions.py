"""What the named questions cost over 5 million figures: `python -m benchmarks.questions`.

Each question is timed through `flows.query`, as the command line asks it, from the SQL to the last row. Beside it, in
the same round, DuckDB reads every value of the columns that the question needs (`select max(column), …`), no more.
Both are the best of some rounds, so that other work on the machine disturbs them least.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

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
    "year-on-year": (_OFFICE, "mentions: doc_id item unit year value role category kind change"),
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
    shown = Table("question", "rows", "seconds", "full scan", "ratio", title=f"{asked.mentions:,} mentions")
    late = []
    with query.session(dataset) as session:
        for name, needs in NEEDS.items():
            rows, seconds, scan = measure(session, name, needs, asked.rounds)
            shown.add_row(name, f"{rows:,}", f"{seconds:.2f}", f"{scan:.2f}", f"{seconds / scan:.1f}")
            if seconds > SECONDS or seconds > RATIO * scan:
                late.append(name)
    Console().print(shown)
    if late:
        sys.exit(f"over {SECONDS:g} s or {RATIO:g} full scans: {', '.join(late)}")


def measure(session: Session, name: str, needs: tuple[str, ...], rounds: int) -> tuple[int, float, float]:
    """The answer's rows, the seconds it took, and the seconds of a full scan of its columns; the best of the rounds."""
    sql = query.sql_of(name)
    took, scanned = [], []
    rows = 0
    for _ in range(rounds):
        start = time.perf_counter()
        rows = session.ask(sql).read_all().num_rows
        took.append(time.perf_counter() - start)
        start = time.perf_counter()
        for need in needs:
            session.ask(scan(need)).read_all()
        scanned.append(time.perf_counter() - start)
    return rows, min(took), min(scanned)


def scan(need: str) -> str:
    """A query that reads every value of a table's columns.

    >>> scan("mentions: doc_id value")
    'select max(doc_id), max(value) from mentions'
    """
    table, columns = need.split(": ")
    return f"select {', '.join(f'max({column})' for column in columns.split())} from {table}"


if __name__ == "__main__":
    main()
