"""The errors that a caller may meet; every message says what, where, and what would be right."""

from __future__ import annotations


class JixiaoError(Exception):
    """The base of all errors that Jixiao raises on purpose."""


class LexiconError(JixiaoError):
    """A lexicon row is wrong: file, line, what, and what would be right."""

    def __init__(self, file: str, line: int, what: str, remedy: str) -> None:
        super().__init__(f"{file}:{line}: {what}; {remedy}")


class UnreadableReport(JixiaoError):
    """The bytes of a report are no text that can be read."""


class DatasetError(JixiaoError):
    """The dataset folder can't be read or written as asked."""
