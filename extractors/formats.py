"""From bytes to a document: one function a file format, listed in `FORMATS`."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Callable, Mapping

from extractors import encodings
from extractors.errors import UnreadableReport
from extractors.types import Document

MAX_CONTROL_SHARE = 0.01
"""More control characters than this and the bytes are no text."""
_BINARY = (
    (b"%PDF-", "a PDF file"),
    (b"{\\rtf", "an RTF file"),
    (b"PK\x03\x04", "a ZIP, Word or Excel file (.zip, .docx, .xlsx)"),
    (b"\xd0\xcf\x11\xe0", "an old Word or Excel file (.doc, .xls)"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"II*\0", "a picture (TIFF)"),
    (b"MM\0*", "a picture (TIFF)"),
    (b"Rar!\x1a", "a RAR file"),
    (b"7z\xbc\xaf", "a 7z file"),
    (b"\x1f\x8b", "a gzip file"),
)
"""How files begin that are no text, whatever their names end on."""
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def doc_id(data: bytes) -> str:
    """The identity of a report: the first 32 hex digits of the SHA-256 of its bytes."""
    return hashlib.sha256(data).hexdigest()[:32]


def plain_text(data: bytes) -> tuple[str, str]:
    """The text of a .txt file and its encoding; a byte order mark is left out.

    >>> plain_text("支出928万元".encode("gb18030"))
    ('支出928万元', 'gb18030')
    """
    kind = next((kind for begin, kind in _BINARY if data.startswith(begin)), None)
    if kind is not None:
        raise UnreadableReport(f"the file is {kind} and no text; export the report as text")
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise UnreadableReport("the file is empty; save the report's text into it")
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _checked(_decoded(data[len(mark) :], encoding), encoding, data)
    return _checked(*encodings.read(data), data)


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


def _checked(text: str, encoding: str, data: bytes) -> tuple[str, str]:
    controls = sum(map(text.count, encodings.CONTROLS))
    if controls > len(text) * MAX_CONTROL_SHARE:
        raise UnreadableReport(
            f"{controls} control characters in {len(text)}: a binary file; export the report as text"
        )
    if not any(character.isalnum() for character in text):
        raise UnreadableReport("the file holds no letter and no digit; save the report's text into it")
    encodings.check(text, encoding, data)
    return text, encoding.removesuffix("-le").removesuffix("-be")
