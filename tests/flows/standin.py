"""A stand-in for `extractors.pipeline` that does on command what a real one should not.

Every `数12个` in the text is a count. A report that holds one of the words below misbehaves.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from extractors.types import Document, Facts, Link, Mention, NamedEntity, Problem, Reading, Report

_COUNT = re.compile(r"数(\d+)个")


UNITS = {"MISTYPED": 7, "HALVED": "\udcb0", "UNSPEAKABLE": lambda: None}
"""What some reports have as a unit: nothing that a file can hold."""


class Panic(BaseException):
    """As libraries written in Rust raise it."""


@dataclass(frozen=True)
class Settings:
    """As in the real pipeline."""

    segmenter: str = "jieba"
    model: str | None = None


def version(settings: Settings) -> str:
    """The version; `STANDIN_VERSION` lets a test ask for another one."""
    return f"{os.environ.get('STANDIN_VERSION', '0')}+{settings.segmenter}"


def digest(settings: Settings) -> str:
    """Not that of the lexicons, which the stand-in does not read; `STANDIN_DIGEST` lets a test ask for another one."""
    return os.environ.get("STANDIN_DIGEST", "standin")


@cache
def load(settings: Settings) -> None:
    """Takes as many seconds as `STANDIN_LOADS` says, once."""
    time.sleep(float(os.environ.get("STANDIN_LOADS", "0")))


def extract(doc: Document, settings: Settings) -> Report:
    """Counts, one name, a year; and the misdeeds, also where the text holds what `STANDIN_FAILS` or `_HANGS` names."""
    load(settings)
    if "STANDIN_LOG" in os.environ:
        with Path(os.environ["STANDIN_LOG"]).open("a", encoding="utf-8") as log:
            log.write(f"{doc.source}\n")
    _misbehave(doc.raw)
    mentions = tuple(_mention(doc, found) for found in _COUNT.finditer(doc.raw))
    names = (NamedEntity(0, 2, doc.raw[:2], "ORG", "rule"),)
    flagged = (Problem("text", "a damaged figure", 0, 1, doc.raw[0]),) if "残" in doc.raw else ()
    return Report(doc, Facts(title=doc.raw[:4], fiscal_year=2020 + len(doc.raw) % 4), mentions, names, problems=flagged)


def _misbehave(text: str) -> None:
    if "BUG" in text or "STANDIN_BROKEN" in os.environ or os.environ.get("STANDIN_FAILS", "BUG") in text:
        raise KeyError("BUG")
    if "EXIT" in text:
        sys.exit("enough")
    if "PANIC" in text:
        raise Panic("at the library")
    if "DIE" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    if "HANG" in text or os.environ.get("STANDIN_HANGS", "HANG") in text:
        time.sleep(3600)
    if "SEARCH" in text:
        re.match("(a+)+$", "a" * 60 + "b")  # holds the interpreter for longer than anyone lives
    if "SLOW" in text:
        time.sleep(0.05)
    if "ONCE" in text and not Path(os.environ["STANDIN_MARK"]).exists():
        Path(os.environ["STANDIN_MARK"]).touch()
        os.kill(os.getpid(), signal.SIGKILL)


def _mention(doc: Document, found: re.Match[str]) -> Mention:
    start, end = found.span(1)[0], found.end()
    text = "错" if "MISPLACED" in doc.raw else doc.raw[start:end]
    unit: Any = next((unit for word, unit in UNITS.items() if word in doc.raw), "个")
    reading = Reading("count", start, end, "count.standin", Decimal(found[1]), unit=unit)
    link = Link("产出", "数量", "actual", None, None, 2022, "", 1.0)
    return Mention(start, end, text, reading, link, found[0], "一、概况")
