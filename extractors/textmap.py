"""Normalised text that knows its origins.

Folding keeps length (full-width → half-width, traditional → simplified, one character for one), so only what is cut
out (bookmarks, pinyin glosses, page numbers, inner blanks, line breaks inside a sentence) needs an offset table.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import opencc
import regex

from extractors import grid
from extractors.types import Cell, RawSpan

BLANKS = (
    "\t\x0b\x0c\x00\x1c\x1d\x1e\x1f"
    "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
VARIANTS = {
    "﹝": "〔", "﹞": "〕", "〖": "【", "〗": "】", "○": "〇", "◯": "〇", "≧": "≥", "≦": "≤", "═": "=", "﹪": "%",
    "–": "-", "―": "—", "─": "—", "━": "—", "﹣": "-", "−": "-", "∼": "~", "〜": "~",
    "﹑": "、", "․": ".", "‧": "·", "•": "·", "・": "·",
    "\u2028": "\n", "\u2029": "\n", "\x85": "\n", "￥": "¥", "〓": "□",
}  # fmt: skip
_STYLED = (0xFF10, 0x1CCF0, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1FBF0)
"""Where 0-9 begin in full width, in the styles of mathematics (bold, outlined …), and as on a pocket calculator."""
HAN = "\u3400-\u4dbf\u4e00-\u9fff"
UNREAD = "〓"
"""What stands for digits that can't be read: those of other scripts (٣, ๓, 𞥐), and runs of more than `MAX_DIGITS`."""
MAX_DIGITS = 28
"""So many digits are exact in a decimal; no number of a report needs them."""
FOREIGN = regex.compile(r"[^\D0-9]")
"""A digit of another script, in folded text."""


@cache
def _folding() -> dict[int, str]:
    """The character table: full-width forms, blanks, dashes and brackets, traditional characters, digits."""
    han = [chr(code) for code in range(0x4E00, 0xA000)]
    simple = opencc.OpenCC("t2s").convert("\n".join(han)).split("\n")
    table = {ord(old): new for old, new in zip(han, simple, strict=True) if old != new and len(new) == 1}
    table |= {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if chr(code) != "，"}
    table |= {ord(blank): " " for blank in BLANKS if blank != "\t"}
    table |= {ord(mark): " " for mark in INVISIBLE}
    table |= {code: str(digit) for first in _STYLED for digit, code in enumerate(range(first, first + 10))}
    return table | {ord(old): new for old, new in VARIANTS.items()}


def fold(text: str) -> str:
    """A text with its characters folded one for one: full width to half, traditional to simplified.

    >>> fold("撥付９２８萬元")
    '拨付928万元'
    """
    return text.translate(_folding())


@dataclass(frozen=True, slots=True)
class TextMap:
    """Raw text, normalised text, and where each stretch of the one lies in the other.

    Piece `i` begins at `starts[i]` of the text and lies `shifts[i]` further on in the raw text.
    """

    raw: str
    text: str
    starts: tuple[int, ...]
    shifts: tuple[int, ...]
    grids: tuple[tuple[tuple[Cell, ...], ...], ...] = ()
    """The rows of cells of each run of table lines, in text spans."""

    def raw_span(self, start: int, end: int) -> RawSpan:
        """The raw span of a text span that holds at least one character.

        >>> textmap = normalise("支出 928 万元")
        >>> textmap.text, textmap.raw_span(2, 7)
        ('支出928万元', RawSpan(start=3, end=9))
        """
        return RawSpan(self._raw(start), self._raw(end - 1) + 1)

    def written(self, start: int, end: int) -> str:
        """A text span as the report writes it, without the line breaks, page numbers and glosses that stand inside.

        >>> normalise("培訓直播 帶貨學員859人次").written(2, 8)
        '直播 帶貨學員'
        """
        first, last = (bisect_right(self.starts, index) - 1 for index in (start, end - 1))
        found = []
        for piece in range(first, last + 1):
            right = end if piece == last else self.starts[piece + 1]
            found.append(self.raw[max(start, self.starts[piece]) + self.shifts[piece] : right + self.shifts[piece]])
            cut = "" if piece == last else self.raw[right + self.shifts[piece] : right + self.shifts[piece + 1]]
            found.append(cut if not cut.strip(" ") else "")
        return "".join(found)

    def _raw(self, index: int) -> int:
        return index + self.shifts[bisect_right(self.starts, index) - 1]


