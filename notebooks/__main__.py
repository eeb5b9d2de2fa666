"""Runs every notebook over a dataset: python -m notebooks DATASET [OUTPUT].

The executed notebooks and their pictures go to OUTPUT, build/notebooks unless said otherwise.
"""

from __future__ import annotations

import sys
from pathlib import Path

from notebooks.execute import NOTEBOOKS, execute, save

if __name__ == "__main__":
    dataset = Path(sys.argv[1])
    output = Path(sys.argv[2] if len(sys.argv) > 2 else "build/notebooks")
    for path in NOTEBOOKS:
        for made in save(execute(path, dataset), output, path.stem):
            print(made)
