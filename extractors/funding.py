"""One row of a form's money table (guideline section 5), in 万元."""

from __future__ import annotations

from decimal import Decimal

import regex

from extractors import cells, forms
from extractors.textmap import TextMap
from extractors.types import Cell, Funding

_MONEY = ("budget_initial", "budget", "spent")
_PREFIX = regex.compile(
    r"(?:资金(?:来源|结构|性质|构成)\s*[:：])?\s*(?:[(（]\s*[\d一二三四五六七八九十]{1,2}\s*[)）]|\d{1,2}[.、])?\s*"
)


def read(
    row: forms.Aligned, head: forms.Head, project: str | None, text: TextMap, *, total: bool = False
) -> Funding | None:
    """The funding row, None where the row states no money; `total` reads a 合计 row, which names no project."""
    if not total and head.has("department", "office") and not head.has("project", "source"):
        return None
    row = _without_false_points(row)
    scale = forms.scale([row.text("source")]) or head.scale
    money = _money(row, head, scale)
    rate = cells.percent(row.text("rate"))
    if all(amount is None for amount in money.values()):
        return None
    if not total and head.has("project"):
        if "project" not in row.by_role:
            return None
        project = _raw(row.by_role["project"], text)
    written = "".join(_raw(cell, text) for cell in _label(row))
    name = _PREFIX.sub("", written, count=1).rstrip(":：")
    span = text.raw_span(row.row[0].start, row.row[-1].end)
    points = {role: cells.number(row.text(role)) for role in ("weight", "score")}
    return Funding(span.start, span.end, project, name or None, **money, execution_rate=rate, **points)


def _label(row: forms.Aligned) -> list[Cell]:
    """The source's cell, after 其中： where that stands in a cell of its own."""
    source = row.by_role.get("source")
    if source is None:
        return []
    beside = [cell for cell in row.left if cells.kind(cell.text) == "text"][:1]
    pair = sorted((source, *beside), key=lambda cell: cell.start)
    return pair if pair[0].text.startswith("其中") else [source]


def _without_false_points(row: forms.Aligned) -> forms.Aligned:
    """The row with a number under 分值 taken for money where 得分 is —: both are given or neither."""
    if cells.kind(row.text("weight")) != "number" or cells.kind(row.text("score")) != "dash":
        return row
    rest = {role: cell for role, cell in row.by_role.items() if role != "weight"}
    return forms.Aligned(rest, (*row.left, row.by_role["weight"]), row.row)


def _money(row: forms.Aligned, head: forms.Head, scale: Decimal) -> dict[str, Decimal | None]:
    """The amounts by column; with more amounts than heads the first is 年初预算数, the last 全年执行数."""
    under = {role: row.by_role[role] for role in (*_MONEY, "arrived") if role in row.by_role}
    spare = [cell for cell in row.left if cells.money(cell.text, scale) is not None and _among_money(cell, row)]
    amounts = {role: cells.money(cell.text, scale) for role, cell in under.items() if role in _MONEY}
    stated = sorted({*under.values(), *spare}, key=lambda cell: cell.start)
    if spare and len(stated) > sum(head.has(role) for role in (*_MONEY, "arrived")) and len(stated) >= len(_MONEY):
        chosen = (stated[0], stated[1], stated[-1])
        amounts = {role: cells.money(cell.text, scale) for role, cell in zip(_MONEY, chosen, strict=True)}
    return {role: amounts.get(role) for role in _MONEY}


def _among_money(cell: Cell, row: forms.Aligned) -> bool:
    """Whether a cell without a column stands where the amounts stand: before weight, rate and score."""
    behind = [row.by_role[role].start for role in ("weight", "rate", "score") if role in row.by_role]
    label = [row.by_role[role].end for role in ("source", "project") if role in row.by_role]
    return all(cell.start < start for start in behind) and all(cell.start >= end for end in label)


def _raw(cell: Cell, text: TextMap) -> str:
    span = text.raw_span(cell.start, cell.end)
    return text.raw[span.start : span.end]
