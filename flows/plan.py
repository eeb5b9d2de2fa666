"""What a run has to do: the source folder held against the dataset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from extractors.dataset import SCHEMA_VERSION
from extractors.errors import DatasetError
from flows import store
from flows.scan import Scan
from flows.store import Manifest
from flows.work import Item

PASSING = frozenset({"open", "timeout", "worker"})
"""Stages whose failure may pass: such reports are tried again by every run."""

DOCS_PER_BUCKET = 2_000
FEWEST_BUCKETS = 64
"""Files a table: few enough for pandas, many enough that a night's change leaves most of a large dataset alone."""


@dataclass(frozen=True)
class Known:
    """What the live snapshot holds: sources by `doc_id`, and the stage at which failed ones failed."""

    snapshot: Path | None = None
    manifest: Manifest | None = None
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """What to extract, and which sources every report of the next snapshot has."""

    todo: tuple[Item, ...]
    sources: Mapping[str, tuple[str, ...]]
    removed: frozenset[str]
    moved: frozenset[str]
    unreadable: Mapping[str, str]
    buckets: int
    rewrites_all: bool
    new: int
    changed: int
    redone: int
    skipped: int

    def publishes(self, known: Known) -> bool:
        """Whether anything but the outcome of `todo` asks for a new snapshot."""
        return bool(self.rewrites_all or self.removed or self.moved or self.unreadable != known.unreadable)


def known(dataset: Path) -> Known:
    """Read what the dataset's live snapshot holds."""
    snapshot = store.current(dataset)
    if snapshot is None:
        return Known()
    manifest = store.manifest(snapshot)
    if manifest.schema_version > SCHEMA_VERSION:
        raise DatasetError(
            f"{dataset}: written with schema {manifest.schema_version}, this Jixiao knows {SCHEMA_VERSION}; "
            "install the newer Jixiao, or ingest into another folder"
        )
    documents = _columns(snapshot / "documents", ["doc_id", "source", "other_sources"])
    sources = {row["doc_id"]: (row["source"], *(row["other_sources"] or "").splitlines()) for row in documents}
    failed: dict[str, str] = {}
    unreadable: dict[str, str] = {}
    for row in _columns(snapshot / "problems", ["doc_id", "source", "stage", "reason"]):
        if row["doc_id"] is None:
            unreadable[row["source"]] = row["reason"]
        elif row["doc_id"] not in sources or row["doc_id"] in failed:
            failed[row["doc_id"]] = row["stage"]
            sources[row["doc_id"]] = tuple(row["source"].splitlines())
    return Known(snapshot, manifest, sources, failed, unreadable)


def plan(source: Path, found: Scan, before: Known, version: str, digest: str, *, prune: bool) -> Plan:
    """Decide by content: what is unchanged and was made by the same version and lexicons is left alone."""
    sources = _sources(found, before, prune=prune)
    made_by = before.manifest and (
        before.manifest.schema_version,
        before.manifest.extractor_version,
        before.manifest.lexicon_digest,
    )
    current = made_by == (SCHEMA_VERSION, version, digest)
    done = {name for name in before.sources if current and before.failed.get(name) not in PASSING}
    todo = tuple(_item(identity, sources, source, found, before) for identity in sorted(sources.keys() - done))
    fresh = [item.doc_id for item in todo if item.doc_id not in before.sources]
    paths = {name for names in before.sources.values() for name in names}
    changed = sum(any(name in paths for name in sources[identity]) for identity in fresh)
    buckets = _buckets(len(sources), before)
    return Plan(
        todo=todo,
        sources=sources,
        removed=frozenset(before.sources.keys() - sources.keys()),
        moved=frozenset(
            name for name in sources.keys() & before.sources.keys() if sources[name] != before.sources[name]
        ),
        unreadable=dict(found.unreadable),
        buckets=buckets,
        rewrites_all=not current or before.manifest is None or buckets != before.manifest.buckets,
        new=len(fresh) - changed,
        changed=changed,
        redone=len(todo) - len(fresh),
        skipped=len(sources) - len(todo),
    )


def bucket(doc_id: str, buckets: int) -> int:
    """The report's bucket: the leading bits of its content hash, so that buckets are ranges of `doc_id`."""
    return int(doc_id[:8], 16) * buckets >> 32


def _sources(found: Scan, before: Known, *, prune: bool) -> dict[str, tuple[str, ...]]:
    """Sources of every report that the next snapshot holds: as found; else, unless pruned, the vanished paths.

    A failed report whose file is gone has nothing to keep.
    """
    sources = dict(found.sources)
    taken = {name for names in found.sources.values() for name in names}
    for identity, names in before.sources.items():
        if identity not in sources and identity not in before.failed:
            left = tuple(name for name in names if name not in taken and (not prune or name in found.unreadable))
            if left:
                sources[identity] = left
    return sources


def _item(identity: str, sources: Mapping[str, tuple[str, ...]], source: Path, found: Scan, before: Known) -> Item:
    name = sources[identity][0]
    if identity in found.sources or before.snapshot is None or before.manifest is None:
        return Item(identity, name, str(source / name))
    part = store.part("documents", bucket(identity, before.manifest.buckets))
    return Item(identity, name, str(before.snapshot / part), stored=True)


def _buckets(documents: int, before: Known) -> int:
    """As many buckets as before; four times as many whenever they would grow beyond what one process should hold."""
    buckets = before.manifest.buckets if before.manifest else FEWEST_BUCKETS
    while documents > buckets * DOCS_PER_BUCKET:
        buckets *= 4
    return buckets


def _columns(folder: Path, names: list[str]) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("*.parquet")):
        yield from store.read(path, names).to_pylist()
