"""What a report says of itself: the cells of its `documents` row (guideline section 5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import regex

from extractors import heads, lexicon, regions, seats, tables
from extractors.segment import Blocks
from extractors.textmap import FURNITURE, TextMap
from extractors.types import Document, Facts, Funding, TableBlock

WORD_COLUMNS = ("word", "use", "example")
HEAD_LINES = 12
"""A title stands among the first lines that hold something."""
MAX_TITLE = 90
MAX_OFFICE = 36
MAX_PROJECT = 60
"""Longer is no title, no office, no project's name (characters)."""


def of(doc: Document, text: TextMap, blocks: Blocks, funding: Sequence[Funding] = ()) -> Facts:
    """All facts of a report; `funding` are the rows of its forms, for a department's budget and spending in 万元."""
    lines = [*_lines(text)]
    title = _title(lines)
    office = _office(lines, title, blocks.tables)
    places = _places(office, title, text.text)
    kind = _kind(title, text.text, blocks.tables)
    money = _money(funding, kind)
    return Facts(
        title=_raw(text, title),
        org=_written(text, office),
        region=_written(text, places[-1]) if places else None,
        region_code=regions.code(places, text.text) if places else None,
        fiscal_year=fiscal_year(text, blocks),
        project=_project(text, lines, title, blocks.tables, kind),
        self_score=_score(text.text) or tables.total_score(blocks.tables),
        grade=_grade(text.text),
        kind=kind,
        budget=money[0],
        spent=money[1],
    )


# ---- words and lines ---------------------------------------------------------------------------------------------


class _Line(NamedTuple):
    start: int
    end: int
    text: str


@cache
def _words(use: str) -> str:
    """The words of one use as an alternation, the longest first."""
    found = [
        row["word"] for _, row in lexicon.rows("fact_words.tsv", WORD_COLUMNS, ("word", "use")) if row["use"] == use
    ]
    return "|".join(map(regex.escape, sorted(found, key=len, reverse=True)))


def _lines(text: TextMap) -> Iterator[_Line]:
    """The lines that hold something, without the furniture of a web page."""
    for match in regex.finditer(r"[^\n]+", text.text):
        bare = match[0].strip()
        if bare and not FURNITURE.search(bare[:60]):
            start = match.start() + match[0].index(bare)
            yield _Line(start, start + len(bare), bare)


def _raw(text: TextMap, line: _Line | None) -> str | None:
    if line is None:
        return None
    span = text.raw_span(line.start, line.end)
    return regex.sub(r"\s+", "", text.raw[span.start : span.end])


def _written(text: TextMap, name: str | None) -> str | None:
    """A name as the report writes it, where normalising has changed its signs."""
    at = text.text.find(name) if name else -1
    return _raw(text, _Line(at, at + len(name), name)) if name and at >= 0 else name


# ---- title -------------------------------------------------------------------------------------------------------

_SECTION = regex.compile(
    r"[一二三四五六七八九十]{1,3}[、.，]|\([一二三四五六七八九十]\)|第[一二三]部分"
    r"|\d{1,2}[.、]?\s?\p{Han}|摘\s*要|目\s*录"
)
_ANNEX = regex.compile(r"^附[件表][\d一二三四五六七八九十]{0,2}:")
_MOTTO = regex.compile(r"^[\p{Han}，\s]{0,24}——")
"""A saying set before or over a title: 金秋铺锦绣——某局绩效自评报告."""
_SKIPPED = regex.compile(r"附[件表][\d一二三四五六七八九十]{0,2}:?|\(?(?:19|20)\d\d年?度?\)?")


@cache
def _title_end() -> regex.Pattern[str]:
    return regex.compile(rf"[^。;|\t]*(?:{_words('title')})(?:\([^()]*\))?(?P<to>[\p{{Han}}、]{{2,40}}:)?")


@cache
def _office_line() -> regex.Pattern[str]:
    return regex.compile(rf"(?:中共|共青团)?[\p{{Han}}()·“”]{{2,{MAX_OFFICE}}}(?:{_words('office')})")


