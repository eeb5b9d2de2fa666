"""Bytes that do not say what they are: Chinese text is read as what it is, however short; what is none is refused."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import opencc
import pytest

from benchmarks import fuzz
from extractors import formats
from extractors.errors import UnreadableReport

SIZES = (10, 20, 60)
"""Pieces of so many characters are read."""


@cache
def pieces(traditional: bool) -> tuple[str, ...]:
    """Pieces of the sample reports and training sentences, those that hold enough Chinese to tell."""
    lines = [line for source in fuzz.sources() for line in source.split("\n")]
    found = [line[start : start + size] for size in SIZES for line in lines for start in range(0, len(line), 7 * size)]
    told = [piece for piece in found if sum("\u4e00" <= sign <= "\u9fff" for sign in piece) >= 6]
    convert: Callable[[str], str] = opencc.OpenCC("s2tw").convert
    return tuple(convert("\n".join(told)).split("\n") if traditional else told)


@pytest.mark.parametrize(
    ("codec", "name", "traditional"),
    [
        ("utf-8", "utf-8", False),
        ("utf-8", "utf-8", True),
        ("gb18030", "gb18030", False),
        ("gb18030", "gb18030", True),
        ("big5", "big5", True),
        ("utf-16-le", "utf-16", False),
        ("utf-16-be", "utf-16", True),
    ],
)
def test_a_piece_of_a_report_is_read_as_it_was_saved(codec: str, name: str, traditional: bool) -> None:
    wrong, read = [], 0
    for text in pieces(traditional):
        data = text.encode(codec, "ignore")
        doc = formats.read(data, "report.txt")
        read += 1
        if (doc.encoding, doc.raw) != (name, data.decode(codec)):
            wrong.append((text, doc.encoding, doc.raw))
    assert wrong == []
    assert read > 1000


@pytest.mark.parametrize(
    ("saved", "read", "again"),
    [
        ("utf-8", "latin-1", "utf-8"),
        ("utf-8", "gb18030", "utf-8"),
        ("gb18030", "latin-1", "utf-8"),
        ("gb18030", "utf-8", "utf-8"),
        ("gb18030", "utf-8", "gb18030"),
        ("big5", "gb18030", "gb18030"),
    ],
)
def test_a_text_that_was_read_wrongly_before_it_was_saved_is_refused(saved: str, read: str, again: str) -> None:
    for text in pieces(saved == "big5")[::20]:
        data = (text * 3).encode(saved, "ignore").decode(read, "replace").encode(again)
        if saved == "big5":
            assert formats.read(data, "report.txt").encoding == "big5"
            continue
        with pytest.raises(UnreadableReport):
            formats.read(data, "report.txt")
