"""The bare extraction loop that the flow is measured against: `python -m benchmarks.bare FOLDER PROCESSES NUMBER`."""

from __future__ import annotations

import sys
from pathlib import Path

from extractors import formats, pipeline


def main(folder: Path, processes: int, number: int) -> None:
    """Read and extract every report that falls to this process."""
    settings = pipeline.Settings()
    for path in sorted(folder.rglob("*.txt"))[number::processes]:
        pipeline.extract(formats.read(path.read_bytes(), path.name), settings)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
