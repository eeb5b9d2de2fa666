"""Compare the scores on standard input with `.ci/floors.json`: accuracy may only go up."""

from __future__ import annotations

import json
import sys
from pathlib import Path

FLOORS = Path(__file__).with_name("floors.json")


def main() -> int:
    """0 where every score reaches its floor, else 1 with the scores that don't."""
    scores = json.load(sys.stdin)
    below = []
    for name, floor in json.loads(FLOORS.read_text(encoding="utf-8")).items():
        score = scores[name]["f1"] if isinstance(scores[name], dict) else scores[name]
        if score < floor:
            below.append(f"{name} is {score:.4f}; its floor is {floor}")
    print("\n".join(below) or "every score reaches its floor")
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