def _title(lines: Sequence[_Line]) -> _Line | None:
    """The first line that ends as titles do, with the line before it where the title is broken over two."""
    for number, line in enumerate(lines[:HEAD_LINES]):
        bare = _MOTTO.sub("", _ANNEX.sub("", line.text))
        match = _title_end().fullmatch(bare)
        if match is None and _SECTION.match(bare):
            return None
        if match and len(bare) <= MAX_TITLE and not bare.startswith("根据"):
            title = bare.removesuffix(match["to"] or "")
            start = line.end - len(bare)
            end = start + len(title)
            before = lines[number - 1] if number else None
            if before and title == line.text and _begins_title(before, title):
                return _Line(before.start, end, before.text + title)
            return _Line(start, end, title)
    return None


def _begins_title(before: _Line, rest: str) -> bool:
    """Whether a title's first part stands in the line before: it is no office, no number, no sentence."""
    if (
        _SKIPPED.fullmatch(before.text)
        or _office_line().fullmatch(before.text)
        or any(sign in before.text for sign in "。;:，")
    ):
        return False
    return (
        len(before.text) + len(rest) <= MAX_TITLE and not _title_end().fullmatch(before.text) and len(before.text) > 5
    )


# ---- fiscal year -------------------------------------------------------------------------------------------------

_YEAR = regex.compile(r"(?<!\d)(?P<year>(?:19|20)\d\d|二〇[〇一二三四五六七八九]{2})(?:年度|年)")
_CITED = regex.compile(r"《[^《》]*+(?:《[^《》]*+》[^《》]*+)*+》|[〔\[(【](?:19|20)\d\d[〕\])】]")
_HAN_DIGITS = str.maketrans("〇一二三四五六七八九", "0123456789")


def fiscal_year(text: TextMap, blocks: Blocks) -> int | None:
    """The year reported on: the title's, a form's caption's, else the one that the first pages name most (年度)."""
    lines = [*_lines(text)][:HEAD_LINES]
    title = _title(lines)
    captions = [table.title for table in blocks.tables]
    subtitle = [line.text for line in lines if regex.fullmatch(r"\([^()]*\)", line.text)]
    for place in (title.text if title else "", *captions, *subtitle):
        years = [*_years(place)]
        if years:
            return years[0]
    prose = _CITED.sub(" ", text.text[:4000])
    counts: Counter[int] = Counter()
    for match in _YEAR.finditer(prose):
        counts[_number(match)] += 3 if match[0].endswith("年度") else 1
    return max(counts, key=lambda year: (counts[year], -prose.find(str(year)))) if counts else None


def _years(text: str) -> Iterator[int]:
    return (_number(match) for match in _YEAR.finditer(_CITED.sub(" ", text)))


def _number(match: regex.Match[str]) -> int:
    return int(match["year"].translate(_HAN_DIGITS))


# ---- office and region -------------------------------------------------------------------------------------------

_DATE_LINE = regex.compile(
    r"(?:19|20)\d\d年\d{1,2}月(?:\d{1,2}日)?"
    r"|二〇[〇一二三四五六七八九]{2}年[一二三四五六七八九十]{1,2}月(?:[一二三四五六七八九十]{1,3}日)?"
)
_LABELLED = regex.compile(
    r"(?:填报单位|单位名称|部门名称|项目单位|报告单位|自评单位|编制单位)(?:\([^()]*\))?:"
    r"(?P<name>[\p{Han}()]{4,36}?)(?:单位:|\d|\s|$)"
)


def _office(lines: Sequence[_Line], title: _Line | None, found: Sequence[TableBlock]) -> str | None:
    """The reporting unit: who signs, who stands over the title, who fills in the form; a name with its place wins."""
    stated = [name for name in (*_signed(lines), *_heading(lines, title), *_in_forms(found)) if name]
    full = [name for name in stated if not _BARE_OFFICE.match(name)]
    return next(iter(full or stated), None)


_BARE_OFFICE = regex.compile(r"[省市县区州镇乡我本]|\p{Han}{1,3}$")
"""A name without the place that it belongs to: 市商务局."""


def _signed(lines: Sequence[_Line]) -> Iterator[str]:
    """An office in a line of its own right before a date in a line of its own, the last one first."""
    for number in range(len(lines) - 1, 0, -1):
        if _DATE_LINE.fullmatch(lines[number].text):
            above = lines[number - 1].text.removeprefix(")")
            signed = _office_line().fullmatch(above) or _office_line().match(above)
            if signed and len(above) <= MAX_OFFICE:
                yield signed[0]


