"""What a worker does with a piece of the reports: read, extract, check, write the rows beside the dataset.

Each report is written down as soon as it is done (`journal`), the piece's rows at the end, in a folder named by what
went in (content hashes, recipe) that appears as a whole or not at all. So neither a worker that takes over from a dead
one nor the next run does a report again that was done.
"""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from extractors import dataset, formats
from extractors.errors import JixiaoError, UnreadableReport, in_words
from extractors.types import Document
from flows import checks, journal
from flows.journal import Entry

ROWS_IN_HAND = 50
"""Reports whose rows are held as Python values before they become Arrow columns: keeps memory flat."""
SLOWEST = 5

Tell = Callable[[str], None]
Records = dict[str, list[dataset.Row]]
Made = TypeVar("Made")


class ChangedReportError(OSError):
    """The file no longer holds what it held when the run began."""


class OtherRecipeError(JixiaoError):
    """A worker would read reports in another way than its run."""


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

    @classmethod
    def of(cls, pipeline: str, segmenter: str, model: str | None) -> Recipe:
        """The recipe as code, lexicons and models are now."""
        module = import_module(pipeline)
        settings = module.Settings(segmenter=segmenter, model=model)
        return cls(module.version(settings), module.digest(settings), segmenter, pipeline, model)

    @cache  # noqa: B019 -- for the life of the process, as what it has loaded
    def load(self) -> Callable[[Document], Any]:
        """The extraction as a function of the document, lexicons and models loaded."""
        module = import_module(self.pipeline)
        settings = module.Settings(segmenter=self.segmenter, model=self.model)
        module.load(settings)
        if Recipe.of(self.pipeline, self.segmenter, self.model) != self:
            raise OtherRecipeError(
                f"{module.__file__}: the code, lexicons, models or libraries that a worker found are not those that "
                "the run began with; let them rest while a run works, and be the same on all machines, and start again"
            )
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
        return _folder(Path(self.spool), (item.doc_id for item in self.items))


@dataclass(frozen=True)
class Done:
    """What came of a piece: its folder and what the run's report says of it."""

    folder: str
    doc_ids: tuple[str, ...]
    failed: Mapping[str, tuple[str, str]]
    mentions: Mapping[str, int]
    slowest: tuple[tuple[float, str], ...]
    sha256: Mapping[str, str]

    @property
    def sound(self) -> Done:
        """The piece without the reports that failed: what made them fail may be mended."""
        return replace(self, doc_ids=tuple(name for name in self.doc_ids if name not in self.failed), failed={})


def extract(piece: Piece, tell: Tell) -> Done:
    """Extract the piece's reports into its folder; `tell` hears the `doc_id` of each report before it is begun."""
    done = finished(piece.folder)
    if done is None:
        done = _write(piece.folder, tuple(item.doc_id for item in piece.items), _entries(piece, tell), tell)
    journal.discard(piece.folder.parent, piece.folder.name)
    return done


def salvage(spool: Path, tell: Tell) -> None:
    """Make pieces of the reports that were done before their worker and its run were killed."""
    for piece in journal.pieces(spool):
        entries = {entry.doc_id: entry for entry in journal.read(spool, piece) if entry.records["documents"]}
        if entries:
            _write(_folder(spool, entries), tuple(entries), entries.values(), tell)
        journal.discard(spool, piece)


def finished(folder: Path) -> Done | None:
    """What an earlier run made of the piece, if all of it is there, byte for byte."""
    try:
        facts = json.loads((folder / "done.json").read_text(encoding="utf-8"))
        if any(_digest(folder / name) != digest for name, digest in facts["sha256"].items()):
            return None
        facts["doc_ids"] = tuple(facts["doc_ids"])
        facts["failed"] = {identity: (stage, reason) for identity, (stage, reason) in facts["failed"].items()}
        facts["slowest"] = tuple((seconds, source) for seconds, source in facts["slowest"])
        return Done(folder=str(folder), **facts)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def table(folder: Path, name: str) -> pa.Table:
    """One table of a finished piece."""
    with pa.memory_map(str(folder / f"{name}.arrow")) as file:
        return pa.ipc.open_file(file).read_all()


def _folder(spool: Path, doc_ids: Iterable[str]) -> Path:
    return spool / hashlib.sha256("\n".join(doc_ids).encode()).hexdigest()[:16]


def _entries(piece: Piece, tell: Tell) -> Iterator[Entry]:
    """What came of each of the piece's reports: as an earlier worker wrote it down, else extracted now."""
    spool, left = piece.folder.parent, {item.doc_id: item for item in piece.items}
    for entry in journal.read(spool, piece.folder.name):
        if left.pop(entry.doc_id, None):
            yield entry
    if not left:
        return
    pipeline = piece.recipe.load()
    with journal.writer(spool, piece.folder.name) as write:
        for item in left.values():
            tell(item.doc_id)
            entry, packed = _extracted(item, pipeline, piece)
            write(packed)
            yield entry


