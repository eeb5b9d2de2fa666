"""How a dataset lies on disk: numbered snapshots, a symlink to the current one, one writer at a time.

- `DATASET/current -> snapshots/7` is what readers open;
- `DATASET/snapshots/7/mentions/part-0003.parquet`: one file a table and bucket;
- `DATASET/snapshots/7/manifest.json`: versions, rows and hashes of that snapshot;
- `DATASET/last-run.json`: what the last run did, for `jixiao status`;
- `DATASET/.work/`: what a run has in hand; nobody reads it.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from extractors.errors import DatasetError

KEPT_SNAPSHOTS = 7
"""A week of nights stays readable by number."""


class Busy(DatasetError):
    """Another run is writing the dataset."""


@dataclass(frozen=True)
class Part:
    """One Parquet file of a snapshot."""

    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What made a snapshot and what it holds; `parts` is keyed by the file's path below the snapshot."""

    schema_version: int
    extractor_version: str
    lexicon_digest: str
    buckets: int
    published: str
    parts: Mapping[str, Part]

    def rows(self, table: str) -> int:
        """How many rows the table has."""
        return sum(part.rows for path, part in self.parts.items() if path.startswith(f"{table}/"))


def part(table: str, bucket: int) -> str:
    """Path of a bucket's file below the snapshot."""
    return f"{table}/part-{bucket:04}.parquet"


@contextmanager
def writer(dataset: Path) -> Iterator[None]:
    """Be the only writer of the dataset; the lock goes with the process, however that ends."""
    dataset.mkdir(parents=True, exist_ok=True)
    with (dataset / ".lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise Busy(
                f"{dataset}: another run (process {lock.read().strip() or 'unknown'}) is writing this dataset; "
                "nothing was changed, start again when it has ended"
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def current(dataset: Path) -> Path | None:
    """The live snapshot's folder, resolved once so that several tables are read from the same one."""
    link = dataset / "current"
    return link.resolve() if link.exists() else None


def require_current(dataset: Path) -> Path:
    """The live snapshot's folder, or an error that says how to get one."""
    snapshot = current(dataset)
    if snapshot is None:
        raise DatasetError(
            f"{dataset}: no dataset here (there is no `current`); make one with: jixiao ingest SOURCE {dataset}"
        )
    return snapshot


def snapshots(dataset: Path) -> list[int]:
    """The numbers of the snapshots that can be read, oldest first; the last is the current one."""
    live = current(dataset)
    if live is None:
        return []
    return [number for number in _numbers(dataset) if number <= int(live.name)]


def manifest(snapshot: Path) -> Manifest:
    """The snapshot's manifest."""
    path = snapshot / "manifest.json"
    try:
        facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        parts = {name: Part(**part) for name, part in facts.pop("parts").items()}
        return Manifest(parts=parts, **facts)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{path}: no manifest of a Jixiao dataset ({error}); ingest into another folder") from None


def write_manifest(snapshot: Path, facts: Manifest) -> None:
    """Write the manifest so that it survives a power cut."""
    write_durably(snapshot / "manifest.json", json.dumps(asdict(facts), ensure_ascii=False, indent=1, sort_keys=True))


def write_durably(path: Path, text: str) -> None:
    """Replace the file as a whole: a reader finds the old text or the new one."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text, encoding="utf-8")
    sync(fresh)
    fresh.replace(path)


def sync(path: Path) -> None:
    """Wait until the file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def share(old: Path, new: Path) -> None:
    """Let `new` be the same file as `old`: a hard link, or a copy where the file system has none."""
    try:
        os.link(old, new)
    except OSError:
        shutil.copy2(old, new)


def publish(dataset: Path, staged: Path) -> int:
    """Make the staged folder the live snapshot and answer its number; older ones go, the last few stay."""
    live = current(dataset)
    number = int(live.name) + 1 if live else 1
    folder = dataset / "snapshots"
    folder.mkdir(exist_ok=True)
    for path in (*(child for child in staged.iterdir() if child.is_dir()), staged):
        sync(path)
    staged.rename(folder / str(number))
    sync(folder)
    link = dataset / ".work" / "current"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("snapshots") / str(number))
    link.replace(dataset / "current")
    sync(dataset)
    for old in _numbers(dataset)[:-KEPT_SNAPSHOTS]:
        shutil.rmtree(folder / str(old))
    return number


GONE = "gone-"
"""How the name of a folder begins that is on its way out."""


def discard(folder: Path) -> None:
    """Remove a folder of `.work`, out of the reach of a worker that outlives its killed run by a moment."""
    gone = folder.with_name(f"{GONE}{os.getpid()}-{time.time_ns()}")
    folder.rename(gone)
    shutil.rmtree(gone)


def remove_leftovers(dataset: Path) -> None:
    """Remove what a killed run left: staged snapshots, and a snapshot that was never made current."""
    live = current(dataset)
    for gone in (dataset / ".work").glob(f"{GONE}*"):
        shutil.rmtree(gone)
    for staged in (dataset / ".work").glob("next-*"):
        discard(staged)
    for number in _numbers(dataset):
        if live is None or number > int(live.name):
            shutil.rmtree(dataset / "snapshots" / str(number))


def _numbers(dataset: Path) -> list[int]:
    folder = dataset / "snapshots"
    if not folder.is_dir():
        return []
    return sorted(int(child.name) for child in folder.iterdir() if child.name.isdigit())
