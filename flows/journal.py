"""What a worker writes down of each report as soon as it is done, so that a kill costs only the report in hand.

A piece has one file for every worker that tried it, written by that worker alone: `SPOOL/<piece>-<random>.rows`, one
record after the other, each with its length and its checksum. What was torn off by a kill is not read.
"""

from __future__ import annotations

import io
import pickle
import struct
import uuid
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from extractors.dataset import Row

SUFFIX = ".rows"
_HEAD = struct.Struct(">II")
_GLOBALS = {("datetime", "date")}
"""All that a row may hold beside plain values: a record from a stranger's hand can run no code."""


class Entry(NamedTuple):
    """What came of one report: its rows by table, and the seconds that it took."""

    doc_id: str
    source: str
    seconds: float
    records: dict[str, list[Row]]


@contextmanager
def writer(spool: Path, piece: str) -> Iterator[Callable[[bytes], None]]:
    """A function that writes a packed entry down for the piece."""
    spool.mkdir(parents=True, exist_ok=True)
    with (spool / f"{piece}-{uuid.uuid4().hex}{SUFFIX}").open("xb") as file:

        def write(data: bytes) -> None:
            file.write(_HEAD.pack(len(data), zlib.crc32(data)) + data)
            file.flush()

        yield write


def pack(entry: Entry) -> bytes:
    """The entry as it is written down."""
    return pickle.dumps(tuple(entry), pickle.HIGHEST_PROTOCOL)


def read(spool: Path, piece: str) -> Iterator[Entry]:
    """What all workers wrote down for the piece."""
    for path in _files(spool, piece):
        yield from _entries(path)


def pieces(spool: Path) -> set[str]:
    """The pieces for which something is written down."""
    return {path.name.partition("-")[0] for path in _files(spool, "*")}


def discard(spool: Path, piece: str) -> None:
    """Remove what is written down for the piece."""
    for path in _files(spool, piece):
        path.unlink(missing_ok=True)


def _files(spool: Path, piece: str) -> list[Path]:
    return sorted(spool.glob(f"{piece}-*{SUFFIX}"))


def _entries(path: Path) -> Iterator[Entry]:
    with path.open("rb") as file:
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            length, checksum = _HEAD.unpack(head)
            data = file.read(length)
            if len(data) < length or zlib.crc32(data) != checksum:
                return
            with suppress(pickle.UnpicklingError):
                yield Entry(*_Plain(io.BytesIO(data)).load())


class _Plain(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _GLOBALS:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a row")
        return super().find_class(module, name)
