"""From lines to rows of cells: which lines of a report are rows of a form, and where their cells lie.

Four shapes: parted by tabs, by pipes, by blanks, and one cell a line. The first two show in the line itself; the other
two begin with the heads that every form has. All places are in the text given, which is the folded report with its
blanks and line breaks still in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import regex

from extractors import cells, heads


class Place(NamedTuple):
    """A stretch of the folded text."""

    start: int
    end: int


class Grid(NamedTuple):
    """The rows of one run of table lines, and the stretch of those lines."""

    start: int
    end: int
    rows: tuple[tuple[Place, ...], ...]


class _Line(NamedTuple):
    start: int
    end: int
    text: str
    gap: int
    """Blank lines before it."""


PAGE = regex.compile(
    r"[ \t]*+(?:[-—]{1,3} ?\d{1,4} ?[-—]{1,3}|PAGE ?\d{1,4}|第 ?\d{1,4} ?页(?:[ /,]*+共 ?\d{1,4} ?页)?)[ \t\r]*+"
)
_LINE = regex.compile(r"[^\n]*[^\s][^\n]*+")
_CAPTION = regex.compile(r"\(? ?(?:19|20)\d\d ?年?度? ?\)?")
_TITLE = regex.compile(r"[^。;，\t|]{2,60}(?:自评表|评分表|得分表|评价表|汇总表|情况表|统计表|明细表|一览表|报告)")
_HEADING = regex.compile(
    r"[一二三四五六七八九十]{1,3}[、.]|\([一二三四五六七八九十]{1,3}\)"
    r"|第[一二三四五六七八九十\d]{1,3}[章部]|附[件表][\d一二三四五六七八九十]{0,2}"
)
_NUMBERED = regex.compile(r"(?:\(?[一二三四五六七八九十\d]{1,3}[)、.]|[①-⑳●■◆])\s*\t\s*[^\t]+")
_RULE = regex.compile(r"[\s|:+-]*-{3}[\s|:+-]*")
_CLUES = ("一级指标", "二级指标", "三级指标", "指标名称", "预算数", "执行数", "项目名称", "年度资金总额")
MAX_LABEL = 24
"""A line without separators between two table lines is a row label up to this length (characters)."""
MAX_SHORT = 40
"""A longer line with a full stop is prose (characters)."""
MIN_FIGURES = 3
"""So many figures parted by blanks make a line a row (a sentence has them in its words)."""
LOOK_AHEAD = 14
"""Within so many lines a form that begins shows its heads."""


def grids(folded: str) -> tuple[Grid, ...]:
    """The runs of table lines of a report, in order."""
    if not any(sign in folded for sign in "\t|") and not any(clue in folded for clue in _CLUES):
        return ()
    return tuple(_grids(folded, _lines(folded)))


def _lines(folded: str) -> list[_Line]:
    found: list[_Line] = []
    done = 0
    for match in _LINE.finditer(folded):
        if not PAGE.fullmatch(match[0]):
            gap = folded.count("\n", done, match.start()) - 1 if found else 0
            text = match[0].strip(" \r")
            start = match.start() + match[0].index(text)
            found.append(_Line(start, start + len(text), text, gap))
            done = match.end()
    return found


def _grids(folded: str, lines: Sequence[_Line]) -> Iterator[Grid]:
    at = 0
    while at < len(lines):
        if _is_parted(lines[at].text):
            end = _parted_end(lines, at)
            rows = (tuple(_parted(folded, line)) for line in lines[at:end] if not _RULE.fullmatch(line.text))
        elif _opens(lines, at):
            end = _loose_end(lines, at)
            rows = (tuple(_loose(line)) for line in lines[at:end])
        else:
            at += 1
            continue
        yield Grid(lines[at].start, lines[end - 1].end, tuple(rows))
        at = end


# ---- parted by tabs or pipes -------------------------------------------------------------------------------------


def _is_parted(text: str) -> bool:
    """Whether a line is by itself a row: parts on both sides of a tab or pipe, and no numbered heading with a tab."""
    bare = text.strip("\t ")
    return ("\t" in bare and not _NUMBERED.fullmatch(bare)) or "|" in text


def _parted_end(lines: Sequence[_Line], at: int) -> int:
    """The line behind the run: rows, blank-celled rows, and row labels between two of them."""
    end = at + 1
    while end < len(lines):
        text = lines[end].text
        last = end + 1 == len(lines)
        near = not last and lines[end].gap == lines[end + 1].gap == 0
        label = near and _is_parted(lines[end + 1].text) and _is_label(text)
        weak = "\t" in text and lines[end].gap == 0 and "。" not in text
        if not (_is_parted(text) or weak or label):
            break
        end += 1
    return end


def _is_label(text: str) -> bool:
    return len(text) <= MAX_LABEL and not (
        "。" in text or _CAPTION.fullmatch(text) or _TITLE.fullmatch(text) or _HEADING.match(text)
    )


def _parted(folded: str, line: _Line) -> Iterator[Place]:
    text = folded[line.start : line.end]
    separator = "\t" if "\t" in text else "|"
    start = line.start
    for part in text.split(separator):
        bare = part.strip()
        left = start + part.index(bare)
        yield Place(left, left + len(bare))
        start += len(part) + 1


# ---- parted by blanks, and one cell a line -----------------------------------------------------------------------


_OPENERS = ("number", "project", "department", "office", "corner", "level1", "level2", "level3")


def _opens(lines: Sequence[_Line], at: int) -> bool:
    """Whether a form begins at a line: a line of heads, or lines that are heads each."""
    text = lines[at].text
    first = text.split(" ", 1)[0]
    role = heads.role(first)
    if role is None or role in ("foot", "note", "total", "other"):
        return False
    parts = text.split()
    if len(parts) >= 3 and sum(heads.role(part) in heads.MEASURES for part in parts) >= 2:
        return True
    if len(parts) == 1 and role not in _OPENERS:
        return False
    if len(parts) > 1 and (role not in ("project", "department", "corner", "office", "number") or "。" in text):
        return False
    ahead = [line.text for line in lines[at : at + LOOK_AHEAD] if not _is_parted(line.text)]
    known = {role for line in ahead for part in line.split()[:12] if (role := heads.role(part)) is not None}
    return len(known & heads.MEASURES) >= 2 and len(known) >= 4


def _loose_end(lines: Sequence[_Line], at: int) -> int:
    """The line behind a form without separators: its last row that holds a value, a head or a level."""
    end, known, indicators, closing = at + 1, at + 1, False, False
    while end < len(lines):
        text = lines[end].text
        role = heads.role(text.split(" ", 1)[0])
        if _is_parted(text) or _HEADING.match(text) or (_TITLE.fullmatch(text) and role is None):
            break
        if closing and cells.kind(text.replace(" ", "")) != "number":
            break
        indicators = indicators or role in ("level2", "level3") or "三级指标" in text
        closing = closing or (role == "total" and (indicators or "总分" in text))
        if _is_prose(text) and indicators and not _goes_on(lines, end):
            break
        end += 1
        if role is not None or closing or _holds_value(text) or (not indicators and _is_prose(text)):
            known = end
    return known


def _is_prose(text: str) -> bool:
    return len(text) > MAX_SHORT and ("。" in text or "，" in text) and not _is_told(text.split())


def _is_told(parts: Sequence[str]) -> bool:
    """Whether two or more parts of a line are figures of a row: it is one, even with a sentence behind them."""
    told = ("number", "percent", "value", "bound", "large")
    return sum(1 for part in parts if cells.kind(part) in told) >= MIN_FIGURES


def _goes_on(lines: Sequence[_Line], at: int) -> bool:
    """Whether the form goes on behind a long cell: a level, a number or a total stands in one of the next lines."""
    ahead = [line.text.split()[:6] for line in lines[at + 1 : at + 5]]
    told = ("number", "percent", "level", "level1", "level2", "label")
    return any(heads.role(parts[0]) == "total" or any(cells.kind(part) in told for part in parts) for parts in ahead)


def _holds_value(text: str) -> bool:
    kinds = [cells.kind(part) for part in text.split()]
    return any(kind in ("number", "large", "percent", "value", "dash", "level", "level1", "level2") for kind in kinds)


_WIDE = regex.compile(r" {2,}")
_PART = regex.compile(r"\S+(?: \S+)*?(?= {2,}|$)")
_WORD = regex.compile(r"\S+")


def _loose(line: _Line) -> Iterator[Place]:
    """The cells of a line parted by blanks: by wide blanks where it has them, else by each that is not in a cell."""
    text = line.text
    wide = len(_WIDE.findall(text)) >= 2
    parts = [Place(match.start(), match.end()) for match in (_PART if wide else _WORD).finditer(text)]
    if not wide:
        parts = _named(text, [*_rejoined(text, parts)]) if _is_row(text, parts) else [Place(0, len(text))]
    for start, end in parts:
        yield Place(line.start + start, line.start + end)


def _is_row(text: str, parts: Sequence[Place]) -> bool:
    """Whether the parts of a line are cells of their own: heads, levels or values are among them."""
    words = [text[start:end] for start, end in parts]
    if len(parts) < 2 or ("。" in text and not _is_told(words)):
        return False
    told = [heads.role(word) is not None or cells.kind(word) not in ("text", "long") for word in words]
    return any(told)


def _rejoined(text: str, parts: Sequence[Place]) -> Iterator[Place]:
    """The parts with those put together again that are one cell: 928 万元, ≥ 95%, 指标 1:…, 产出指标 (50分)."""
    start, end = parts[0]
    for nxt in parts[1:]:
        if _belongs(text[start:end], text[nxt.start : nxt.end]):
            end = nxt.end
            continue
        yield Place(start, end)
        start, end = nxt
    yield Place(start, end)


def _named(text: str, parts: Sequence[Place]) -> list[Place]:
    """The parts with an indicator's name put together that has blanks inside: 清淤 沟渠 长度 ≥85公里."""
    kinds = [cells.kind(text[start:end].replace(" ", "")) for start, end in parts]
    figure = next((place for place, kind in enumerate(kinds) if kind in ("value", "percent", "bound")), 0)
    begin = figure
    while begin and kinds[begin - 1] == "text":
        begin -= 1
    words = [end - start for start, end in parts[begin:figure]]
    below = begin > 0 and kinds[begin - 1] in ("level2", "level")
    if len(words) < 2 or not (below or min(words) <= MAX_WORD):
        return list(parts)
    return [*parts[:begin], Place(parts[begin].start, parts[figure - 1].end), *parts[figure:]]


MAX_WORD = 3
"""A name's part that is no name by itself is that short (characters)."""


def _belongs(left: str, right: str) -> bool:
    left = left.replace(" ", "")
    if left.count("(") > left.count(")") or (right[0] == "(" and heads.role(right) is None):
        return True
    if left in ("指标", "目标"):
        return right[0].isdecimal()
    kind = cells.kind(left)
    if kind == "label" and left[-1] in ":、.":
        return cells.kind(right) not in ("label", "level", "level1", "level2", "dash")
    if kind == "bound":
        return cells.kind(right) in ("number", "large", "percent", "value")
    if kind in ("number", "large"):
        return cells.kind(right) == "unit"
    return kind == "value" and cells.kind(right) == "unit" and left[-1].isdecimal()
