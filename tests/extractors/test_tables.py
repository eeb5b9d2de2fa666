"""Forms as data: each file of `cases/forms` holds a form and the rows that must come of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors import columns, forms, matching, segment, tables, textmap
from extractors.cells import CellKind
from extractors.types import Cell, Funding, Indicator, Problem

FORMS = sorted((Path(__file__).parents[1] / "cases" / "forms").glob("*.txt"))
PARTS = ("form", "indicators", "funding", "problems")


def read(form: str) -> tuple[list[Indicator], list[Funding], list[Problem]]:
    text = textmap.normalise(form)
    return tables.rows(segment.blocks(text).tables, text)


def parts(path: Path) -> dict[str, str]:
    """The parts of a case file: a comment, then `== name` before each part."""
    found: dict[str, str] = {}
    for block in path.read_text(encoding="utf-8").split("\n== ")[1:]:
        name, _, body = block.partition("\n")
        found[name] = body
    assert tuple(found) == PARTS, f"{path.name}: the parts are {', '.join(PARTS)}"
    return found


def lines(part: str) -> list[str]:
    return [line.strip() for line in part.strip().split("\n") if line.strip()]


def number(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"


def stated(text: str | None, bound: str | None, value: Decimal | None, unit: str | None) -> str:
    """A cell as the cases write it: the text, then what was read from it."""
    return " ".join(
        part for part in (text or "", *((bound or "=", number(value), unit or "") if value is not None else ())) if part
    )


def indicator_line(row: Indicator) -> str:
    target = stated(row.target, row.target_bound, row.target_value, row.target_unit)
    actual = stated(row.actual, "=", row.actual_value, row.actual_unit)
    attained = {True: "true", False: "false", None: ""}[row.attained]
    names = (row.project or "", row.level1 or "", row.level2 or "", row.level3)
    return " | ".join((*names, target, actual, number(row.weight), number(row.score), attained)).strip()


def funding_line(row: Funding) -> str:
    money = (row.budget_initial, row.budget, row.spent, row.execution_rate, row.weight, row.score)
    return " | ".join((row.project or "", row.source or "", *map(number, money))).strip()


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_form(path: Path) -> None:
    case = parts(path)
    indicators, funding, problems = read(case["form"])
    assert [indicator_line(row) for row in indicators] == lines(case["indicators"])
    assert [funding_line(row) for row in funding] == lines(case["funding"])
    assert [problem.reason for problem in problems] == lines(case["problems"])


def joined(rows: list[list[str]], cell: str, line: str = "\n") -> str:
    """The rows with the cells that hold something parted by one sign, the rows by another."""
    return line.join(cell.join(text for text in row if text) for row in rows) + "\n"


SHAPES: dict[str, Callable[[list[list[str]]], str]] = {
    "pipes": lambda rows: "\n".join("|".join(row) for row in rows) + "\n",
    "pipes around": lambda rows: "".join(f"| {' | '.join(row)} |\n" if len(row) > 1 else f"{row[0]}\n" for row in rows),
    "carriage returns": lambda rows: "".join("\t".join(row) + " \r\n" for row in rows),
    "wide blanks and returns": lambda rows: "".join("    ".join(filter(None, row)) + "  \r\n" for row in rows),
    "blank lines": lambda rows: "\n\n".join("\t".join(row) for row in rows) + "\n",
    "no empty cells": lambda rows: joined(rows, "\t"),
    "wide blanks": lambda rows: joined(rows, "    "),
    "single blanks": lambda rows: joined(rows, " "),
    "one cell a line": lambda rows: joined(rows, "\n"),
    "one cell a paragraph": lambda rows: joined(rows, "\n\n", "\n\n"),
}
"""How the same form comes out of a word processor, a PDF, a web page."""
BLANK = SHAPES.keys() - {"pipes", "pipes around", "carriage returns", "blank lines"}
"""The shapes that lose where an empty cell was."""
NOT_SO = {
    "empty_cells": BLANK,
    "summary_of_projects": BLANK - {"one cell a line", "one cell a paragraph"},
    "money_many_ways": BLANK | {"blank lines"},
    "property_and_unit_columns": BLANK - {"no empty cells", "wide blanks", "wide blanks and returns"},
    "summary_by_office": {"one cell a line", "one cell a paragraph"},
}
"""The shapes in which a form can't be read, for an empty cell or its caption says what a number is."""


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_reads_the_same_in_every_shape(path: Path, shape: str) -> None:
    case = parts(path)
    if "\t" not in case["form"] or shape in NOT_SO.get(path.stem, ()):
        return
    cells = [[cell.strip() for cell in line.split("\t")] for line in case["form"].strip("\n").split("\n")]
    found = read(SHAPES[shape](cells))
    assert [indicator_line(row) for row in found[0]] == lines(case["indicators"])
    assert [funding_line(row) for row in found[1]] == lines(case["funding"])


