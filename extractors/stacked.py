"""Forms that come one cell a line: their cells put together to rows again.

The order of the cells carries the columns: the heads say which cells follow a name, and a name, a level or a label
that comes where a number is due begins the next row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from extractors import cells, heads
from extractors.types import Cell

Row = tuple[Cell, ...]
MAX_STACKED = 0.7
"""From this share of one-celled lines on a table stands one cell a line."""
NUMBERS = ("number", "large", "percent", "value", "dash", "glued")
_STATED = ("target", "actual", "property", "unit")
_KEYS = ("project", "department", "office", "key")
_HEADS = heads.MEASURES | {
    "corner",
    "goal",
    "level1",
    "level2",
    "level3",
    "property",
    "unit",
    "source",
    "note",
    "explain",
    "number",
}


def rows(table: Sequence[Row]) -> tuple[Row, ...]:
    """The rows of a table; those of other shapes come back as they are."""
    alone = sum(1 for row in table if sum(1 for cell in row if cell.text) == 1)
    if len(table) < 4 or alone < len(table) * MAX_STACKED or any(len(row) > 1 and not row[0].text for row in table):
        return tuple(table)
    stack = _Stack(_rejoined([cell for row in table for cell in row if cell.text and not cells.is_aside(cell.text)]))
    return tuple(tuple(row) for row in stack.rows() if row)


def _rejoined(found: Sequence[Cell]) -> list[Cell]:
    """The cells with those heads and level names put together that are broken over two lines (项目资金 / （万元）)."""
    joined: list[Cell] = []
    for cell in found:
        if joined and _is_broken(joined[-1].text, cell.text):
            joined[-1] = Cell(joined[-1].text + cell.text, joined[-1].start, cell.end)
        else:
            joined.append(cell)
    return joined


def _is_broken(head: str, rest: str) -> bool:
    whole = head + rest
    if len(whole) > heads.MAX_HEAD:
        return False
    if heads.role(head) is None and heads.levels(head) == (None, None):
        return heads.is_whole(whole) or (heads.levels(whole) != (None, None) and cells.kind(rest) != "level2")
    return rest == "指标" or (rest[0] in "(及" and heads.role(whole) is not None and cells.kind(rest) == "text")


class _Stack:
    """The cells of a form in order, and the row that is being put together."""

    def __init__(self, found: Sequence[Cell]) -> None:
        self.cells = found
        self.kinds = [cells.kind(cell.text) for cell in found]
        self.roles = [heads.role(cell.text) for cell in found]
        self.numbers = _ends_of_numbers(self.kinds)
        self.at = 0
        self.behind: tuple[str, ...] = ()

    def rows(self) -> Iterator[list[Cell]]:
        while self.at < len(self.cells):
            role = self.roles[self.at]
            if role in ("total", "foot"):
                yield self._total()
            elif role in _KEYS:
                yield self._key()
            elif role in _HEADS:
                yield self._heads()
            elif "project" in self.behind and "number" in self.behind:
                yield self._numbered()
            elif "level3" in self.behind:
                yield self._indicator()
            else:
                yield self._labelled()

    def _take(self) -> Cell:
        self.at += 1
        return self.cells[self.at - 1]

    def _more(self) -> bool:
        return self.at < len(self.cells)

    def _key(self) -> list[Cell]:
        """项目名称 and the cell that answers it."""
        row = [self._take()]
        if self._more() and self.roles[self.at] is None:
            row.append(self._take())
        return row

    def _total(self) -> list[Cell]:
        row = [self._take()]
        while self._more() and self.kinds[self.at] in NUMBERS:
            row.append(self._take())
        return row

    def _heads(self) -> list[Cell]:
        """A run of heads; that of a summary (序号 …) goes on to the first number."""
        start = self.at
        row = [self._take()]
        numbered = self.roles[start] == "number"
        while self._more() and (self.kinds[self.at] not in NUMBERS if numbered else self.roles[self.at] in _HEADS):
            row.append(self._take())
        roles = [role for role in self.roles[start : self.at] if role is not None]
        if "level3" in roles or "level2" in roles:
            names = [place for place, role in enumerate(roles) if role in ("level2", "level3")]
            self.behind = ("level3", *(role for role in roles[names[-1] + 1 :]))
        elif any(role in heads.MEASURES or role == "goal" for role in roles):
            self.behind = tuple(roles)
        return row

    def _labelled(self) -> list[Cell]:
        """A label with the numbers behind it, or long cells side by side (预期目标, 实际完成情况)."""
        row = [self._take()]
        while self._more() and self.roles[self.at] is None:
            number = self.kinds[self.at] in NUMBERS
            if not number and "goal" not in self.behind:
                break
            row.append(self._take())
        return row

    def _numbered(self) -> list[Cell]:
        """A row of a summary: from its number to the next one."""
        row = [self._take()]
        first = row[0].text
        following = str(int(first) + 1) if first.isdecimal() else None
        while self._more() and self.roles[self.at] not in ("total", "foot"):
            after = self.kinds[self.at + 1] if self.at + 1 < len(self.cells) else "text"
            if self.cells[self.at].text == following and after not in NUMBERS:
                break
            row.append(self._take())
        return row

    def _indicator(self) -> list[Cell]:
        """Levels, a name, and the cells that the heads promise behind it."""
        row: list[Cell] = []
        columns = [role for role in self.behind[1:] if role not in ("note", "explain")]
        named, due = False, 0
        while self._more() and self.roles[self.at] not in ("total", "foot"):
            kind = self.kinds[self.at]
            if kind in ("level", "level1", "level2") and not (row and not named and self._answered()):
                if named or (row and self.kinds[self.at - 1] == "level2"):
                    break
            elif kind == "label" and named:
                break
            elif kind in ("text", "long", "label", "level", "level1", "level2"):
                if named and due == 0 and self._names_row(columns):
                    named = False
                if named and (due >= len(columns) or columns[due] not in _STATED):
                    if self._is_note(columns):
                        row.append(self._take())
                    break
                due += 1 if named else 0
                named = True
            elif named or not self._weighs_level(row):
                due += 1
                named = True
            row.append(self._take())
        return row or [self._take()]

    def _weighs_level(self, row: Sequence[Cell]) -> bool:
        """Whether a number is the weight of the level before it: a level or name follows, no second number."""
        return bool(row) and self.at + 1 < len(self.cells) and self.kinds[self.at + 1] not in NUMBERS

    def _answered(self) -> bool:
        """Whether a level's name stands where an indicator's name is due: a number follows it, and levels go before."""
        behind = self.kinds[self.at + 1 : self.at + 3]
        stated = bool(behind) and behind[0] in NUMBERS and (behind[0] != "number" or behind[-1] in NUMBERS)
        return stated and self.kinds[self.at - 1] in ("level", "level2")

    def _names_row(self, columns: Sequence[str]) -> bool:
        """Whether this text, not the one before, is the row's name: weight and score stand as far off as is due."""
        return self._distance() == _before_points(columns) + 1

    def _is_note(self, columns: Sequence[str]) -> bool:
        """Whether a text behind a full row is its note and not the next row's name."""
        if "note" not in self.behind and "explain" not in self.behind:
            return False
        if self.at + 1 >= len(self.cells) or self.kinds[self.at] == "long":
            return True
        following = self.kinds[self.at + 1]
        if following in ("level", "level1", "level2", "label") or self.roles[self.at + 1] in ("total", "foot"):
            return True
        return following in ("text", "long") and self._distance() != _before_points(columns) + 1

    def _distance(self) -> int:
        """How many cells on the next pair of numbers (weight, score) begins."""
        return self.numbers[self.at] - self.at


def _before_points(columns: Sequence[str]) -> int:
    """How many columns stand between a name and its weight."""
    return next((place for place, role in enumerate(columns) if role in ("weight", "score")), len(columns))


def _ends_of_numbers(kinds: Sequence[str]) -> list[int]:
    """For each cell, where the next two numbers side by side begin that end a run of numbers."""
    found, following = [], len(kinds)
    for place in range(len(kinds) - 1, -1, -1):
        run_ends = place + 1 < len(kinds) and (place + 2 >= len(kinds) or kinds[place + 2] != "number")
        if run_ends and kinds[place] == kinds[place + 1] == "number":
            following = place
        found.append(following)
    return found[::-1]
