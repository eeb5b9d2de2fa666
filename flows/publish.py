"""From finished pieces to a new snapshot: only the buckets that change are written, the rest is the last one's."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from extractors.dataset import SCHEMA_VERSION, SCHEMAS, table
from flows import checks, disk, store, work
from flows.older import fitted
from flows.plan import Known, Outcome, bucket, told
from flows.store import Manifest, Part

ROWS_PER_GROUP = 32_768
"""Rows a row group: a query for one year or document skips the groups whose statistics exclude it."""
COMPRESSION = 3


@dataclass(frozen=True)
class Bucket:
    """One bucket of the next snapshot: what it is made of. Paths are strings, so that any worker can take it.

    `pieces` are folders with the reports to take from each; those in `failed` have nothing there but a problem. `kept`
    and `files` are as in `Outcome`.
    """

    staged: str
    old: str | None
    old_buckets: int
    buckets: int
    files: Mapping[str, tuple[str, str]]
    metadata: Mapping[str, str]
    number: int = 0
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kept: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pieces: tuple[tuple[str, frozenset[str]], ...] = ()
    failed: frozenset[str] = frozenset()


Merge = Callable[[Sequence[Bucket]], Iterable[Mapping[str, Part]]]


def publish(
    dataset: Path, before: Known, outcome: Outcome, pieces: Iterable[work.Done], recipe: work.Recipe, merge: Merge
) -> int:
    """Write the next snapshot beside the live one, make it live, and answer its number."""
    staged = dataset / ".work" / f"next-{os.getpid()}-{time.time_ns()}"
    for name in SCHEMAS:
        (staged / name).mkdir(parents=True)
    try:
        manifest = _stage(staged, before, outcome, pieces, recipe, merge)
        store.write_manifest(staged, manifest)
        return store.publish(dataset, staged)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def write_bucket(job: Bucket, tell: work.Tell) -> dict[str, Part]:
    """Write the bucket's file of every table that has rows in it; bucket 0 has all: no table is without a schema."""
    tables = {name: _rows(job, name) for name in SCHEMAS}
    tables["documents"] = _with_sources(tables["documents"], job.sources).sort_by(
        [("fiscal_year", "ascending"), ("doc_id", "ascending")]
    )
    order = tables["documents"]["doc_id"].combine_chunks()
    tables["problems"] = _problems(tables["problems"], job)
    checks.consistent(tables, f"bucket {job.number}")
    written = {}
    for name, rows in tables.items():
        if len(rows) or job.number == 0:
            path = store.part(name, job.number)
            ordered = rows if name == "documents" else _sorted(rows, order)
            written[path] = write_table(ordered.replace_schema_metadata(job.metadata), Path(job.staged) / path)
    return written


def _stage(
    staged: Path, before: Known, outcome: Outcome, pieces: Iterable[work.Done], recipe: work.Recipe, merge: Merge
) -> Manifest:
    """Fill the staged folder and answer its manifest."""
    jobs = _buckets(staged, before, outcome, pieces, recipe)
    parts = {} if outcome.rewrites_all else _share(staged, before, frozenset(jobs))
    for written in merge([job for job in jobs.values() if job.sources or job.number == 0]):
        parts.update(written)
    return Manifest(
        schema_version=SCHEMA_VERSION,
        extractor_version=recipe.version,
        lexicon_digest=recipe.digest,
        buckets=outcome.buckets,
        published=datetime.now(UTC).isoformat(timespec="seconds"),
        parts=dict(sorted(parts.items())),
    )


def _share(staged: Path, before: Known, rewritten: frozenset[int]) -> dict[str, Part]:
    """Take over the files of all other buckets from the live snapshot."""
    if before.manifest is None or before.snapshot is None:
        return {}
    changing = {store.part(name, number) for name in SCHEMAS for number in rewritten}
    kept = {path: part for path, part in before.manifest.parts.items() if path not in changing}
    for path in kept:
        disk.share(before.snapshot / path, staged / path)
    return kept