MEASURED = {
    "数量指标": ("产出", "数量"),
    "质量指标": ("产出", "质量"),
    "时效指标": ("产出", "时效"),
    "成本指标": ("产出", "成本"),
    "经济成本指标": ("产出", "成本"),
    "经济效益指标": ("效益", "经济效益"),
    "社会效益指标": ("效益", "社会效益"),
    "生态效益指标": ("效益", "生态效益"),
    "可持续影响指标": ("效益", "可持续影响"),
    "满意度指标": ("满意度", "服务对象满意度"),
    "服务对象满意度指标": ("满意度", "服务对象满意度"),
}
"""What a level 2 measures (guideline section 4)."""


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_row_measures_what_its_level_says(path: Path) -> None:
    for row in read(parts(path)["form"])[0]:
        if row.level2 in MEASURED:
            assert (row.category, row.subcategory) == MEASURED[row.level2]


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_spans_read_again(path: Path) -> None:
    form = parts(path)["form"]
    indicators, funding, problems = read(form)
    for row in indicators:
        assert row.level3 in form[row.start : row.end]
        if row.target_start is not None:
            assert form[row.target_start : row.target_end] == row.target
        if row.actual_start is not None:
            assert form[row.actual_start : row.actual_end] == row.actual
    for money in funding:
        assert (money.source or "").removeprefix("其中：") in form[money.start : money.end]
    for problem in problems:
        assert problem.text
        assert problem.text == form[problem.start : problem.end]


def test_ten_thousand_rows_in_linear_time() -> None:
    def form(rows: int) -> str:
        head = "项目名称\t路灯维护\n一级指标\t二级指标\t三级指标\t年度指标值\t实际完成值\t分值\t得分\n"
        return head + "".join(
            f"产出指标\t数量指标\t维护路灯第{row}组\t≥{row}盏\t{row + 1}盏\t10\t10\n" for row in range(rows)
        )

    read(form(10))
    times = []
    for size in (1000, 10000):
        start = time.process_time()
        assert len(read(form(size))[0]) == size
        times.append(time.process_time() - start)
    assert times[1] < times[0] * 25


@settings(max_examples=300, deadline=None)
@given(
    st.text(
        alphabet="项目名称一二三级指标年度值产出数量完成得分全预算执行率万元1234567890.%≥—/\t|\n  （）：。",
        max_size=400,
    )
)
def test_any_form_returns(form: str) -> None:
    read(form)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_cut_form_returns(path: Path) -> None:
    form = parts(path)["form"]
    for place in range(0, len(form), 7):
        read(form[:place] + form[place + 5 :])


FUNDING = "资金来源\t全年预算数\t全年执行数\t执行率\n"


def test_a_line_of_heads_that_comes_twice_counts_once() -> None:
    once, often = (read(FUNDING * times + "省级资金\t500\t480\t96%\n中央资金\t96%\t7.5\n") for times in (1, 200))
    assert [funding_line(row) for row in once[1]] == [funding_line(row) for row in often[1]] != []
    assert often[2] == []


@pytest.mark.parametrize("line", ["head", "row"])
def test_a_line_longer_than_lines_of_forms_are_is_read_as_far_and_told(line: str) -> None:
    beyond = forms.MAX_CELLS + 1
    head = "资金来源\t全年预算数" + "\t全年执行数" * (beyond - 2) + "\n"
    row = "省级资金\t500\t480" + "\t完成" * (beyond - 3) + "\n"
    _, funding, problems = read(head + row if line == "head" else FUNDING + row)
    assert [(str(entry.budget), str(entry.spent)) for entry in funding] == [("500", "480")]
    lines = ("head", "row") if line == "head" else ("row",)
    assert [problem.reason for problem in problems] == [
        f"a {name} of {beyond} cells, of which {forms.MAX_CELLS} were read; part it into lines" for name in lines
    ]


