"""How a dataset lies on disk: numbered snapshots, a symlink to the current one, one writer at a time.

- `DATASET/current -> snapshots/7` is what readers open: `open(DATASET)` resolves it once;
- `DATASET/snapshots/7/mentions/part-0003.parquet`: one file a table and bucket;
- `DATASET/snapshots/7/manifest.json`: versions, rows and hashes of that snapshot;
- `DATASET/last-run.json`: what the last run did, for `jixiao status`;
- `DATASET/.work/`: what a run has in hand; nobody reads it.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shlex
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow.fs import LocalFileSystem

from extractors.dataset import SCHEMAS
from extractors.errors import DatasetError
from flows import disk

if TYPE_CHECKING:
    import pandas as pd

KEPT_SNAPSHOTS = 7
"""So many stay readable by number: a week of nights."""
KEPT_SECONDS = 24 * 3600
"""And each stays so long after a newer one took its place: a slow reader ends with the snapshot that it began with."""


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

    def of(self, table: str) -> dict[str, Part]:
        """The table's files."""
        return {path: part for path, part in self.parts.items() if path.startswith(f"{table}/")}

    def rows(self, table: str) -> int:
        """How many rows the table has."""
        return sum(part.rows for part in self.of(table).values())


@dataclass(frozen=True)
class Snapshot:
    """One snapshot, for reading: whatever is published meanwhile, all tables speak of the same run.

    A snapshot stays a day after a newer one took its place, and longer while it is among the last seven. Later a
    reader gets an error that says so; what it has read is whole.
    """

    folder: Path
    manifest: Manifest

    @property
    def number(self) -> int:
        """The snapshot's number."""
        return int(self.folder.name)

    def parts(self, table: str) -> list[Path]:
        """The table's Parquet files, for polars, Spark and others; none where the snapshot is older than the table."""
        if table not in SCHEMAS:
            raise DatasetError(f"there is no table {table!r}; choose one of: {', '.join(SCHEMAS)}")
        return [self.folder / path for path in self.manifest.of(table)]

    def dataset(self, table: str) -> ds.Dataset:
        """The table as a pyarrow dataset, which reads only the columns and rows that are asked for."""
        parts = self.parts(table)
        if not parts:
            return ds.dataset(SCHEMAS[table].empty_table())
        with explained(parts[0]):
            return ds.dataset([str(path) for path in parts], format="parquet", filesystem=LocalFileSystem())

    def table(self, table: str, columns: Sequence[str] | None = None) -> pa.Table:
        """The table's rows in their order, all columns unless said otherwise."""
        parts = self.parts(table)
        if not parts:
            return SCHEMAS[table].empty_table().select(columns or SCHEMAS[table].names)
        return pa.concat_tables([read(path, columns) for path in parts])

    def pandas(self, table: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """The same as a data frame."""
        frame: pd.DataFrame = self.table(table, columns).to_pandas()
        return frame


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


def open(dataset: str | Path, number: int | None = None) -> Snapshot:
    """The dataset's live snapshot, or an older one by its number, resolved once.

    >>> open("dataset").pandas("mentions")  # doctest: +SKIP
    """
    if number is not None:
        return numbered(Path(dataset), number)
    folder = require_current(Path(dataset))
    return Snapshot(folder, manifest(folder))


def numbered(dataset: Path, number: int) -> Snapshot:
    """The snapshot of that number, whether or not `current` leads to any."""
    readable = snapshots(dataset)
    if number not in readable:
        names = ", ".join(map(str, readable)) or "none"
        raise DatasetError(f"{dataset}: there is no snapshot {number}; there are: {names}")
    folder = (dataset / "snapshots" / str(number)).resolve()
    return Snapshot(folder, manifest(folder))


def quoted(dataset: Path) -> str:
    """The path as a shell takes it for an argument.

    >>> quoted(Path("绩效[2022]")), quoted(Path("-d"))
    ("'绩效[2022]'", './-d')
    """
    path = str(dataset)
    return shlex.quote(f"./{path}" if path.startswith("-") else path)


def current(dataset: Path) -> Path | None:
    """The live snapshot's folder; None where none was published yet, an error where `current` leads to none."""
    link = dataset / "current"
    if not os.path.lexists(link):
        if snapshots(dataset):
            raise _astray(dataset, "it has snapshots, but no link `current`, as after a copy that leaves out links")
        return None
    if not link.is_symlink():
        kind = "a folder, as after a copy that follows links" if link.is_dir() else "a file"
        raise _astray(dataset, f"`current` is {kind}, and no link to a snapshot")
    snapshot = link.resolve()
    if snapshot.parent != (dataset / "snapshots").resolve() or not _NUMBER.fullmatch(snapshot.name):
        raise _astray(dataset, f"`current` leads to {link.readlink()}, which is no snapshot of this dataset")
    if not snapshot.is_dir():
        raise _astray(dataset, f"`current` leads to {link.readlink()}, which is not there")
    return snapshot


def require_current(dataset: Path) -> Path:
    """The live snapshot's folder, or an error that says how to get one."""
    snapshot = current(dataset)
    if snapshot is None:
        raise DatasetError(
            f"{dataset}: no dataset here (there is no `current`); make one with: jixiao ingest SOURCE {quoted(dataset)}"
        )
    return snapshot


def snapshots(dataset: Path) -> list[int]:
    """The numbers of the snapshots that can be read, oldest first; after a return to an older one, also the later."""
    link = dataset / "current"
    live = link.readlink().name if link.is_symlink() else ""
    marked = {mark.name.removeprefix(UNPUBLISHED) for mark in (dataset / ".work").glob(f"{UNPUBLISHED}*")} - {live}
    return [number for number in numbers(dataset) if str(number) not in marked]


def manifest(snapshot: Path) -> Manifest:
    """The snapshot's manifest."""
    path = snapshot / "manifest.json"
    try:
        facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        parts = {name: Part(**part) for name, part in facts.pop("parts").items()}
        return Manifest(parts=parts, **facts)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _astray(snapshot.parent.parent, f"{path} is missing or damaged ({error})") from None


def write_manifest(snapshot: Path, facts: Manifest) -> None:
    """Write the manifest so that it survives a power cut."""
    text = json.dumps(asdict(facts), ensure_ascii=False, indent=1, sort_keys=True)
    disk.write_durably(snapshot / "manifest.json", text)


def read(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows of one Parquet file, or an error that names it."""
    with explained(path):
        file = pq.ParquetFile(path, page_checksum_verification=True)
        return file.read(columns=None if columns is None else list(columns))


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """What goes wrong while a snapshot's file is read, with its name and the remedy."""
    try:
        yield
    except FileNotFoundError as error:
        missing = error.filename or path
        if not path.parent.parent.exists():
            raise DatasetError(
                f"{path.parent.parent}: the snapshot was retired while it was read; open the dataset again"
            ) from None
        raise DatasetError(f"{missing}: is missing; {_check(path)}") from None
    except (pa.ArrowException, OSError) as error:
        said = str(error).strip().partition("\n")[0]
        raise DatasetError(f"{path}: can't be read and may be damaged ({said}); {_check(path)}") from None


def publish(dataset: Path, staged: Path) -> int:
    """Make the staged folder the live snapshot and answer its number; the live one's, where it holds the very same.

    Of the older ones go those that are neither among the last few nor were live within the last day.
    """
    live = current(dataset)
    if live and _same(manifest(live), manifest(staged)):
        return int(live.name)
    number = max(numbers(dataset), default=0) + 1
    folder = dataset / "snapshots"
    folder.mkdir(exist_ok=True)
    for path in (*(child for child in staged.iterdir() if child.is_dir()), staged):
        disk.sync(path)
    mark = dataset / ".work" / f"{UNPUBLISHED}{number}"
    mark.touch()
    disk.sync(mark.parent)
    staged.rename(folder / str(number))
    disk.sync(folder)
    point(dataset, number)
    mark.unlink()
    _retire(dataset)
    return number


def point(dataset: Path, number: int) -> None:
    """Let `current` lead to the snapshot, in one step; the one that was live begins its last day."""
    link = dataset / "current"
    if link.is_dir():
        os.utime(link)
    fresh = dataset / ".work" / "current"
    fresh.parent.mkdir(exist_ok=True)
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(Path("snapshots") / str(number))
    fresh.replace(link)
    disk.sync(dataset)


GONE = "gone-"
"""How the name of a folder begins that is on its way out."""
UNPUBLISHED = "unpublished-"
"""How the mark of a snapshot begins until `current` leads to it: one that is found was left by a killed run."""


def discard(folder: Path, work: Path | None = None) -> None:
    """Remove a folder, out of the reach of readers and of a worker that outlives its killed run by a moment."""
    gone = (work or folder.parent) / f"{GONE}{os.getpid()}-{time.time_ns()}"
    folder.rename(gone)
    _remove(gone)


def _remove(gone: Path) -> None:
    """Remove what is out of everybody's way; a file that a share holds on to is left to a later run."""
    shutil.rmtree(gone, ignore_errors=True)


def remove_leftovers(dataset: Path) -> None:
    """Remove what a killed run left: staged snapshots, and a snapshot that was never made current.

    Any other snapshot stays: later ones than the current are there because someone went back.
    """
    live = current(dataset)
    work = dataset / ".work"
    for gone in work.glob(f"{GONE}*"):
        _remove(gone)
    for staged in work.glob("next-*"):
        discard(staged)
    for mark in work.glob(f"{UNPUBLISHED}*"):
        number = mark.name.removeprefix(UNPUBLISHED)
        snapshot = dataset / "snapshots" / number
        if (live is None or live.name != number) and snapshot.is_dir():
            discard(snapshot, work)
        mark.unlink()


_NUMBER = re.compile("[1-9][0-9]*")


def numbers(dataset: Path) -> list[int]:
    """The numbers of all snapshots, also of one that a killed run left, oldest first."""
    folder = dataset / "snapshots"
    if not folder.is_dir():
        return []
    return sorted(int(child.name) for child in folder.iterdir() if _NUMBER.fullmatch(child.name))


def _retire(dataset: Path) -> None:
    for number in numbers(dataset)[:-KEPT_SNAPSHOTS]:
        old = dataset / "snapshots" / str(number)
        if time.time() - old.stat().st_mtime > KEPT_SECONDS:
            discard(old, dataset / ".work")


def _same(one: Manifest, other: Manifest) -> bool:
    return replace(one, published="") == replace(other, published="")


def _astray(dataset: Path, what: str) -> DatasetError:
    remedy = f"make its newest whole snapshot current again with: jixiao restore {quoted(dataset)}"
    return DatasetError(f"{dataset}: {what}; {remedy}")


def _check(path: Path) -> str:
    """The command that finds out about a snapshot's file."""
    return f"find out with: jixiao status {quoted(path.parents[3])} --check"
