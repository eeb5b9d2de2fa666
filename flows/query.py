"""Questions in SQL over a dataset: its tables as DuckDB views, for reading only.

A session opens the live snapshot once, so that every table speaks of the same run however long the analyst thinks. It
answers one SELECT at a time, behind the fence of `flows.fence` and within limits of time and memory.
"""

from __future__ import annotations

import queue
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Set
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from extractors.dataset import SCHEMAS
from flows import fence, mend, store
from flows.fence import QueryError
from flows.store import Snapshot

QUESTIONS = Path(__file__).with_name("questions")
ROWS_PER_BATCH = 65_536
MEMORY = "50%"
"""What the engine may take of the machine's memory, unless said otherwise."""
GRACE = 2.0
"""Seconds that the engine has to stop when it is told to; some functions do not listen."""

NEAR = 5
"""So many tables are named that are written much like the one that there is not."""

Result = TypeVar("Result")
_AMOUNT = re.compile("[1-9][0-9]*(%|[KMGT]i?B)", re.IGNORECASE)
_ASKED_WRONG = (
    *("Binder Error", "Catalog Error", "Conversion Error", "Invalid Input Error", "Not implemented Error"),
    *("Out of Range Error", "Parser Error"),
)
"""How messages begin that blame the question, unless they name a file."""


@dataclass(frozen=True)
class Question:
    """A named question: its SQL, and its leading comment as the description."""

    name: str
    description: str
    sql: str


@dataclass
class Clock:
    """Seconds that the engine may still work for one answer; None: as long as it takes."""

    left: float | None


class Thread:
    """A thread that works for one session, so that whoever waits for it can be told to stop."""

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = queue.SimpleQueue()
        threading.Thread(target=self._serve, daemon=True).start()

    def begin(self, work: Callable[[], Result]) -> Future[Result]:
        """Do this when what was asked before is done."""
        future: Future[Result] = Future()
        self._work.put((future, work))
        return future

    def end(self) -> None:
        """End when all is done."""
        self._work.put(None)

    def _serve(self) -> None:
        while (item := self._work.get()) is not None:
            future, work = item
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001 -- a border: whoever waits hears of it
                future.set_exception(error)
            finally:
                future.cancel()


@dataclass
class Session:
    """One reader of one snapshot; `columns` are those of each view."""

    connection: duckdb.DuckDBPyConnection
    snapshot: Snapshot
    seconds: float | None
    memory: str
    thread: Thread = field(default_factory=Thread)
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def ask(self, sql: str) -> pa.RecordBatchReader:
        """The answer to one SELECT, as a stream of record batches."""
        clock = Clock(self.seconds)
        named = self.run(lambda: fence.tables(self.connection, sql), clock)
        reader = self.run(lambda: self.connection.sql(sql).to_arrow_reader(ROWS_PER_BATCH), clock, named)

        def batches() -> Iterator[pa.RecordBatch]:
            while (batch := self.run(lambda: next(reader, None), clock)) is not None:
                yield batch

        return pa.RecordBatchReader.from_batches(reader.schema, batches())

    def run(self, work: Callable[[], Result], clock: Clock, named: Set[str] = frozenset()) -> Result:
        """Let the engine work as long as the clock allows, stop it when its user does, and explain what goes wrong."""
        begin = time.monotonic()
        future = self.thread.begin(work)
        try:
            return future.result(clock.left)
        except TimeoutError:
            self._stop(future)
            raise QueryError(
                f"no answer within {self.seconds:g} s; ask for less, such as one fiscal_year or one doc_id, or give it "
                "more time with --timeout"
            ) from None
        except KeyboardInterrupt:
            self._stop(future)
            raise
        except (duckdb.Error, pa.ArrowException, OSError, MemoryError) as error:
            raise QueryError(self._explained(error, named)) from None
        finally:
            if clock.left is not None:
                clock.left = max(0.0, clock.left - (time.monotonic() - begin))

    def close(self) -> None:
        """Give the engine back, unless it does not listen: then it goes with the process."""
        closed = self.thread.begin(self.connection.close)
        self.thread.end()
        wait([closed], GRACE)

    def _stop(self, future: Future[Any]) -> None:
        self.connection.interrupt()
        wait([future], GRACE)

    def _explained(self, error: Exception, named: Set[str]) -> str:
        said = str(error).strip()
        if isinstance(error, MemoryError) or "Out of Memory Error" in said:
            return f"the answer needs more memory than {self.memory}; ask for less, or give it more with --memory"
        if said.startswith(("Binder Error", "Catalog Error")):
            return f"{said}\n\nTables and columns:\n{self._near(named)}"
        if said.startswith(_ASKED_WRONG) and fence.SCHEME not in said:
            return said
        if not self.snapshot.folder.exists():
            return f"{self.snapshot.folder}: the snapshot was retired while it was read; ask again"
        faults = mend.damaged(self.snapshot)
        if not faults:
            return said
        dataset = self.snapshot.folder.parent.parent
        return f"{self.snapshot.folder}: {mend.told(faults)}; {mend.remedy(dataset, self.snapshot)}"

    def _near(self, named: Set[str]) -> str:
        """The columns of the tables that the question names; of those with near names, where it names none."""
        known = [name for name in self.columns if name in named]
        for name in named - set(known):
            known += get_close_matches(name, self.columns, NEAR)
        return "\n".join(f"  {name}: {', '.join(self.columns[name])}" for name in known or self.columns)


@contextmanager
def session(dataset: Path, seconds: float | None = None, memory: str = MEMORY) -> Iterator[Session]:
    """Open the dataset's live snapshot for reading.

    Each answer may take so many seconds of the engine's time, where the time of who reads it does not count, and so
    much memory: an amount (4GB), or a share of the machine's (50%).
    """
    snapshot = store.open(dataset)
    opened = Session(duckdb.connect(), snapshot, seconds, memory)
    try:
        opened.columns = opened.run(lambda: _prepared(opened), Clock(None))
        yield opened
    finally:
        opened.close()


def _prepared(session: Session) -> dict[str, tuple[str, ...]]:
    """Limit and fence the engine, and answer the columns of its views."""
    connection = session.connection
    if not _AMOUNT.fullmatch(session.memory):
        raise QueryError(f"memory is {session.memory!r}: give an amount such as 4GB, or a share such as 50%")
    connection.execute(f"set memory_limit = '{session.memory}'")
    fence.fence(connection, session.snapshot)
    views = questions(QUESTIONS / "views")
    for view in views.values():
        connection.execute(f"create view {view.name} as {view.sql}")
    fence.lock(connection)
    described = {name: connection.execute(f"describe {name}").fetchall() for name in (*SCHEMAS, *views)}
    return {name: tuple(row[0] for row in rows) for name, rows in described.items()}


def questions(folder: Path = QUESTIONS) -> dict[str, Question]:
    """The named questions, by name: each `.sql` file is one, its leading comment says what it answers."""
    return {path.stem: _question(path) for path in sorted(folder.glob("*.sql"))}


def sql_of(text: str) -> str:
    """The SQL that is meant: a question's, where the text is its name, else the text itself."""
    known = questions()
    if text in known:
        return known[text].sql
    if text.replace("-", "").replace("_", "").isalnum():
        raise QueryError(f"there is no question named {text!r}; choose one of: {', '.join(known)}; or write a SELECT")
    return text


def _question(path: Path) -> Question:
    sql = path.read_text(encoding="utf-8")
    comment = []
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        comment.append(line.removeprefix("--").strip())
    return Question(path.stem, "\n".join([comment[0], " ".join(comment[1:])]), sql)