def test_a_head_has_no_more_columns_than_a_line_has_cells() -> None:
    cells = [Cell("全年执行数", 0, 5)] * (forms.MAX_CELLS + 1)
    assert len(forms.head([(Cell("全年预算数", 0, 5), *cells)], None, placed=False).columns) == forms.MAX_CELLS + 1


def test_the_longest_line_of_a_form_is_no_problem() -> None:
    row = "省级资金\t500\t480" + "\t7" * (forms.MAX_CELLS - 3) + "\n"
    assert read(FUNDING + row)[2] == []


FORM = """二级指标	三级指标	年度指标值	实际完成值	分值	得分
数量指标	培训护林员人次	≥300人次	312人次	10	10
数量指标	巡山护林员人次	≥312人次	300人次	10	10
数量指标	宣传月	12期	12期	10	10
数量指标	全年培训护林员人次（含外聘）	5个	5个	10	10
数量指标	防火道	≥30	31公里	10	10
"""
STATED = [
    ("培训护林员人次", 312, "人次", "培训护林员人次", "the whole name, the actual"),
    ("培训护林员", 300, "人次", "培训护林员人次", "its beginning, the target"),
    ("护林员人次", 312, "人次", "培训护林员人次", "its end; an actual goes before a target"),
    ("护林员人次", 300, "人次", "巡山护林员人次", "an actual goes before a target of an earlier row"),
    ("县培训护林员人次", 312, "人次", "培训护林员人次", "the row's name ends the mention's"),
    ("培训护林员人次总数", 312, "人次", "培训护林员人次", "it begins it"),
    ("培训的护林员人次", 312, "人次", "培训护林员人次", "的 does not count"),
    ("全年培训护林员人次", 5, "个", "全年培训护林员人次（含外聘）", "nor do brackets"),
    ("宣传月", 12, "期", "宣传月", "a short name that is the whole name"),
    ("培训护林员人次", 312, None, "培训护林员人次", "a figure without a unit"),
    ("防火道", 30, "条", "防火道", "a target without a unit"),
    ("防火道（含隔离带）", 31, "公里", "防火道", "brackets of the mention do not count"),
    ("防火道", 31, "条", None, "the actual's unit"),
    ("培训护林员人次", 312, "户", None, "another unit"),
    ("培训护林员人次", 313, "人次", None, "another value"),
    ("培训护林员人次", None, "人次", None, "no value"),
    ("巡山", 300, "人次", None, "a short name that is not the whole name"),
    ("护林员", 312, "人次", None, "the middle of a name"),
    ("", 312, "人次", None, "no name"),
]


@pytest.mark.parametrize(("item", "value", "unit", "row", "why"), STATED, ids=[case[4] for case in STATED])
def test_a_row_states_a_figure(item: str, value: int | None, unit: str | None, row: str | None, why: str) -> None:
    stated = matching.Stated(read(FORM)[0])
    found = stated.by(item, None if value is None else Decimal(value), unit)
    assert (found and found.level3) == row, why


MONEY = ("source", "budget", "spent", "rate")
GOALS = ("level3", "target", "actual", "weight", "score")
ALIGNED = [
    (("text", "number", "number", "percent"), MONEY, (0, 1, 2, 3), "each cell under its head"),
    (("text", "number", "percent"), MONEY, (0, 1, 3), "a cell that has vanished"),
    (("text", "number", "number", "number", "percent"), MONEY, (0, 1, 2, None, 3), "more amounts than heads"),
    (("text", "value", "value", "number", "number"), GOALS, (0, 1, 2, 3, 4), "each cell under its head"),
    (("text", "value", "value", "number"), GOALS, (0, 1, 2, 4), "a score without its weight"),
    (
        ("text", "value", "unit", "unit", "unit", "value", "number", "number"),
        GOALS,
        (0, 1, None, 2, None, None, 3, 4),
        "no more than two cells side by side without a head",
    ),
    (("dash", "text", "value", "value", "number", "number"), GOALS, (None, 0, 1, 2, 3, 4), "a cell before the name"),
]


@pytest.mark.parametrize(("kinds", "roles", "under", "why"), ALIGNED, ids=[case[3] for case in ALIGNED])
def test_cells_stand_under_the_heads_that_suit_them(
    kinds: tuple[CellKind, ...], roles: tuple[str, ...], under: tuple[int | None, ...], why: str
) -> None:
    heads = tuple(columns.Column(role, place) for place, role in enumerate(roles))
    assert columns.align(kinds, None, heads) == under, why
