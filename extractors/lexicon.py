"""The only reader of `lexicons/`: it refuses what is wrong with the file, the line, and what would be right."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple, cast, get_args

import regex

from extractors.errors import LexiconError
from extractors.types import Bound, Category, Change, Kind, Role, Stage

Row = Mapping[str, str]


def folder() -> Traversable:
    """Where the lexicons lie."""
    return files("lexicons")


def rows(
    name: str, columns: tuple[str, ...], key: tuple[str, ...], text: str | None = None
) -> Iterator[tuple[int, Row]]:
    """The rows of a TSV file with their line numbers; `text` stands for the file's content in tests.

    The first line names the columns; a line that begins with `#` is a comment. The `key` columns differ in every row.
    """
    lines = (text if text is not None else (folder() / name).read_text(encoding="utf-8")).split("\n")
    header = tuple(lines[0].split("\t"))
    if header != columns:
        raise LexiconError(name, 1, f"columns {', '.join(header)}", f"the file's columns are {', '.join(columns)}")
    seen: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(lines[1:], 2):
        if not line or line.startswith("#"):
            continue
        row = _row(name, number, line, columns)
        mark = tuple(row[column] for column in key)
        if mark in seen:
            raise LexiconError(
                name, number, f"{' '.join(mark)} stands already in line {seen[mark]}", "keep one of the two"
            )
        seen[mark] = number
        yield number, row


def _row(name: str, number: int, line: str, columns: tuple[str, ...]) -> Row:
    cells = line.split("\t")
    if len(cells) != len(columns):
        raise LexiconError(
            name, number, f"{len(cells)} cells", f"part {len(columns)} cells by tabs: {', '.join(columns)}"
        )
    if blank := next((cell for cell in cells if cell != cell.strip()), None):
        raise LexiconError(name, number, f"blanks around {blank.strip()!r}", "take them out")
    if not cells[0]:
        raise LexiconError(name, number, f"no {columns[0]}", "every row begins with one")
    return dict(zip(columns, cells, strict=True))


def tree(name: str) -> dict[str, Any]:
    """The content of a TOML file."""
    try:
        return tomllib.loads((folder() / name).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise LexiconError(name, getattr(error, "lineno", 0), str(error), "write it as TOML") from None


# ---- units -------------------------------------------------------------------------------------------------------


class Unit(NamedTuple):
    """A unit as written and what it means: `value * factor` in `unit`.

    `arabic`: only behind a numeral in Arabic digits; `unless`: it is none where this follows.
    """

    form: str
    kind: Kind
    unit: str
    factor: Decimal
    currency: str | None
    arabic: bool
    unless: regex.Pattern[str] | None


@cache
def units() -> Mapping[str, Unit]:
    """The units by written form."""
    return {row["form"]: _unit(number, row) for number, row in rows("units.tsv", UNIT_COLUMNS, ("form",))}


UNIT_COLUMNS = ("form", "kind", "unit", "factor", "currency", "numerals", "unless", "example")


def _unit(number: int, row: Row) -> Unit:
    if row["kind"] not in get_args(Kind):
        raise LexiconError("units.tsv", number, f"kind {row['kind']}", f"one of {', '.join(get_args(Kind))}")
    if row["form"] not in row["example"]:
        raise LexiconError(
            "units.tsv", number, f"the example {row['example']!r} does not hold {row['form']}", "write one that does"
        )
    try:
        factor = Decimal(row["factor"])
    except InvalidOperation:
        raise LexiconError("units.tsv", number, f"factor {row['factor']!r}", "a number such as 1 or 0.0001") from None
    if row["numerals"] not in ("any", "arabic"):
        raise LexiconError("units.tsv", number, f"numerals {row['numerals']!r}", "any or arabic")
    unless = pattern("units.tsv", number, row["unless"]) if row["unless"] else None
    return Unit(
        row["form"],
        cast(Kind, row["kind"]),
        row["unit"],
        factor,
        row["currency"] or None,
        row["numerals"] == "arabic",
        unless,
    )


def pattern(name: str, number: int, text: str) -> regex.Pattern[str]:
    """A regular expression written in a lexicon."""
    try:
        return regex.compile(text)
    except regex.error as error:
        raise LexiconError(
            name, number, f"the pattern {text!r}: {error}", "write a regular expression of the regex module"
        ) from None


# ---- masks -------------------------------------------------------------------------------------------------------


class MaskRule(NamedTuple):
    """What looks like a figure and is none.

    `needs` holds characters (as in a regular expression's class) of which the sentence must hold one; empty: none.
    """

    pattern: str
    needs: str
    reason: str
    example: str
    counterexample: str


MASK_COLUMNS = ("pattern", "needs", "reason", "example", "counterexample")


@cache
def masks() -> tuple[MaskRule, ...]:
    """The masks in the order of the file; each row's example shows what it takes, its counterexample what it leaves."""
    found = []
    for number, row in rows("masks.tsv", MASK_COLUMNS, ("pattern",)):
        compiled = pattern("masks.tsv", number, row["pattern"])
        if row["needs"] and not pattern("masks.tsv", number, f"[{row['needs']}]").search(row["example"]):
            what = f"the example holds none of {row['needs']!r}"
            raise LexiconError("masks.tsv", number, what, "mend one of the two")
        if not compiled.search(row["example"]):
            raise LexiconError(
                "masks.tsv", number, f"the pattern does not find {row['example']!r}", "mend one of the two"
            )
        if compiled.search(row["counterexample"]):
            raise LexiconError("masks.tsv", number, f"the pattern takes {row['counterexample']!r} too", "narrow it")
        found.append(MaskRule(**row))
    return tuple(found)


# ---- cues --------------------------------------------------------------------------------------------------------


class Cue(NamedTuple):
    """Words beside a figure that change what it says: `sense` bound, change or role, on one `side` of it."""

    cue: str
    sense: str
    side: str
    value: str
    example: str
    counterexample: str


CUE_COLUMNS = ("cue", "sense", "side", "value", "example", "counterexample")
CUE_SENSES = {"bound": get_args(Bound), "change": get_args(Change), "role": get_args(Role)}


@cache
def cues(sense: str, side: str) -> tuple[Cue, ...]:
    """The cues of one sense on one side, in the order of the file."""
    return tuple(cue for cue in _cues() if cue.sense == sense and cue.side == side)


@cache
def _cues() -> tuple[Cue, ...]:
    found = []
    for number, row in rows("cues.tsv", CUE_COLUMNS, ("cue", "side")):
        pattern("cues.tsv", number, row["cue"])
        if row["side"] not in ("before", "after"):
            raise LexiconError("cues.tsv", number, f"side {row['side']!r}", "before or after")
        if row["value"] not in CUE_SENSES.get(row["sense"], ()):
            raise LexiconError("cues.tsv", number, f"{row['sense']} {row['value']!r}", f"one of {CUE_SENSES}")
        found.append(Cue(**row))
    return tuple(found)


# ---- what figures speak of ---------------------------------------------------------------------------------------

BACKGROUND = "-"
TOPICS: Mapping[str, tuple[str, ...]] = {
    "产出": ("数量", "质量", "时效", "成本"),
    "效益": ("经济效益", "社会效益", "生态效益", "可持续影响"),
    "满意度": ("服务对象满意度",),
    "决策": ("项目立项", "绩效目标", "资金投入"),
    "过程": ("资金管理", "组织实施"),
}
"""The framework's categories and their parts (财预〔2020〕10号)."""


class Topic(NamedTuple):
    """What a figure may speak of; all null for background."""

    category: Category | None
    subcategory: str | None
    stage: Stage | None

    @property
    def path(self) -> str:
        """The topic as written in `indicators.toml`: category/subcategory/stage."""
        return _path(self)


@cache
def _path(parts: tuple[str | None, ...]) -> str:
    return "/".join(part for part in parts if part) or BACKGROUND


@cache
def topic(path: str) -> Topic:
    """The topic that a path names."""
    if path == BACKGROUND:
        return Topic(None, None, None)
    category, subcategory, stage, *_ = [*path.split("/"), "", ""]
    if (
        category not in TOPICS
        or (subcategory and subcategory not in TOPICS[category])
        or (stage and stage not in get_args(Stage))
    ):
        raise LexiconError("indicators.toml", 0, f"[{path}]", f"category/subcategory/stage of {dict(TOPICS)}, or -")
    return Topic(cast(Category, category), subcategory or None, cast("Stage | None", stage or None))


@cache
def indicators() -> Mapping[str, Topic]:
    """Third-level indicators and their aliases: a figure of that name speaks of that topic."""
    return _words("indicators")


@cache
def topic_cues() -> Mapping[str, Topic]:
    """Words that speak for a topic, indicators included."""
    return {**_words("cues"), **indicators()}


def _words(what: str) -> Mapping[str, Topic]:
    found: dict[str, Topic] = {}
    for path, words in tree("indicators.toml").items():
        for word in words[what]:
            if word in found:
                raise LexiconError(
                    "indicators.toml", 0, f"{word} stands under {found[word].path} and {path}", "keep one of the two"
                )
            found[word] = topic(path)
    return found


class HeadingRule(NamedTuple):
    """A sort of heading, and what shows it."""

    name: str
    pattern: regex.Pattern[str]


HEADING_COLUMNS = ("class", "pattern", "example")


@cache
def headings() -> tuple[HeadingRule, ...]:
    """The sorts of headings, the most telling first."""
    found = []
    for number, row in rows("headings.tsv", HEADING_COLUMNS, ("class",)):
        compiled = pattern("headings.tsv", number, row["pattern"])
        if not compiled.search(row["example"]):
            raise LexiconError(
                "headings.tsv", number, f"the pattern does not find {row['example']!r}", "mend one of the two"
            )
        found.append(HeadingRule(row["class"], compiled))
    return tuple(found)


# ---- items -------------------------------------------------------------------------------------------------------

ITEM_SENSES = {
    "verb": "v",
    "link": "b",
    "change": "c",
    "adverb": "a",
    "part": "h",
    "each": "e",
    "sum": "s",
    "score": "g",
    "time": "t",
    "place": "o",
    "preposition": "x",
    "particle": "p",
    "measure": "q",
}
"""The senses of the words beside an item, each with the letter by which the model knows it."""


@cache
def item_words() -> Mapping[str, str]:
    """The words that tell where the name of what is counted begins and ends, with the letter of their sense."""
    found = {}
    for number, row in rows("items.tsv", ("word", "sense"), ("word",)):
        if row["sense"] not in ITEM_SENSES:
            raise LexiconError("items.tsv", number, f"sense {row['sense']!r}", f"one of {', '.join(ITEM_SENSES)}")
        found[row["word"]] = ITEM_SENSES[row["sense"]]
    return found