def _extracted(item: Item, pipeline: Callable[[Document], Any], piece: Piece) -> tuple[Entry, bytes]:
    """The report's entry, as it is and packed; whatever goes wrong with it becomes a `problems` row."""
    begin = time.perf_counter()

    def packed(records: Records) -> tuple[Entry, bytes]:
        entry = Entry(item.doc_id, item.source, round(time.perf_counter() - begin, 3), records)
        return entry, journal.pack(entry)

    made = _tried(lambda: packed(_rows(item, pipeline, piece)))
    return made if isinstance(made, tuple) else packed(_problem(item.doc_id, item.source, *_stage(made)))


def _tried(step: Callable[[], Made]) -> Made | BaseException:
    """What the step makes, or what it raises: the one guard, so that no report stops the others."""
    try:
        return step()
    except BaseException as error:  # noqa: BLE001 -- a library's panic and its `sys.exit` too
        return error


def _rows(item: Item, pipeline: Callable[[Document], Any], piece: Piece) -> Records:
    if item.doc_id in piece.lost:
        return _problem(item.doc_id, item.source, *piece.lost[item.doc_id])
    report = pipeline(_stored(item) if item.stored else _read(item))
    return dataset.rows(report, extractor_version=piece.recipe.version, lexicon_digest=piece.recipe.digest)


def _stage(error: BaseException) -> tuple[str, str]:
    """The step that failed, and why."""
    if isinstance(error, UnreadableReport):
        return "read", str(error)
    if isinstance(error, OSError):
        return "open", error.strerror or str(error)
    return "worker" if isinstance(error, MemoryError) else "extract", in_words(error)


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


def _problem(doc_id: str, source: str, stage: str, reason: str) -> Records:
    row = {"doc_id": doc_id, "source": _storable(source), "stage": stage, "reason": _storable(reason), "kept": []}
    return {name: [] for name in dataset.SCHEMAS} | {"problems": [row]}


def _storable(text: str) -> str:
    """The text with its lone surrogates, which no file can hold, written out as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _gathered(entries: Iterable[Entry], tell: Tell) -> tuple[dict[str, pa.Table], list[tuple[float, str]]]:
    """The rows of all entries by table, and the seconds that each report took."""
    tables, times, in_hand = [], [], list[Entry]()
    for entry in entries:
        in_hand.append(entry)
        times.append((entry.seconds, entry.source))
        if len(in_hand) == ROWS_IN_HAND:
            tell("")
            tables.append(_tables(in_hand))
            in_hand.clear()
    tell("")
    tables.append(_tables(in_hand))
    return {name: pa.concat_tables([part[name] for part in tables]) for name in dataset.SCHEMAS}, times


def _tables(entries: Sequence[Entry]) -> dict[str, pa.Table]:
    """The entries' rows by table; where one of them breaks a table or a rule, a problem stands for it."""
    made = _tried(lambda: _without_faults(_converted([entry.records for entry in entries])))
    return _converted([_fitting(entry) for entry in entries]) if isinstance(made, BaseException) else made


def _fitting(entry: Entry) -> Records:
    """The report's rows; a problem instead, where they make no tables."""
    made = _tried(lambda: _without_faults(_converted([entry.records])))
    if not isinstance(made, BaseException):
        return {name: table.to_pylist() for name, table in made.items()}
    return _problem(entry.doc_id, entry.source, "check", f"a value does not fit its column: {in_words(made)}")


def _converted(records: Sequence[Records]) -> dict[str, pa.Table]:
    return {name: dataset.table(name, (row for rows in records for row in rows[name])) for name in dataset.SCHEMAS}


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


def _write(folder: Path, doc_ids: tuple[str, ...], entries: Iterable[Entry], tell: Tell) -> Done:
    """Write the entries' tables into a folder of their own and give it its name when all is there."""
    tables, times = _gathered(entries, tell)
    fresh = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
    fresh.mkdir(parents=True)
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    for name, rows in tables.items():
        with pa.ipc.new_file(fresh / f"{name}.arrow", rows.schema, options=options) as writer:
            writer.write_table(rows)
    documents = set(tables["documents"]["doc_id"].to_pylist())
    problems = tables["problems"].select(["doc_id", "stage", "reason"]).to_pylist()
    done = Done(
        folder=str(folder),
        doc_ids=doc_ids,
        failed={row["doc_id"]: (row["stage"], row["reason"]) for row in problems if row["doc_id"] not in documents},
        mentions=_counts(tables["mentions"]),
        slowest=tuple(sorted(times, reverse=True)[:SLOWEST]),
        sha256={f"{name}.arrow": _digest(fresh / f"{name}.arrow") for name in tables},
    )
    facts = {name: value for name, value in asdict(done).items() if name != "folder"}
    (fresh / "done.json").write_text(json.dumps(facts), encoding="utf-8")
    return _named(fresh, folder, done)


def _named(fresh: Path, folder: Path, done: Done) -> Done:
    """Give the folder its name; where another worker was first, its piece is as good."""
    try:
        fresh.rename(folder)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
            raise
        others = finished(folder)
        shutil.rmtree(folder if others is None else fresh)
        return others or _named(fresh, folder, done)
    return done


def _counts(mentions: pa.Table) -> dict[str, int]:
    """Mentions by `kind/category`."""
    pairs = zip(mentions["kind"].to_pylist(), mentions["category"].to_pylist(), strict=True)
    return dict(Counter(f"{kind}/{category or ''}" for kind, category in pairs))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