def _heading(lines: Sequence[_Line], title: _Line | None) -> Iterator[str]:
    """The office over the title, in a label, at the title's beginning."""
    for line in lines[:HEAD_LINES]:
        if match := _LABELLED.search(line.text):
            yield match["name"]
        if title is not None and line.end <= title.start and _office_line().fullmatch(line.text):
            yield line.text
    if title is not None and (match := _before_subject().match(title.text)):
        yield match["name"]


@cache
def _before_subject() -> regex.Pattern[str]:
    ends = _words("office")
    return regex.compile(
        rf"(?P<name>\p{{Han}}{{2,{MAX_OFFICE}}}?(?:{ends}))(?=关于|(?:19|20)\d\d|部门整体|项目|整体|本级)"
    )


def _in_forms(found: Sequence[TableBlock]) -> Iterator[str]:
    """The unit in a form: 部门名称 before 主管部门, and the office column of a summary where it names just one."""
    for wanted in ("department", "office"):
        for table in found:
            for row in table.rows:
                filled = [cell.text for cell in row if cell.text]
                for name, value in pairwise(filled):
                    if heads.role(name) == wanted and heads.role(value) is None and _office_line().fullmatch(value):
                        yield value
    column = {cell.text for table in found for row in table.rows for cell in row if _office_line().fullmatch(cell.text)}
    yield from column if len(column) == 1 else ()


def _places(office: str | None, title: _Line | None, text: str) -> Sequence[str]:
    """The place whose office reports, behind the places around it.

    The office's name begins with it, the title has it, else the prose calls it its own.
    """
    company = office is not None and regex.search(r"公司$|事务所(?:\(.*\))?$", office)
    named = seats.leading(office) if office and not company else []
    own = [] if named else seats.titled(title.text) if title else []
    return named or own or [place for place in [seats.own(_CITED.sub(" ", text))] if place]


# ---- project -----------------------------------------------------------------------------------------------------

_REVIEW = r"(?:支出)?(?:的)?(?:财政)?(?:支出)?(?:重点)?(?:绩效|自评|评价)"
_ASKED = regex.compile(
    r"(?:安排|下达|实施|开展了?|组织对|对|收到)(?:我[局院校县市区]|[我本]单位)?"
    r"(?P<name>(?:(?:19|20)\d\d年度?)?[^，。;:《》“”\d]{4,30}?(?:项目|专项资金|经费|补助资金))(?=\d|进行|开展|绩效|的?资金)"
)


def _project(
    text: TextMap, lines: Sequence[_Line], title: _Line | None, found: Sequence[TableBlock], kind: str | None
) -> str | None:
    """The project reported on: the form's, that in brackets below the title, the title's, the first that gets money."""
    stated = tables.projects(found, text)
    if stated or kind in ("部门整体支出", "汇编"):
        return next(iter(stated)) if len(stated) == 1 and kind != "汇编" else None
    below = next((line for line in lines if title and line.start >= title.end), None)
    match = _BRACKETED.fullmatch(below.text) if below else None
    if match and len(match["name"]) > MIN_PROJECT:
        return _written(text, match["name"])
    if title and (name := _in_title(title.text)):
        return _written(text, name)
    if title and any(word in title.text for word in _words("generic").split("|") if len(word) > 3):
        return None
    match = _ASKED.search(_CITED.sub(lambda cited: "》" * len(cited[0]), text.text[:3000]))
    return _written(text, match["name"]) if match else None


_BRACKETED = regex.compile(r"\((?P<name>[^()]*+(?:\([^()]*+\)[^()]*+)*+)\)")
MIN_PROJECT = 6
"""What stands in brackets below a title is a project's name from this length on (characters)."""


def _in_title(title: str) -> str | None:
    """The part of a title between the office or place and what is said of the project (绩效自评报告)."""
    subject = regex.split(_REVIEW, title, maxsplit=1)[0]
    office = _before_subject().match(subject)
    if office:
        subject = subject[office.end() :].removeprefix("关于")
    elif places := seats.titled(subject):
        subject = subject[subject.index(places[-1]) + len(places[-1]) :]
    subject = regex.sub(r"(?:19|20)\d\d年度?$", "", subject)
    bare = regex.sub(r"^(?:19|20)\d\d年度?", "", subject)
    if len(subject) > MAX_PROJECT or len(bare) < 4 or regex.fullmatch(rf"(?:{_words('generic')})*", bare):
        return None
    return subject


