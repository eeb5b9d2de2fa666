"""One row of a form's indicator table (guideline section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import regex

from extractors import attainment, cells, forms, heads
from extractors.textmap import TextMap
from extractors.types import Cell, Indicator

_BREAK = regex.compile(r"\s*\n\s*")


@dataclass(slots=True)
class Levels:
    """The level names that carry down from the cells that span rows."""

    level1: str | None = None
    level2: str | None = None


def read(row: forms.Aligned, head: forms.Head, levels: Levels, project: str | None, text: TextMap) -> Indicator | None:
    """The indicator row, None for a template row, a bare level, a row that states nothing; `levels` carry on."""
    _carry(row, levels, text)
    name = _name(row, levels, text)
    if name is None or not _states(row, head):
        return None
    target, actual = _Stated(row, "target", text), _Stated(row, "actual", text)
    span = text.raw_span(row.row[0].start, row.row[-1].end)
    level = heads.levels(levels.level2 or "")[1] or heads.levels(levels.level1 or "")[0]
    subcategory = level.subcategory if level else None
    return Indicator(
        start=span.start,
        end=span.end,
        project=project,
        level1=levels.level1,
        level2=levels.level2,
        level3=name,
        target=target.written,
        actual=actual.written,
        target_value=target.value.number if target.value else None,
        target_unit=target.value.unit if target.value else None,
        target_bound=target.value.bound if target.value else None,
        target_start=target.span.start if target.span else None,
        target_end=target.span.end if target.span else None,
        actual_value=actual.value.number if actual.value else None,
        actual_unit=actual.value.unit if actual.value else None,
        actual_start=actual.span.start if actual.span else None,
        actual_end=actual.span.end if actual.span else None,
        weight=_points(row.text("weight")),
        score=_points(row.text("score")),
        attained=attainment.attained(_bare(row), target.stated, actual.stated, subcategory),
        category=level.category if level else None,
        subcategory=subcategory,
    )


class _Stated:
    """The cell of a target or actual: as written, its place, and its number with what other columns say of it."""

    def __init__(self, row: forms.Aligned, side: str, text: TextMap) -> None:
        cell = row.by_role.get(side)
        self.span = text.raw_span(cell.start, cell.end) if cell else None
        self.written = text.raw[self.span.start : self.span.end] if self.span else None
        stated, measure, bound = row.text(side), row.text("unit"), row.text("property")
        unit = measure if cells.kind(stated) in ("number", "large") else ""
        sign = bound if side == "target" and cells.kind(bound) == "bound" else ""
        self.value = cells.value(sign + stated + unit) if stated else None
        self.stated = attainment.Stated(stated, self.value)


def _carry(row: forms.Aligned, levels: Levels, text: TextMap) -> None:
    """The row's own levels; level 2 decides where level 1 is missing or of another category (成本指标 → 产出指标)."""
    first, second = row.by_role.get("level1"), row.by_role.get("level2")
    if second is None and _is_level_only(row):
        second = row.by_role.pop("level3")
    if first and second is None and cells.kind(first.text) in ("level2", "level") and _own_second(first, row):
        first, second = None, first
    if first and cells.kind(first.text) != "level2":
        levels.level1, levels.level2 = heads.level_name(_raw(first, text)), None
    if second:
        levels.level2 = heads.level_name(_raw(second, text))
    known = heads.levels(levels.level2 or "")[1]
    above = heads.levels(levels.level1 or "")[0]
    if known and known.parent and (second or levels.level1 is None) and _is_amiss(levels.level1, above, known):
        levels.level1 = known.parent


def _is_amiss(level1: str | None, above: heads.Level | None, known: heads.Level) -> bool:
    """Whether level 1 is missing, or known and of another category than its level 2."""
    return level1 is None or (above is not None and above.category != known.category)


def _is_level_only(row: forms.Aligned) -> bool:
    """Whether a level 2 stands where the name is due, in a row that states nothing."""
    stated = row.by_role.keys() & {"target", "actual", "weight", "score"}
    return not stated and cells.kind(row.text("level3")) in ("level2", "level")


def _own_second(first: Cell, row: forms.Aligned) -> bool:
    """Whether a name that may be either level is the second: an indicator's name stands right behind it."""
    return "level3" in row.by_role or cells.kind(first.text) == "level2"


def _name(row: forms.Aligned, levels: Levels, text: TextMap) -> str | None:
    """The indicator's name without 指标1：; where the form has but two levels it is the second."""
    cell = row.by_role.get("level3")
    if cell is None:
        return levels.level2 if "level2" in row.by_role and row.by_role.keys() & {"target", "actual"} else None
    skipped = cells.without_label(cell.text)
    if skipped >= len(cell.text) or cells.kind(cell.text) == "dash":
        return None
    return _BREAK.sub("", _raw(Cell(cell.text[skipped:], cell.start + skipped, cell.end), text).strip())


def _bare(row: forms.Aligned) -> str:
    """The normalised name without 指标1：."""
    name = row.text("level3") or row.text("level2")
    return name[cells.without_label(name) :]


def _states(row: forms.Aligned, head: forms.Head) -> bool:
    """Whether the row holds a target or actual, and points or figures that make it more than two words side by side."""
    kinds = {side: cells.kind(row.text(side)) for side in ("target", "actual", "weight", "score")}
    if kinds["weight"] in ("number", "value", "percent") or kinds["score"] in ("number", "value"):
        return True
    if any(kinds[side] in ("number", "large", "percent", "value") for side in ("target", "actual")):
        return True
    return kinds["target"] == kinds["actual"] == "text" and not heads.role(row.row[0].text)


def _points(text: str) -> Decimal | None:
    return cells.percent(text) if cells.kind(text) == "percent" else cells.number(text)


def _raw(cell: Cell, text: TextMap) -> str:
    span = text.raw_span(cell.start, cell.end)
    return text.raw[span.start : span.end]
