"""The errors that a caller may meet; every message says what, where, and what would be right."""

from __future__ import annotations

from pathlib import Path
from typing import Any


class JixiaoError(Exception):
    """The base of all errors that Jixiao raises on purpose; each can be pickled, whatever its class is made from."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[JixiaoError], arguments: tuple[object, ...], state: dict[str, object]) -> JixiaoError:
    """The error with its message and attributes, without its `__init__`, which takes other parts."""
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(state)
    return error


class LexiconError(JixiaoError):
    """A lexicon row is wrong: file, line, what, and what would be right."""

    def __init__(self, file: str, line: int, what: str, remedy: str) -> None:
        super().__init__(f"{file}:{line}: {what}; {remedy}")


class UnreadableReport(JixiaoError):
    """The bytes of a report are no text that can be read."""


class DatasetError(JixiaoError):
    """The dataset folder can't be read or written as asked."""


def in_words(error: BaseException) -> str:
    """The error in one line: its type, its message, and the place in the code where it was raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" ({Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno})" if trace else ""
    return f"{type(error).__name__}: {' '.join(str(error).split())}{place}"
