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
    ],
)
def test_a_text_that_was_read_wrongly_before_it_was_saved_is_refused(saved: str, read: str, again: str) -> None:
    for text in pieces(False)[::20]:
        data = (text * 3).encode(saved, "ignore").decode(read, "replace").encode(again)
        with pytest.raises(UnreadableReport):
            formats.read(data, "report.txt")


def test_big5_that_went_through_gb18030_unharmed_is_big5() -> None:
    for text in pieces(True)[::20]:
        data = (text * 3).encode("big5", "ignore").decode("gb18030", "replace").encode("gb18030")
        assert formats.read(data, "report.txt").encoding == "big5"


@pytest.mark.parametrize(
    ("text", "saved"),
    [
        ("点位\t温度℃\n" + "1℃ 1㎡ ±1\n" * 60, "gb18030"),
        ("机\t编号\n" + "泵1\t1\n" * 100, "gb18030"),
        ("项目\t预算\t支出\n" + "甲1\t13.5\t11.2\n" * 200, "gb18030"),
        ("3\t√\t×\t9\n" * 100, "utf-8"),
        ("鲢鱼\n鳙鱼\n鳜鱼\n鲮鱼\n鳊鱼\n鲌鱼\n鳡鱼\n鲴鱼", "utf-8"),
        ("噁唑\n吲哚\n嘌呤\n嘧啶\n哌嗪\n喹啉\n呋喃", "utf-8"),
        ("邴彧、訾淼、麴犇、亓骉、仝垚、郄鑫、昝焱、逄赟", "utf-8"),
        ("Іле Қазақ автономиялы облысы 支出928万元绩效自评", "utf-8"),
    ],
)
def test_tables_of_signs_and_lists_of_rare_words_are_read(text: str, saved: str) -> None:
    assert formats.read(text.encode(saved), "report.txt").encoding == saved
