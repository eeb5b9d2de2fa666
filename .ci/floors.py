"""Compare the scores on standard input with their floors in `tests/cases/floors.tsv`: accuracy may only go up."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path

FLOORS = Path(__file__).parents[1] / "tests" / "cases" / "floors.tsv"
REPORTS = "../shared/reports"


def floors() -> Iterator[tuple[str, float]]:
    """The measures of the shared reports with their floors."""
    with FLOORS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["reports"] == REPORTS:
                yield row["measure"], float(row["floor"])


def main() -> int:
    """0 where every score reaches its floor, else 1 with the scores that don't."""
    scores = json.load(sys.stdin)
    below = []
    for name, floor in floors():
        score = scores[name]["f1"] if isinstance(scores[name], dict) else scores[name]
        if score < floor:
            below.append(f"{name} is {score:.4f}; its floor is {floor}")
    print("\n".join(below) or "every score reaches its floor")
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
