"""From bytes to a document: one function a file format, listed in `FORMATS`."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Callable, Mapping

from extractors.errors import UnreadableReport
from extractors.types import Document

MAX_CONTROL_SHARE = 0.01
"""More control characters than this and the bytes are no text."""
_TEXT_CONTROLS = "\t\n\r\x0b\x0c"
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def doc_id(data: bytes) -> str:
    """The identity of a report: the first 32 hex digits of the SHA-256 of its bytes."""
    return hashlib.sha256(data).hexdigest()[:32]


def plain_text(data: bytes) -> tuple[str, str]:
    """The text of a .txt file and its encoding; a byte order mark is left out.

    >>> plain_text("支出928万元".encode("gb18030"))
    ('支出928万元', 'gb18030')
    """
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise UnreadableReport("the file is empty; save the report's text into it")
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _checked(_decoded(data[len(mark) :], encoding), encoding)
    for encoding in (*_wide(data), "utf-8", "gb18030"):
        try:
            return _checked(data.decode(encoding), encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableReport("the bytes are neither UTF-8, GB18030 nor UTF-16; save the report as UTF-8 text")


FORMATS: Mapping[str, Callable[[bytes], tuple[str, str]]] = {".txt": plain_text}
"""What can be read, by file suffix."""


def suffix(source: str) -> str:
    """The suffix of a file's name in lower case, dot included, blanks around it left out; empty without one.

    >>> suffix("2022/A.TXT "), suffix("v1.0/README")
    ('.txt', '')
    """
    name = source.rpartition("/")[2]
    return "." + name.rpartition(".")[2].strip().lower() if "." in name else ""


def read(data: bytes, source: str) -> Document:
    """The document of a file; the format is told by the suffix of `source` (without one: plain text)."""
    kind = suffix(source) or ".txt"
    if kind not in FORMATS:
        raise UnreadableReport(f"{kind} files are not read; save the report as one of: {', '.join(FORMATS)}")
    raw, encoding = FORMATS[kind](data)
    return Document(doc_id(data), source, raw, encoding, len(data))


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableReport(f"broken {encoding} at byte {error.start}; save the report as UTF-8 text") from None


def _wide(data: bytes) -> tuple[str, ...]:
    """UTF-16 without a mark shows in the NUL bytes of its ASCII characters, all on one side."""
    even, odd = data[:4096:2].count(0), data[1:4096:2].count(0)
    few, many = sorted((even, odd))
    if many < 4 or few * 10 > many:
        return ()
    return ("utf-16-be",) if even > odd else ("utf-16-le",)


def _checked(text: str, encoding: str) -> tuple[str, str]:
    controls = sum(text.count(chr(code)) for code in range(32) if chr(code) not in _TEXT_CONTROLS)
    if controls > len(text) * MAX_CONTROL_SHARE:
        raise UnreadableReport(
            f"{controls} control characters in {len(text)}: a binary file; export the report as text"
        )
    if not any(character.isalnum() for character in text):
        raise UnreadableReport("the file holds no letter and no digit; save the report's text into it")
    return text, encoding.removesuffix("-le").removesuffix("-be")
