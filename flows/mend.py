"""Whether a snapshot is what its manifest says, and the way back to one that is."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from extractors.dataset import SCHEMAS
from extractors.errors import DatasetError
from flows import disk, publish, store
from flows.store import Snapshot

NAMED = 20
"""So many files are named in one message."""

Tell = Callable[[int, int], None]
"""Hears how many bytes of how many are read."""


@dataclass(frozen=True)
class Fault:
    """A file of a snapshot, and what is wrong with it."""

    path: str
    what: str


def changed(snapshot: Snapshot) -> list[Fault]:
    """The files that are missing, of another size, or not of the snapshot: what costs one look at each."""
    faults = []
    for path, part in snapshot.manifest.parts.items():
        file = snapshot.folder / path
        if not file.is_file():
            faults.append(Fault(path, "missing"))
        elif file.stat().st_size != part.bytes:
            faults.append(Fault(path, f"{file.stat().st_size:,} bytes, published with {part.bytes:,}"))
    return faults + [Fault(path, "not of this snapshot") for path in _extra(snapshot)]


def require_unchanged(dataset: Path) -> None:
    """Refuse to go on from a snapshot whose files are missing or cut: what they held would be lost."""
    if store.current(dataset) is None:
        return
    snapshot = store.open(dataset)
    faults = [fault for fault in changed(snapshot) if fault.path in snapshot.manifest.parts]
    if faults:
        raise DatasetError(f"{snapshot.folder}: {told(faults)}; {remedy(dataset, snapshot)}")


def damaged(snapshot: Snapshot, tell: Tell | None = None) -> list[Fault]:
    """The files that are not, byte for byte, what was published; all are read."""
    faults = {fault.path: fault for fault in changed(snapshot)}
    total, read = sum(part.bytes for part in snapshot.manifest.parts.values()), 0
    for path, part in snapshot.manifest.parts.items():
        if path not in faults:
            with (snapshot.folder / path).open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != part.sha256:
                    faults[path] = Fault(path, "another content than was published")
        read += part.bytes
        if tell:
            tell(read, total)
    return list(faults.values())


def remedy(dataset: Path, snapshot: Snapshot) -> str:
    """What to do about a damaged snapshot: files from a copy, another snapshot that is whole, or reading anew."""
    command = f"jixiao restore {store.quoted(dataset)}"
    whole = _newest_whole(dataset, [number for number in store.snapshots(dataset) if number != snapshot.number])
    if whole is not None:
        return (
            f"put the files back from a copy, or go back to snapshot {whole}, which is whole, with: {command} {whole}; "
            "the next run reads again what is newer"
        )
    return (
        "put the files back from a copy, or, as no other snapshot is whole, leave out what shares a bucket with them: "
        f"{command} {snapshot.number} --without-damaged; the next run reads those reports again, and only those whose "
        "file is gone are lost"
    )


def restore(dataset: Path, number: int | None = None, *, without_damaged: bool = False) -> int:
    """Let `current` lead to a whole snapshot: the numbered one, else the newest; answers its number.

    A folder that stands in the place of `current` becomes a snapshot of its own, and later snapshots stay. Without
    what is damaged, a new snapshot is made of the buckets that are whole.
    """
    if not (dataset / "snapshots").is_dir() and not (dataset / "current" / "manifest.json").is_file():
        raise DatasetError(f"{dataset}: no snapshot here; make one with: jixiao ingest SOURCE {store.quoted(dataset)}")
    with store.writer(dataset):
        _take_in(dataset)
        with suppress(DatasetError):  # `current` may lead nowhere yet
            store.remove_leftovers(dataset)
        numbers = store.snapshots(dataset)
        chosen = number if number is not None else _newest_whole(dataset, numbers)
        if chosen is None:
            raise DatasetError(
                f"{dataset}: no snapshot is whole ({', '.join(map(str, numbers))}); choose one to see what is damaged: "
                f"jixiao restore {store.quoted(dataset)} {numbers[-1]}"
            )
        snapshot = store.numbered(dataset, chosen)
        faults = damaged(snapshot)
        if faults and not without_damaged:
            raise DatasetError(f"{snapshot.folder}: {told(faults)}; {remedy(dataset, snapshot)}")
        store.point(dataset, chosen)
        return _publish_whole(dataset, snapshot, faults) if faults else chosen


def told(faults: Sequence[Fault]) -> str:
    """The faults in one line."""
    named = "; ".join(f"{fault.path}: {fault.what}" for fault in faults[:NAMED])
    return f"{named}; and {len(faults) - NAMED} more" if len(faults) > NAMED else named


def _extra(snapshot: Snapshot) -> list[str]:
    """Files beside the tables' own, which a reader of whole folders would take for rows."""
    found = (path for path in snapshot.folder.glob("*/*") if not path.name.startswith("."))
    return sorted({path.relative_to(snapshot.folder).as_posix() for path in found} - snapshot.manifest.parts.keys())


def _newest_whole(dataset: Path, numbers: Sequence[int]) -> int | None:
    for number in reversed(numbers):
        with suppress(DatasetError):
            if not damaged(store.numbered(dataset, number)):
                return number
    return None


def _take_in(dataset: Path) -> None:
    """A folder in the place of `current` becomes the newest snapshot."""
    folder = dataset / "current"
    if folder.is_symlink() or not folder.is_dir():
        return
    if not (folder / "manifest.json").is_file():
        raise DatasetError(f"{folder}: is a folder and no snapshot; move it away and start again")
    (dataset / "snapshots").mkdir(exist_ok=True)
    folder.rename(dataset / "snapshots" / str(max(store.numbers(dataset), default=0) + 1))


def _publish_whole(dataset: Path, snapshot: Snapshot, faults: Sequence[Fault]) -> int:
    """A new snapshot of the buckets in which nothing is damaged: a bucket holds all rows of its reports."""
    lost = {Path(fault.path).name for fault in faults if fault.path in snapshot.manifest.parts}
    parts = {path: part for path, part in snapshot.manifest.parts.items() if Path(path).name not in lost}
    staged = dataset / ".work" / f"next-{os.getpid()}-{time.time_ns()}"
    for name in SCHEMAS:
        (staged / name).mkdir(parents=True)
    for path in parts:
        disk.share(snapshot.folder / path, staged / path)
    for path in (store.part(name, 0) for name in SCHEMAS):
        if path not in parts:
            parts[path] = publish.write_table(_no_rows(staged / path), staged / path)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    store.write_manifest(staged, replace(snapshot.manifest, parts=dict(sorted(parts.items())), published=now))
    return store.publish(dataset, staged)


def _no_rows(path: Path) -> pa.Table:
    """No rows in the columns of the table's other files, which an older Jixiao may have written."""
    beside = next(path.parent.glob("*.parquet"), None)
    return pq.read_schema(beside).empty_table() if beside else SCHEMAS[path.parent.name].empty_table()