# ---- score, grade, kind, money -----------------------------------------------------------------------------------

_SCORE = regex.compile(
    r"(?:自评|综合|总体|最终|评价|评定|总评|项目|合计)(?:(?!满分|其中|扣|权重)[^。;\n]){0,16}?"
    r"(?:得分|得|分数|评分|总分|自评)(?:情况|结果)?(?:为|是|:|达到|达|共|计|合计)*(?P<score>\d{1,3}(?:\.\d+)?)分(?![值的以])"
)
_PLAIN_SCORE = regex.compile(
    r"(?:自评|总分|总得分|综合得分|合计|共计|总计)(?:得分|分|为|:)*(?P<score>\d{1,3}(?:\.\d+)?)分(?![值的以])"
)
_PART = regex.compile(r"(?:其中|决策|过程|产出|效益|满意度|管理|指标|执行率?|一级|二级)[^，。;]{0,8}$")


def _score(text: str) -> Decimal | None:
    """The overall score in the prose: not the marks of a part, not a full mark; the best told one first."""
    found: list[tuple[int, int, Decimal]] = []
    for weight, pattern in ((1, _PLAIN_SCORE), (0, _SCORE)):
        for match in pattern.finditer(text, overlapped=True):
            score = Decimal(match["score"])
            clause = text[match.start() : match.start("score")].rpartition("，")[2]
            full = score == 100 and match[0].startswith("总分")
            if MIN_SCORE <= score <= 100 and not full and not _PART.search(clause):
                near = text[max(0, match.start() - 40) : match.end() + 40]
                graded = bool(regex.search("等级|等次|评级|档次|满分", near))
                part = "其中" in text[max(0, match.start() - 12) : match.start()]
                found.append((weight + 2 * graded - 3 * part, -match.start(), score))
    return max(found)[2] if found else None


MIN_SCORE = 30
"""Less is the score of a part (分)."""


@cache
def _graded() -> regex.Pattern[str]:
    return regex.compile(
        rf"(?:(?:等级|等次|评级|档次|等第|级别|评定|结果|结论)(?:(?!分为|划分|标准)[^，。;、\n]){{0,8}}?|\d分[，、(]“?)"
        rf"(?P<grade>{_words('grade')})(?:等次|等级|等|级|档)?(?=[”\"」’，。;.)\s]|$)"
    )


def _grade(text: str) -> str | None:
    """The overall grade as written; grade bands (优、良、中、差) are none."""
    match = _graded().search(text)
    return match["grade"] if match else None


def _kind(title: _Line | None, text: str, found: Sequence[TableBlock]) -> str | None:
    """What form of report it is; several projects' forms, or forms of both kinds, make a 汇编."""
    names = [cell.text for table in found for row in table.rows for cell in row if cell.text]
    projects = sum(1 for name in names if name == "项目名称")
    department = any(heads.role(name) == "department" for name in names)
    head = title.text if title else text[:400]
    if projects > 1 or (projects and department) or "汇编" in head:
        return "汇编"
    if "整体支出" in head or "部门整体" in head or (department and not projects):
        return "部门整体支出"
    if "评价报告" in head and "自评" not in head and regex.search("受[^。]{2,20}委托|评价机构|委托单位", text[:3000]):
        return "财政评价"
    return "项目支出" if "项目" in text or "专项" in text else None


def _money(funding: Sequence[Funding], kind: str | None) -> tuple[Decimal | None, Decimal | None]:
    """A department's budget and spending: the form's row of the whole, else its only row."""
    if kind not in ("部门整体支出", "汇编"):
        return None, None
    own = [row for row in funding if row.project is None]
    whole = [row for row in own if row.source and regex.search("总额|整体支出|年度预算|财政拨款", row.source)]
    row = next(iter(whole or (own if len(own) == 1 else ())), None)
    return (row.budget, row.spent) if row else (None, None)