def normalise(raw: str) -> TextMap:
    """The text that the extractor reads, with the way back to the raw text."""
    folded = _STOP.sub("。", _COMMA.sub("，", _readable(fold(raw))))
    found = grid.grids(folded)
    pieces, starts, shifts, done, length = [], [], [], 0, 0
    for start, end in _merged(sorted(_cuts(folded, found))):
        if start > done:
            pieces.append(folded[done:start])
            starts.append(length)
            shifts.append(done - length)
            length += start - done
        done = end
    if done < len(folded) or not starts:
        pieces.append(folded[done:])
        starts.append(length)
        shifts.append(done - length)
    bare = TextMap(raw, _readable("".join(pieces)), tuple(starts), tuple(shifts))
    return replace(bare, grids=tuple(_cells(bare, found)))


def _cells(text: TextMap, found: tuple[grid.Grid, ...]) -> Iterator[tuple[tuple[Cell, ...], ...]]:
    """The cells of each grid where they lie in the normalised text."""
    origins = [start + shift for start, shift in zip(text.starts, text.shifts, strict=True)]

    def at(index: int) -> int:
        piece = max(bisect_right(origins, index) - 1, 0)
        end = text.starts[piece + 1] if piece + 1 < len(text.starts) else len(text.text)
        return min(max(index - text.shifts[piece], text.starts[piece]), end)

    for _, _, rows in found:
        spans = [[(at(start), at(end)) for start, end in row] for row in rows]
        yield tuple(tuple(Cell(text.text[start:end], start, end) for start, end in row) for row in spans)


_UNREADABLE = regex.compile(
    rf"{FOREIGN.pattern}|[0-9]{{{MAX_DIGITS + 1},}}+|[0-9]{{1,3}}(?:[, ][0-9]{{3}}){{{MAX_DIGITS // 3},}}+"
)


def _readable(text: str) -> str:
    """The text with `UNREAD` for what can't be read; it is asked twice, for a cut may make two runs one."""
    return _UNREADABLE.sub(lambda match: UNREAD * len(match[0]), text)


_COMMA = regex.compile(r"(?<!\d),|,(?!\d{3}(?!\d))")
"""A half-width comma that parts clauses; what stays `,` parts thousands."""
_STOP = regex.compile(rf"(?<=[{HAN}%)”](?<![一二三四五六七八九十]))\.(?=[\s{HAN}]|$)")
"""A half-width full stop behind Chinese."""
_BOOKMARK = regex.compile(r"\[bookmark:[^\]\n]{0,99}+\]")
_PINYIN = regex.compile(
    rf"(?<=[{HAN}])\((?=[a-zü]*+[āáǎàōóǒòēéěèīíǐìūúǔùǖǘǚǜ])[a-zāáǎàōóǒòēéěèīíǐìūúǔùǖǘǚǜü]{{1,7}}+\)"
)
_BLANK = regex.compile(r"(?<![0-9A-Za-z ]) ++|(?<=[0-9A-Za-z]) ++(?![0-9A-Za-z])|\r++")
_BARE = regex.compile(r"[ \t]*+\d{1,3}[ \t\r]*+")


def _cuts(folded: str, found: tuple[grid.Grid, ...]) -> Iterator[tuple[int, int]]:
    """What does not belong to the text, in any order, possibly overlapping."""
    for pattern in (_BOOKMARK, _PINYIN, _BLANK) if "[bookmark:" in folded else (_PINYIN, _BLANK):
        yield from (match.span() for match in pattern.finditer(folded))
    yield from _breaks(folded, found)


