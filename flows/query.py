"""Questions in SQL over a dataset: its tables as DuckDB views, for reading only.

A session opens the live snapshot once, so that every table speaks of the same run however long the analyst thinks. It
can open no file outside that snapshot, and runs one SELECT at a time: whatever would write is refused before it runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from extractors.dataset import SCHEMAS
from extractors.errors import JixiaoError
from flows import store

QUESTIONS = Path(__file__).with_name("questions")
ROWS_PER_BATCH = 65_536
_LOCKS = (
    "set temp_directory = ''",
    "set autoinstall_known_extensions = false",
    "set autoload_known_extensions = false",
    "set python_enable_replacements = false",
)


class QueryError(JixiaoError):
    """A question can't be answered as asked; the message says what there is to ask for."""


@dataclass(frozen=True)
class Question:
    """A named question: its SQL, and its leading comment as the description."""

    name: str
    description: str
    sql: str


@dataclass(frozen=True)
class Session:
    """One reader of one snapshot; `columns` are those of each view."""

    connection: duckdb.DuckDBPyConnection
    columns: Mapping[str, tuple[str, ...]]

    def ask(self, sql: str) -> pa.RecordBatchReader:
        """The answer to one SELECT, as a stream of record batches."""
        with self._explained():
            self._check(sql)
            return self._guarded(self.connection.sql(sql).to_arrow_reader(ROWS_PER_BATCH))

    def _check(self, sql: str) -> None:
        statements = self.connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            kinds = ", ".join(statement.type.name for statement in statements) or "nothing"
            raise QueryError(f"one SELECT is answered at a time, and this is: {kinds}; a dataset is only read here")

    def _guarded(self, reader: pa.RecordBatchReader) -> pa.RecordBatchReader:
        """The same stream; what fails while rows are made is explained too."""

        def batches() -> Iterator[pa.RecordBatch]:
            with self._explained():
                yield from reader

        return pa.RecordBatchReader.from_batches(reader.schema, batches())

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (duckdb.Error, pa.ArrowException) as error:
            tables = "\n".join(f"  {table}: {', '.join(names)}" for table, names in self.columns.items())
            raise QueryError(f"{error}\n\nTables and columns:\n{tables}") from None


@contextmanager
def session(dataset: Path) -> Iterator[Session]:
    """Open the dataset's live snapshot for reading."""
    snapshot = store.require_current(dataset)
    with duckdb.connect() as connection:
        for lock in _LOCKS:
            connection.execute(lock)
        connection.execute(f"set allowed_directories = [{_quoted(str(snapshot))}]")
        connection.execute("set enable_external_access = false")
        for name in SCHEMAS:
            _add_table(connection, name, snapshot / name)
        for view in questions(QUESTIONS / "views").values():
            connection.execute(f"create view {view.name} as {view.sql}")
        connection.execute("set lock_configuration = true")
        yield Session(connection, _columns(connection))


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


def _add_table(connection: duckdb.DuckDBPyConnection, name: str, folder: Path) -> None:
    """A view over the table's files; a table that the snapshot does not have yet is empty."""
    if any(folder.glob("*.parquet")):
        connection.execute(f"create view {name} as from read_parquet({_quoted(f'{folder}/*.parquet')})")
    else:
        connection.register(name, SCHEMAS[name].empty_table())


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name in (*SCHEMAS, *questions(QUESTIONS / "views")):
        found[name] = tuple(row[0] for row in connection.execute(f"describe {name}").fetchall())
    return found


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
