"""The fence around questions: an engine that holds nothing but the right to read one snapshot's files.

Two fences, each enough by itself. The engine's own file systems are switched off; in their place stands one that can
open the snapshot's files for reading and has no way to write. And of the parsed statement every node must be one that
reads, and every table function one that takes no file, no pointer and no SQL.
"""

from __future__ import annotations

import errno
import json
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from fsspec import AbstractFileSystem  # type: ignore[import-untyped]

from extractors.dataset import SCHEMAS
from extractors.errors import JixiaoError
from flows.store import Snapshot

SCHEME = "snapshot"
READING = frozenset(
    {
        *("SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"),
        *("BASE_TABLE", "EMPTY", "EXPRESSION_LIST", "JOIN", "PIVOT", "SHOW_REF", "SUBQUERY", "TABLE_FUNCTION"),
        *("DISTINCT_MODIFIER", "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "ORDER_MODIFIER"),
        *("ASCENDING", "DESCENDING", "ORDER_DEFAULT"),
    }
)
"""The nodes of a statement, other than expressions and types, that a question may hold."""
FUNCTIONS = frozenset(
    {
        *("range", "generate_series", "unnest", "json_each", "json_tree"),
        *("duckdb_columns", "duckdb_functions", "duckdb_views"),
    }
)
"""The table functions that a question may call."""
_LOCKS = (
    "set temp_directory = ''",
    "set autoinstall_known_extensions = false",
    "set autoload_known_extensions = false",
    "set allow_persistent_secrets = false",
    "set python_enable_replacements = false",
    f"set allowed_directories = ['{SCHEME}://']",
    "set enable_external_access = false",
    "set disabled_filesystems = 'LocalFileSystem'",
)


class QueryError(JixiaoError):
    """A question can't be answered as asked; the message says what there is to ask for."""


class File:
    """One open file, for reading; every thread of the engine has a place of its own in it."""

    def __init__(self, path: Path) -> None:
        self._path, self._place = path, threading.local()
        self._number = os.open(path, os.O_RDONLY)

    def seek(self, place: int) -> None:
        """Go to the byte."""
        self._place.at = place

    def read(self, count: int) -> bytes:
        """So many bytes from there on; an error where the file ends before them."""
        begin = getattr(self._place, "at", 0)
        data = os.pread(self._number, count, begin)
        if len(data) < count:
            raise OSError(errno.EIO, f"the file ends at {begin + len(data)}", str(self._path))
        self._place.at = begin + len(data)
        return data

    def close(self) -> None:
        """Give the file back."""
        os.close(self._number)


class Parts(AbstractFileSystem):  # type: ignore[misc]
    """The snapshot's files as the engine sees them: `snapshot://mentions/part-0003.parquet`."""

    protocol = SCHEME
    cachable = False

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self._folder = snapshot.folder
        self._bytes = {f"{SCHEME}://{path}": part.bytes for path, part in snapshot.manifest.parts.items()}

    def open(self, path: str, mode: str = "rb", **_: object) -> File:
        """A file of the snapshot, for reading only."""
        if mode != "rb" or path not in self._bytes:
            raise PermissionError(errno.EACCES, "a dataset is only read here", path)
        return File(self._folder / path.removeprefix(f"{SCHEME}://"))

    def exists(self, path: str, **_: object) -> bool:
        """Whether the snapshot has such a file."""
        return path in self._bytes

    def glob(self, path: str, **_: object) -> list[str]:
        """The file itself: there are no patterns here."""
        return [path] if path in self._bytes else []

    def info(self, path: str, **_: object) -> dict[str, object]:
        """The file's size, as published."""
        return {"name": path, "size": self._bytes[path], "type": "file"}

    def modified(self, path: str) -> datetime:
        """A snapshot's files never change."""
        return datetime.fromtimestamp(0, UTC)


def fence(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> None:
    """Give the engine the snapshot's tables as views, and take everything else from it."""
    connection.register_filesystem(Parts(snapshot))
    for lock in _LOCKS:
        connection.execute(lock)
    for name, schema in SCHEMAS.items():
        parts = [f"'{SCHEME}://{path}'" for path in snapshot.manifest.of(name)]
        if parts:
            connection.execute(f"create view {name} as from read_parquet([{', '.join(parts)}])")
        else:
            connection.register(name, schema.empty_table())


def lock(connection: duckdb.DuckDBPyConnection) -> None:
    """Let nothing of the engine be set any more."""
    connection.execute("set lock_configuration = true")


def tables(connection: duckdb.DuckDBPyConnection, sql: str) -> set[str]:
    """The tables that one SELECT names; an error where it is none or holds something that does more than read."""
    statements = connection.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        kinds = ", ".join(statement.type.name for statement in statements) or "nothing"
        raise QueryError(f"one SELECT is answered at a time, and this is: {kinds}; a dataset is only read here")
    try:
        return _named(connection, sql)
    except RecursionError:
        raise QueryError("the statement is nested too deeply; use `in (…)`, or ask in parts") from None


def _named(connection: duckdb.DuckDBPyConnection, sql: str) -> set[str]:
    """The tables that a SELECT names; an error where a node of it may do more than read."""
    parsed = json.loads(connection.execute("select json_serialize_sql(?)", [sql]).fetchall()[0][0])
    if parsed["error"]:
        raise QueryError(f"{parsed['error_message']}; write it as one SELECT")
    named = set()
    for node in _nodes(parsed["statements"]):
        if node["type"] not in READING:
            raise QueryError(f"a dataset is only read here, and this holds: {node['type'].removesuffix('_NODE')}")
        if node["type"] == "TABLE_FUNCTION":
            called = node["function"]["function_name"]
            if called.lower() not in FUNCTIONS:
                raise QueryError(f"{called} can't be called here; these can: {', '.join(sorted(FUNCTIONS))}")
        if node["type"] == "BASE_TABLE":
            named.add(node["table_name"].lower())
    return named


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """All nodes of a parsed statement but expressions, which have a class, and types of values."""
    if isinstance(tree, dict):
        kind = tree.get("type")
        if isinstance(kind, str) and "class" not in tree and not kind.endswith("_TYPE_INFO"):
            yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for branch in tree:
            yield from _nodes(branch)
