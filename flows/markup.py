"""The training sentences of data/training: what their markup says, and an error with file and line where it is wrong.

One sentence a line, three cells parted by tabs: the field of government, the headings above the sentence, the sentence.
In the sentence `[[ORG:省水利厅]]` marks a name and `{{1,280万元|amount|决策/资金投入|actual|预算|资金}}` a figure, with
kind, category/subcategory (`-` for neither), role, stage and item. A name may hold figures, and nothing else is nested.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, cast, get_args

import regex

from extractors.errors import JixiaoError
from extractors.types import Category, Kind, Label, Role, Stage


class MarkupError(JixiaoError):
    """A line of training data is wrong: file, line, what, and what would be right."""

    def __init__(self, file: str, line: int, what: str, remedy: str) -> None:
        super().__init__(f"{file}:{line}: {what}; {remedy}")


class Name(NamedTuple):
    """A name in a sentence, by its place there."""

    start: int
    end: int
    label: Label


class Figure(NamedTuple):
    """A figure in a sentence, by its place there, and what it is about."""

    start: int
    end: int
    kind: Kind
    category: Category | None
    subcategory: str | None
    role: Role
    stage: Stage | None
    item: str | None


class Example(NamedTuple):
    """An annotated sentence: names and figures from left to right, and the line it was read from."""

    field: str
    section: tuple[str, ...]
    text: str
    names: tuple[Name, ...]
    figures: tuple[Figure, ...]
    file: str
    line: int


def examples(folder: Path) -> list[Example]:
    """The sentences of all files of a folder, in the order of their names."""
    return [example for path in sorted(folder.glob("*.tsv")) for example in read(path)]


def digest(folder: Path) -> str:
    """Names the content of the training files: the first 16 hex digits of a SHA-256."""
    content = hashlib.sha256()
    for path in sorted(folder.glob("*.tsv")):
        content.update(path.name.encode() + b"\0" + path.read_bytes())
    return content.hexdigest()[:16]


def read(path: Path) -> Iterator[Example]:
    """The sentences of a file."""
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) != 3:
            raise MarkupError(path.name, number, f"{len(cells)} cells", "part field, section and sentence by tabs")
        section = tuple(heading for heading in cells[1].split(" > ") if heading)
        try:
            text, names, figures = parse(cells[2])
        except ValueError as error:
            raise MarkupError(path.name, number, *error.args) from None
        yield Example(cells[0], section, text, names, figures, path.name, number)


# ---- one sentence ------------------------------------------------------------------------------------------------

_MARK = regex.compile(r"\[\[(?P<label>[A-Z]+):|(?P<close>\]\])|\{\{(?P<figure>[^{}]*+)\}\}|(?P<stray>\{\{|\}\}|\[\[)")


def parse(marked: str) -> tuple[str, tuple[Name, ...], tuple[Figure, ...]]:
    """The bare sentence, its names and its figures; a ValueError says what is wrong and what would be right.

    >>> parse("[[ORG:县财政局]]拨付{{82万元|amount|过程/资金管理|actual|支出|资金}}")[0]
    '县财政局拨付82万元'
    """
    text, done = "", 0
    names: list[Name] = []
    figures: list[Figure] = []
    open_name: tuple[int, Label] | None = None
    for mark in _MARK.finditer(marked):
        text += marked[done : mark.start()]
        done = mark.end()
        if mark["figure"] is not None:
            figures.append(_figure(mark["figure"].split("|"), len(text)))
            text += mark["figure"].split("|")[0]
        elif mark["label"] and open_name is None:
            open_name = len(text), cast(Label, _one_of(mark["label"], get_args(Label), "label"))
        elif mark["close"] and open_name is not None:
            names.append(Name(open_name[0], len(text), open_name[1]))
            open_name = None
        else:
            raise ValueError(f"{mark[0]!r} out of place", "close every mark, and no name inside a name")
    if open_name is not None:
        raise ValueError(f"[[{open_name[1]}: is not closed", "end the name with ]]")
    return text + marked[done:], tuple(names), tuple(figures)


_SUBCATEGORIES = {
    "产出": ("数量", "质量", "时效", "成本"),
    "效益": ("经济效益", "社会效益", "生态效益", "可持续影响"),
    "满意度": ("服务对象满意度",),
    "决策": ("项目立项", "绩效目标", "资金投入"),
    "过程": ("资金管理", "组织实施"),
}


def _figure(cells: Sequence[str], start: int) -> Figure:
    if len(cells) != 6:
        raise ValueError(f"{len(cells)} cells in {'|'.join(cells)!r}", "text|kind|category|role|stage|item")
    text, kind, about, role, stage, item = cells
    category, _, subcategory = about.partition("/") if about != "-" else ("", "", "")
    return Figure(
        start,
        start + len(text),
        cast(Kind, _one_of(kind, get_args(Kind), "kind")),
        cast(Category, _one_of(category, _SUBCATEGORIES, "category")) if category else None,
        _one_of(subcategory, _SUBCATEGORIES[category], "subcategory") if subcategory else None,
        cast(Role, _one_of(role, get_args(Role), "role")),
        cast(Stage, _one_of(stage, get_args(Stage), "stage")) if stage else None,
        item or None,
    )


def _one_of(value: str, known: Iterable[str], what: str) -> str:
    if value not in known:
        raise ValueError(f"{what} {value!r}", f"one of {', '.join(known)}")
    return value
