"""Small datasets made with the stand-in pipeline, and what tests ask of them."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from extractors.dataset import SCHEMAS
from extractors.formats import doc_id
from flows import disk, plan, run, store, work
from flows.options import Options
from flows.summary import Summary

ROOT = Path(__file__).parent.parent.parent
STANDIN = "tests.flows.standin"

Rows = list[dict[str, Any]]


def write_reports(folder: Path, texts: Mapping[str, str]) -> Path:
    """Write the texts as files; answers the folder."""
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def texts(count: int, *, words: str = "") -> dict[str, str]:
    """So many reports of some ten counts each."""
    return {
        f"{number:03}.txt": f"报告{number}{words}：" + "".join(f"完成数{row}个。" for row in range(number % 9 + 3))
        for number in range(count)
    }


def piece(source: Path, spool: Path) -> work.Piece:
    """All reports of the folder as one piece of work."""
    items = (work.Item(doc_id(path.read_bytes()), path.name, str(path)) for path in sorted(source.iterdir()))
    return work.Piece(tuple(items), work.Recipe.of(STANDIN, "jieba", None), str(spool))


def ingest(source: Path, dataset: Path, **options: Any) -> Summary:
    """One run in this process, with the stand-in pipeline and every report allowed to fail."""
    wanted: dict[str, Any] = {"workers": 1, "max_failed": 1.0, "pipeline": STANDIN, **options}
    return run.run(Options(source, dataset, **wanted))


class Inline:
    """A pool without processes: what a worker would do is done here and now."""

    def __init__(self, workers: int) -> None:
        pass

    def __enter__(self) -> Inline:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def extract(self, piece: work.Piece, limit: float) -> work.Done:
        """Extract the piece."""
        return work.extract(piece, lambda at: None)

    def call(self, function: Callable[..., Any], *arguments: object) -> Any:
        """Call the function."""
        return function(*arguments, lambda at: None)


def inline(patch: pytest.MonkeyPatch) -> None:
    """Make runs quick: no processes, few buckets, no waiting for the disk; for tests that need many runs."""
    patch.setattr(run, "Pool", Inline)
    patch.setattr(plan, "FEWEST_BUCKETS", 4)
    patch.setattr(disk, "sync", lambda path: None)


def start(source: Path, dataset: Path, *, limits: str = "", options: str = "") -> subprocess.Popen[str]:
    """The same run in a process of its own, for tests that kill it; it says `ready` when all is imported."""
    code = (
        f"from tests.flows.support import ingest; from pathlib import Path; {limits}\n"
        f"print('ready', flush=True); print(ingest(Path({str(source)!r}), Path({str(dataset)!r}), {options}).line)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def rows(dataset: Path, table: str) -> Rows:
    """The rows of a table as any reader finds them."""
    found: Rows = store.open(dataset).table(table).to_pylist()
    return found


def contents(dataset: Path) -> dict[str, Rows]:
    """Every row of every table."""
    snapshot = store.open(dataset)
    return {name: snapshot.table(name).to_pylist() for name in SCHEMAS}


def files(snapshot: Path) -> dict[str, str]:
    """The hashes of the snapshot's Parquet files; each must be the one that the manifest names."""
    found = {
        path.relative_to(snapshot).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in snapshot.rglob("*.parquet")
    }
    parts = store.manifest(snapshot).parts
    assert found == {path: asdict(part)["sha256"] for path, part in parts.items()}
    return found


class Reader(threading.Thread):
    """Reads the dataset again and again, as an analyst would, and remembers every state that it saw."""

    def __init__(self, dataset: Path) -> None:
        super().__init__()
        self.dataset = dataset
        self.seen: list[frozenset[str]] = []
        self.stop = threading.Event()

    def run(self) -> None:
        """Read until told to stop."""
        while not self.stop.is_set():
            snapshot = store.current(self.dataset)
            if snapshot is not None:
                self.seen.append(frozenset(files(snapshot).values()))