def _merged(cuts: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The sorted cuts with overlapping and touching ones as one."""
    open_start = open_end = -1
    for start, end in cuts:
        if start <= open_end:
            open_end = max(open_end, end)
            continue
        if open_start >= 0:
            yield open_start, open_end
        open_start, open_end = start, end
    if open_start >= 0:
        yield open_start, open_end


# ---- line breaks inside a sentence -------------------------------------------------------------------------------

_ENDED = "。!?;:.>》"
_HEAD = regex.compile(
    r"(?:[一二三四五六七八九十]{1,3}[、.]|[(\[]?[一二三四五六七八九十\d]{1,3}\)|\d{1,2}(?:\.\d{1,2})*+[、.](?!\d)|\d(?:\.\d){1,3}(?=[^\d.%])"
    r"|第[一二三四五六七八九十\d]{1,3}[章节条部，、]|[①-⑳●■◆★·]|附[件表:]|[一二三四五六七八九十]是|目标\d|指标\d|\[bookmark)"
)
MIN_WRAP = 16
"""A line shorter than this is no wrapped line of prose (characters)."""
PAGE_LINE = 22
"""A line as long as this may be cut off by the edge of a page (characters)."""


FURNITURE = regex.compile(
    r"索引号|发布(?:日期|时间|机构)|发文(?:日期|字号)|成文日期|浏览(?:次数|量)|字[号体]:|当前位置|首页|责任编辑|信息来源|点击"
)
"""What a web page sets around a report."""
MIN_BROKEN = 10
"""A line that ends in a broken figure is at least as long (characters)."""
_BROKEN = regex.compile(
    r"\d{0,3}(?:[.,]\d++)?+ ?(?:[年月日号%‰人个户亩元]|[万亿]|公里|平方|立方|km|k?m²?(?![a-z]))|\.\d"
)
"""How the rest of a figure begins, whose digits the edge of a line broke: `31|6.5万元`, `12月3|1日`."""


def _breaks(folded: str, found: tuple[grid.Grid, ...]) -> Iterator[tuple[int, int]]:
    """The line breaks, blank lines and page numbers that stand inside a sentence; none between the rows of a grid."""
    lines = [(match.start(), match.end()) for match in regex.finditer(r"[^\n]*[^\s][^\n]*+", folded)]
    width = _wrap_width(folded, lines)
    last: tuple[int, int] | None = None
    for number, (start, end) in enumerate(lines):
        line = folded[start:end]
        if grid.PAGE.fullmatch(line):
            yield start, end
            continue
        if _in_grid(found, start + len(line) - len(line.lstrip())):
            last = None
            continue
        if _BARE.fullmatch(line) and _between_prose(folded, lines, number, width):
            yield start, end
            continue
        if last is not None and _goes_on(folded[last[0] : last[1]], line, width):
            yield last[1], start + len(line) - len(line.lstrip())
        last = (start, end)


def _in_grid(found: tuple[grid.Grid, ...], start: int) -> bool:
    """Whether a line that starts here is a row of one of the grids."""
    before = bisect_right(found, start, key=lambda run: run.start) - 1
    return before >= 0 and start < found[before].end


def _wrap_width(folded: str, lines: list[tuple[int, int]]) -> int:
    """The width at which the file's lines are wrapped: what most unended long lines come near to; in characters."""
    open_lines = sorted(
        end - start
        for start, end in lines
        if end - start >= MIN_WRAP and folded[end - 1] not in _ENDED and not _is_row(folded[start:end])
    )
    return open_lines[len(open_lines) * 3 // 4] if open_lines else MIN_WRAP


def _between_prose(folded: str, lines: list[tuple[int, int]], number: int, width: int) -> bool:
    """Whether a bare number is a page number: it stands between a wrapped line and its continuation."""
    if not 0 < number < len(lines) - 1:
        return False
    before, after = (folded[start:end] for start, end in (lines[number - 1], lines[number + 1]))
    return (
        len(before.strip()) >= MIN_WRAP
        and len(after.strip()) >= MIN_WRAP
        and (before.rstrip()[-1] in "。;" or _goes_on(before, after, width))
    )


def _goes_on(line: str, following: str, width: int) -> bool:
    """Whether the sentence of a line goes on in the following line."""
    line, following = line.strip(), following.strip()
    if _is_row(line) or _is_row(following) or FURNITURE.search(line):
        return False
    if line[-1].isdigit() and len(line) >= MIN_BROKEN and _BROKEN.match(following):
        return True
    if line[-1] in _ENDED or _HEAD.match(following):
        return False
    if line[-1] in "，、(“‘《":
        return len(line) >= 8
    if len(line) < min(max(MIN_WRAP, width * 4 // 5), PAGE_LINE):
        return False
    return any(mark in line for mark in "，。;:、") or (
        not _HEAD.match(line) and following[-1] in _ENDED + "，" and len(following) < len(line)
    )


def _is_row(line: str) -> bool:
    """Whether a line is a row of a table: parted by tabs or pipes."""
    return "\t" in line or line.count("|") > 1
