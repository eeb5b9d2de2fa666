"""What a worker does with a piece of the reports: read, extract, check, write the rows beside the dataset.

A piece's rows lie in a folder named by what went in (content hashes, version, lexicons): it appears as a whole or not
at all, so that a run that was killed leaves finished pieces for the next, which does not do them again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from extractors import dataset, formats
from extractors.errors import UnreadableReport
from extractors.types import Document
from flows import checks

ROWS_IN_HAND = 50
"""Reports whose rows are held as Python values before they become Arrow columns: keeps memory flat."""
SLOWEST = 5

Tell = Callable[[str], None]
Records = dict[str, list[dataset.Row]]


class ChangedReportError(OSError):
    """The file no longer holds what it held when the run began."""


@dataclass(frozen=True)
class Item:
    """A report to be extracted; `path` is its file or, where that is gone, the Parquet file that holds its text."""

    doc_id: str
    source: str
    path: str
    stored: bool = False


@dataclass(frozen=True)
class Recipe:
    """How reports are extracted; `pipeline` names the module, so that tests can put a faulty one in its place."""

    version: str
    digest: str
    segmenter: str = "jieba"
    pipeline: str = "extractors.pipeline"
    model: str | None = None

    def load(self) -> Callable[[Document], Any]:
        """The extraction as a function of the document, lexicons and models loaded."""
        module = import_module(self.pipeline)
        settings = module.Settings(segmenter=self.segmenter, model=self.model)
        return lambda doc: module.extract(doc, settings)


@dataclass(frozen=True)
class Piece:
    """Reports for one worker; `lost` are those that earlier tries did not survive, with stage and reason."""

    items: tuple[Item, ...]
    recipe: Recipe
    spool: str
    lost: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where the piece's rows lie when it is done."""
        names = "\n".join(item.doc_id for item in self.items)
        return Path(self.spool) / hashlib.sha256(names.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Done:
    """What came of a piece: its folder and what the run's report says of it."""

    folder: str
    doc_ids: tuple[str, ...]
    failed: Mapping[str, tuple[str, str]]
    mentions: Mapping[str, int]
    slowest: tuple[tuple[float, str], ...]
    sha256: Mapping[str, str]


def extract(piece: Piece, tell: Tell) -> Done:
    """Extract the piece's reports into its folder; `tell` hears the `doc_id` of each report before it is begun."""
    done = finished(piece.folder)
    if done is not None:
        return done
    pipeline = piece.recipe.load()
    tables: list[dict[str, pa.Table]] = []
    in_hand: list[Records] = []
    times: list[tuple[float, str]] = []
    for item in piece.items:
        tell(item.doc_id)
        begin = time.perf_counter()
        in_hand.append(_guarded(item, pipeline, piece))
        times.append((round(time.perf_counter() - begin, 3), item.source))
        if len(in_hand) == ROWS_IN_HAND:
            tables.append(_tables(in_hand))
            in_hand.clear()
    tell("")
    tables.append(_tables(in_hand))
    return _write(piece, {name: pa.concat_tables([part[name] for part in tables]) for name in dataset.SCHEMAS}, times)


def finished(folder: Path) -> Done | None:
    """What an earlier run made of the piece, if all of it is there, byte for byte."""
    try:
        facts = json.loads((folder / "done.json").read_text(encoding="utf-8"))
        if any(_digest(folder / name) != digest for name, digest in facts["sha256"].items()):
            return None
    except (OSError, ValueError, KeyError):
        return None
    facts["doc_ids"] = tuple(facts["doc_ids"])
    facts["failed"] = {identity: (stage, reason) for identity, (stage, reason) in facts["failed"].items()}
    facts["slowest"] = tuple((seconds, source) for seconds, source in facts["slowest"])
    return Done(folder=str(folder), **facts)


def table(folder: Path, name: str) -> pa.Table:
    """One table of a finished piece."""
    with pa.memory_map(str(folder / f"{name}.arrow")) as file:
        return pa.ipc.open_file(file).read_all()


def _guarded(item: Item, pipeline: Callable[[Document], Any], piece: Piece) -> Records:
    """The report's rows; whatever goes wrong with one report becomes a `problems` row and the others go on."""
    if item.doc_id in piece.lost:
        return _problem(item.doc_id, item.source, *piece.lost[item.doc_id])
    try:
        report = pipeline(_stored(item) if item.stored else _read(item))
        return dataset.rows(report, extractor_version=piece.recipe.version, lexicon_digest=piece.recipe.digest)
    except UnreadableReport as error:
        return _problem(item.doc_id, item.source, "read", str(error))
    except OSError as error:
        return _problem(item.doc_id, item.source, "open", error.strerror or str(error))
    except Exception as error:  # noqa: BLE001 -- the one guard: no report may stop the others
        stage = "worker" if isinstance(error, MemoryError) else "extract"
        return _problem(item.doc_id, item.source, stage, _reason(error))


def _read(item: Item) -> Document:
    data = Path(item.path).read_bytes()
    if formats.doc_id(data) != item.doc_id:
        raise ChangedReportError("the file changed during the run; the next run takes it as it is then")
    return formats.read(data, item.source)


def _stored(item: Item) -> Document:
    """The report as the dataset holds it, for one whose file is gone."""
    columns = ["doc_id", "source", "text", "encoding", "bytes"]
    stored = pq.read_table(item.path, columns=columns, filters=pc.field("doc_id") == item.doc_id).to_pylist()[0]
    return Document(item.doc_id, item.source, stored["text"], stored["encoding"], stored["bytes"])


def _reason(error: Exception) -> str:
    """The error in one line, with the place in the code where it was raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" ({Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno})" if trace else ""
    return f"{type(error).__name__}: {error}{place}"


def _problem(doc_id: str, source: str, stage: str, reason: str) -> Records:
    row = {"doc_id": doc_id, "source": source, "stage": stage, "reason": reason, "kept": []}
    return {name: [] for name in dataset.SCHEMAS} | {"problems": [row]}


def _tables(records: Iterable[Records]) -> dict[str, pa.Table]:
    made = list(records)
    try:
        tables = _converted(made)
    except (TypeError, ValueError, OverflowError):
        tables = _converted([_fitting(rows) for rows in made])
    return _without_faults(tables)


def _converted(records: Sequence[Records]) -> dict[str, pa.Table]:
    return {name: dataset.table(name, (row for rows in records for row in rows[name])) for name in dataset.SCHEMAS}


def _fitting(rows: Records) -> Records:
    """The report's rows; a problem instead, where a value is not of its column's type."""
    try:
        _converted([rows])
    except (TypeError, ValueError, OverflowError) as error:
        document = rows["documents"][0]
        return _problem(document["doc_id"], document["source"], "check", f"a value does not fit its column: {error}")
    return rows


def _without_faults(tables: dict[str, pa.Table]) -> dict[str, pa.Table]:
    """The tables without the reports that break a rule; a `problems` row says which."""
    faults = checks.faults(tables)
    if not faults:
        return tables
    sources = dict(zip(*(tables["documents"][name].to_pylist() for name in ("doc_id", "source")), strict=True))
    rows = [
        {"doc_id": identity, "source": sources.get(identity, ""), "stage": "check", "reason": reason, "kept": []}
        for identity, reason in sorted(faults.items())
    ]
    sound = {name: table.filter(~pc.field("doc_id").isin(list(faults))) for name, table in tables.items()}
    return sound | {"problems": pa.concat_tables([sound["problems"], dataset.table("problems", rows)])}


def _write(piece: Piece, tables: Mapping[str, pa.Table], times: list[tuple[float, str]]) -> Done:
    """Write the piece's tables into a folder of their own and give it its name when all is there."""
    folder = piece.folder
    fresh = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    for name, rows in tables.items():
        with pa.ipc.new_file(fresh / f"{name}.arrow", rows.schema, options=options) as writer:
            writer.write_table(rows)
    documents = set(tables["documents"]["doc_id"].to_pylist())
    problems = tables["problems"].select(["doc_id", "stage", "reason"]).to_pylist()
    done = Done(
        folder=str(folder),
        doc_ids=tuple(item.doc_id for item in piece.items),
        failed={row["doc_id"]: (row["stage"], row["reason"]) for row in problems if row["doc_id"] not in documents},
        mentions=_counts(tables["mentions"]),
        slowest=tuple(sorted(times, reverse=True)[:SLOWEST]),
        sha256={f"{name}.arrow": _digest(fresh / f"{name}.arrow") for name in tables},
    )
    facts = {name: value for name, value in asdict(done).items() if name != "folder"}
    (fresh / "done.json").write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
    return done


def _counts(mentions: pa.Table) -> dict[str, int]:
    """Mentions by `kind/category`."""
    pairs = zip(mentions["kind"].to_pylist(), mentions["category"].to_pylist(), strict=True)
    return dict(Counter(f"{kind}/{category or ''}" for kind, category in pairs))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
