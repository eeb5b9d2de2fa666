"""What a run has to do, and what the next snapshot holds: the source folder held against the dataset.

A report stays in the dataset until what its file holds now has been read: where that fails, where the file can't be
reached, and, unless pruned, where it is gone. So what a run holds is settled in two steps: `plan` says what to extract,
`settle`, which knows what failed, what stays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from extractors.dataset import SCHEMA_VERSION, SCHEMAS, Row
from extractors.errors import DatasetError
from flows import store
from flows.older import fitted
from flows.scan import Scan
from flows.store import Manifest
from flows.work import Item

PASSING = frozenset({"open", "timeout", "worker"})
"""Stages whose failure may pass: such reports are tried again by every run."""

DOCS_PER_BUCKET = 2_000
FEWEST_BUCKETS = 64
"""Files a table: few enough for pandas, many enough that a night's change leaves most of a large dataset alone."""

FEW = 100
"""So many reports may be retired at once even where they are most of the dataset."""

STAYS = "; what was read earlier stays"
"""How a problem's reason ends where rows are kept in the report's place."""

Names = tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """What the live snapshot holds.

    `sources` are the names of every report by `doc_id`: of those in `held`, which have rows, and of failed ones.
    `failed` is the stage at which a report last failed. `files` are files that are no reports or could not be read, by
    name with stage and reason.
    """

    snapshot: Path | None = None
    manifest: Manifest | None = None
    sources: Mapping[str, Names] = field(default_factory=dict)
    held: frozenset[str] = frozenset()
    failed: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """What to extract: `sources` are the names of every report that the next snapshot may hold.

    `left` are, of those reports that have rows, the names that do not hold them now and are not said to be gone.
    """

    found: Scan
    before: Known
    todo: tuple[Item, ...]
    sources: Mapping[str, Names]
    left: Mapping[str, Names]
    current: bool
    retired: Names


@dataclass(frozen=True)
class Outcome:
    """What the next snapshot holds: every report by `doc_id` with its names, those that failed among them.

    `kept` names by a failed report's `doc_id` those whose rows stay in its place: itself, read earlier, or what its
    files held before. `files` are as in `Known`, `hidden` as in `Scan`; `retired` are the names of pruned reports.
    """

    sources: Mapping[str, Names]
    kept: Mapping[str, Names]
    files: Mapping[str, tuple[str, str]]
    removed: frozenset[str]
    moved: frozenset[str]
    retired: Names
    hidden: int
    buckets: int
    rewrites_all: bool
    new: int
    changed: int
    redone: int
    skipped: int

    def publishes(self, before: Known) -> bool:
        """Whether anything but the rows that were extracted asks for a new snapshot."""
        return bool(self.rewrites_all or self.removed or self.moved or self.files != before.files)


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
    sources = {row["doc_id"]: _names(row) for row in _rows(snapshot, "documents", "doc_id", "source", "other_sources")}
    held = frozenset(sources)
    failed: dict[str, str] = {}
    files: dict[str, tuple[str, str]] = {}
    for row in _rows(snapshot, "problems", "doc_id", "source", "other_sources", "stage", "reason", "kept"):
        identity = row["doc_id"]
        if identity is None:
            files[row["source"]] = row["stage"], row["reason"]
        elif identity not in held or row["kept"] is not None:
            failed[identity] = row["stage"]
            sources[identity] = _names(row)
    return Known(snapshot, manifest, sources, held, failed, files)


def plan(found: Scan, before: Known, version: str, digest: str, *, prune: bool) -> Plan:
    """Decide by content: what is unchanged and was made by the same version and lexicons is left alone."""
    left = _left(found, before, prune=prune)
    sources = dict(found.sources)
    for identity, names in left.items():
        sources[identity] = _joined(found.sources.get(identity, ()), names)
    made_by = before.manifest and (
        before.manifest.schema_version,
        before.manifest.extractor_version,
        before.manifest.lexicon_digest,
    )
    current = made_by == (SCHEMA_VERSION, version, digest)
    done = {identity for identity in before.sources if current and before.failed.get(identity) not in PASSING}
    return Plan(
        found=found,
        before=before,
        todo=tuple(_item(identity, sources, found, before) for identity in sorted(sources.keys() - done)),
        sources=sources,
        left=left,
        current=current,
        retired=_retired(found.folder, before, sources),
    )