def _buckets(
    staged: Path, before: Known, outcome: Outcome, pieces: Iterable[work.Done], recipe: work.Recipe
) -> dict[int, Bucket]:
    """The buckets that change, by number, each with what it is made of."""
    fresh: defaultdict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    failed: defaultdict[int, set[str]] = defaultdict(set)
    taken: set[str] = set()
    for piece in pieces:
        for identity in piece.doc_ids:
            if identity in outcome.sources and identity not in taken:
                taken.add(identity)
                fresh[bucket(identity, outcome.buckets)][piece.folder].append(identity)
                if identity in piece.failed:
                    failed[bucket(identity, outcome.buckets)].add(identity)
    sources: defaultdict[int, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for identity, names in outcome.sources.items():
        sources[bucket(identity, outcome.buckets)][identity] = names
    touched = {bucket(identity, outcome.buckets) for identity in outcome.removed | outcome.moved} | fresh.keys()
    if outcome.rewrites_all:
        touched |= sources.keys()
    if outcome.rewrites_all or outcome.files != before.files:
        touched |= {0}
    blank = Bucket(
        staged=str(staged),
        old=str(before.snapshot) if before.snapshot else None,
        old_buckets=before.manifest.buckets if before.manifest else outcome.buckets,
        buckets=outcome.buckets,
        files=outcome.files,
        metadata={
            "schema_version": str(SCHEMA_VERSION),
            "extractor_version": recipe.version,
            "lexicon_digest": recipe.digest,
        },
    )
    return {
        number: replace(
            blank,
            number=number,
            sources=sources[number],
            kept={identity: outcome.kept[identity] for identity in outcome.kept.keys() & sources[number].keys()},
            pieces=tuple((folder, frozenset(docs)) for folder, docs in fresh[number].items()),
            failed=frozenset(failed[number]),
        )
        for number in sorted(touched)
    }


def _rows(job: Bucket, name: str) -> pa.Table:
    """The bucket's rows of one table: those of the live snapshot that stay, and this run's."""
    found = [table(name, [])]
    stay = job.sources.keys() - frozenset().union(*(docs for _, docs in job.pieces))
    again = {identity for identity in job.failed if identity in job.kept.get(identity, ())}
    path = Path(job.old or "") / store.part(name, job.number * job.old_buckets // job.buckets)
    if job.old is not None and (stay or again) and path.exists():
        old = fitted(store.read(path), SCHEMAS[name])
        earlier = _of(old, again)
        if name == "problems":
            earlier = earlier.filter(pc.is_null(earlier["kept"]))
        found += [_of(old, stay), earlier]
    found += [_of(work.table(Path(folder), name), docs) for folder, docs in job.pieces]
    return pa.concat_tables(found).replace_schema_metadata(None)


def _of(rows: pa.Table, doc_ids: Collection[str]) -> pa.Table:
    return rows.filter(pc.is_in(rows["doc_id"], value_set=pa.array(sorted(doc_ids), pa.string())))


def _with_sources(documents: pa.Table, sources: Mapping[str, tuple[str, ...]]) -> pa.Table:
    """The documents with the paths that hold them now: a report that only moved is not extracted again."""
    names = [sources[identity] for identity in documents["doc_id"].to_pylist()]
    columns = {"source": [name[0] for name in names], "other_sources": [name[1:] or None for name in names]}
    for column, values in columns.items():
        index = documents.schema.get_field_index(column)
        field = documents.schema.field(column)
        documents = documents.set_column(index, field, pa.array(values, field.type))
    return documents


def _problems(problems: pa.Table, job: Bucket) -> pa.Table:
    """The problems with the paths that hold the reports now, and what stays where a report failed.

    Bucket 0 also lists the files that are no reports or could not be read.
    """
    rows = problems.to_pylist()
    for row in rows:
        source, *others = job.sources[row["doc_id"]]
        row |= {"source": source, "other_sources": others or None}
        if row["kept"] is not None:
            stays = job.kept.get(row["doc_id"], ())
            row |= {"kept": stays, "reason": told(row["reason"], stays)}
    if job.number == 0:
        rows += [
            {"source": source, "stage": stage, "reason": reason}
            for source, (stage, reason) in sorted(job.files.items())
        ]
    return table("problems", rows)


def _sorted(rows: pa.Table, order: pa.Array) -> pa.Table:
    """The rows in the order of their documents, within one in that of the text; reports that failed come last."""
    keys = pa.table(
        {
            "document": pc.index_in(rows["doc_id"], value_set=order),
            "doc_id": rows["doc_id"],
            "start": rows["start"],
            "end": rows["end"],
        }
    )
    return rows.take(pc.sort_indices(keys, sort_keys=[(name, "ascending") for name in keys.column_names]))


def write_table(rows: pa.Table, path: Path) -> Part:
    """Write one file and wait until it is on the disk."""
    pq.write_table(
        rows,
        path,
        compression="zstd",
        compression_level=COMPRESSION,
        row_group_size=ROWS_PER_GROUP,
        write_page_index=True,
        write_page_checksum=True,
    )
    disk.sync(path)
    data = path.read_bytes()
    return Part(rows=len(rows), bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