def settle(plan: Plan, failed: Collection[str]) -> Outcome:
    """What stays, where these reports of `plan.todo` failed."""
    before, found = plan.before, plan.found
    todo = {item.doc_id for item in plan.todo}
    failing = {*failed, *(before.failed.keys() - todo)}
    unread = failing - before.held
    sources = dict(found.sources)
    kept: defaultdict[str, set[str]] = defaultdict(set)
    for identity, names in plan.left.items():
        staying = tuple(name for name in names if name not in found.at or found.at[name] in unread)
        if staying:
            sources[identity] = _joined(found.sources.get(identity, ()), staying)
        for name in found.at.keys() & staying:
            kept[found.at[name]].add(identity)
    for identity in failing & before.held & sources.keys():
        kept[identity].add(identity)
    return _outcome(plan, sources, {identity: tuple(sorted(stay)) for identity, stay in kept.items()}, todo)


def told(reason: str, kept: Names) -> str:
    """The reason of a failure, and whether rows are kept in the report's place."""
    return reason.removesuffix(STAYS) + (STAYS if kept else "")


def bucket(doc_id: str, buckets: int) -> int:
    """The report's bucket: the leading bits of its content hash, so that buckets are ranges of `doc_id`."""
    return int(doc_id[:8], 16) * buckets >> 32


def _outcome(plan: Plan, sources: Mapping[str, Names], kept: Mapping[str, Names], todo: set[str]) -> Outcome:
    before, found = plan.before, plan.found
    both = sources.keys() & before.sources.keys()
    fresh = (sources.keys() & todo) - before.sources.keys()
    paths = {name for names in before.sources.values() for name in names}
    changed = sum(any(name in paths for name in sources[identity]) for identity in fresh)
    buckets = _buckets(len(sources), before)
    unreadable = {name: ("open", reason) for name, reason in found.unreadable.items()}
    return Outcome(
        sources=sources,
        kept=kept,
        files=unreadable | {name: ("format", reason) for name, reason in found.others.items()},
        removed=frozenset(before.sources.keys() - sources.keys()),
        moved=frozenset(name for name in both if sources[name] != before.sources[name]),
        retired=plan.retired,
        hidden=found.hidden,
        buckets=buckets,
        rewrites_all=not plan.current or before.manifest is None or buckets != before.manifest.buckets,
        new=len(fresh) - changed,
        changed=changed,
        redone=len(both & todo),
        skipped=len(sources.keys() - todo),
    )


def _left(found: Scan, before: Known, *, prune: bool) -> dict[str, Names]:
    """The names, by report, that do not hold it now and may keep it: taken by another content, unreachable, or gone.

    A gone name keeps nothing where the report lies elsewhere: it was renamed.
    """
    left = {}
    for identity in before.held:
        gone_stays = not prune and identity not in found.sources
        names = tuple(
            name
            for name in before.sources[identity]
            if (found.at[name] != identity if name in found.at else gone_stays or found.may_be_there(name))
        )
        if names:
            left[identity] = names
    return left


def _retired(source: Path, before: Known, sources: Mapping[str, Names]) -> Names:
    """The names of the reports that are pruned; where they are most of many, an error."""
    gone = before.held - sources.keys()
    if len(gone) > FEW and 2 * len(gone) > len(before.held):
        raise DatasetError(
            f"{source}: the files of {len(gone)} of {len(before.held)} reports are gone, as if a part of the folder "
            "were not mounted; nothing was changed. Mount it or, if they are meant to go, ingest into a new dataset"
        )
    return tuple(sorted(name for identity in gone for name in before.sources[identity]))


def _item(identity: str, sources: Mapping[str, Names], found: Scan, before: Known) -> Item:
    if identity in found.sources or before.snapshot is None or before.manifest is None:
        name = found.sources[identity][0]
        return Item(identity, name, found.path(name))
    part = store.part("documents", bucket(identity, before.manifest.buckets))
    return Item(identity, sources[identity][0], str(before.snapshot / part), stored=True)


def _buckets(documents: int, before: Known) -> int:
    """As many buckets as before; four times as many whenever they would grow beyond what one process should hold."""
    buckets = before.manifest.buckets if before.manifest else FEWEST_BUCKETS
    while documents > buckets * DOCS_PER_BUCKET:
        buckets *= 4
    return buckets


def _joined(some: Names, others: Names) -> Names:
    return tuple(sorted({*some, *others}))


def _names(row: Row) -> Names:
    return (row["source"], *(row["other_sources"] or ()))


def _rows(snapshot: Path, table: str, *columns: str) -> Iterator[Row]:
    schema = pa.schema([SCHEMAS[table].field(name) for name in columns])
    for path in sorted((snapshot / table).glob("*.parquet")):
        yield from fitted(store.read(path, columns), schema).to_pylist()
