"""What each figure counts or measures: the shortest phrase of the text that names it (guideline section 4).

What is certain is decided by rules: marks take the name of what is scored, grade bands the word for grades, thresholds
the group behind them, members of a list with 分别 their own names. All else is chosen by `phrases`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import regex

from extractors import phrase_model, phrases, words
from extractors.phrase_model import Model
from extractors.phrases import Line, Phrase
from extractors.textmap import TextMap
from extractors.types import Reading, Sentence, Statement
from extractors.words import Segmenter, Token


class Item(NamedTuple):
    """The name of what a figure counts, normalised, and its text span; both ends null where a heading gave it."""

    text: str
    start: int | None = None
    end: int | None = None


def read(statements: Iterable[Statement], segmenter: Segmenter = "jieba") -> Iterator[tuple[Item | None, ...]]:
    """The items of the figures of each statement; a figure without a name of its own may look back in its paragraph."""
    paragraph, last = None, None
    for statement in statements:
        if statement.sentence.paragraph != paragraph:
            paragraph, last = statement.sentence.paragraph, None
        found = of(statement, last, segmenter)
        last = next((item for item in reversed(found) if item), last)
        yield found


def of(statement: Statement, before: Item | None = None, segmenter: Segmenter = "jieba") -> tuple[Item | None, ...]:
    """The items of a statement's figures, null for dates; `before` is the last item of the sentence before.

    >>> from extractors import figures
    >>> sentence = Sentence("培训直播带货学员859人次，同比增长8%", 0, (), 0)
    >>> [item.text for item in of(next(figures.statements([sentence], 2022)))]
    ['直播带货学员', '直播带货学员']
    """
    if all(reading.kind == "date" for reading in statement.readings):
        return (None,) * len(statement.readings)
    return chosen(statement, words.tokens(statement.sentence.text, segmenter), before, phrase_model.packaged())


def chosen(statement: Statement, tokens: Sequence[Token], before: Item | None, model: Model) -> tuple[Item | None, ...]:
    """The items of a statement whose words are known, by the model given."""
    line = Line(statement, tokens, model)
    found: list[Item | None] = []
    known: list[tuple[int, Phrase]] = []
    for figure, reading in enumerate(statement.readings):
        item = None if reading.kind == "date" else _certain(line, figure, found, before)
        if item is None and reading.kind != "date":
            item = _likeliest(line, figure, known)
        found.append(item)
        if item is not None and item.start is not None and item.end is not None:
            origin = statement.sentence.start
            if item.start >= origin:
                known.insert(0, (figure, Phrase(item.start - origin, item.end - origin, 0.0)))
    return tuple(found)


def written(item: Item, text: TextMap) -> str:
    """The item as the report writes it."""
    return item.text if item.start is None or item.end is None else text.written(item.start, item.end)


def _item(sentence: Sentence, start: int, end: int) -> Item:
    return Item(sentence.text[start:end], sentence.start + start, sentence.start + end)


# ---- chosen by the model -----------------------------------------------------------------------------------------


def _likeliest(line: Line, figure: int, known: Sequence[tuple[int, Phrase]]) -> Item | None:
    """The phrase with the highest score, the first of equals."""
    best = max(phrases.candidates(line, figure, known), key=lambda phrase: phrase.score, default=None)
    return best and _item(line.statement.sentence, *_whole(line.statement, best))


_GENERIC = 2
"""A threshold belongs to the item where what follows it is as short as 项目 (characters)."""


def _whole(statement: Statement, phrase: Phrase) -> tuple[int, int]:
    """The phrase with the threshold before it: 10亿元以上【项目】 → 10亿元以上项目."""
    start, end, _ = phrase
    if statement.sentence.text.endswith("以上", 0, start) and end - start <= _GENERIC:
        for reading in statement.readings:
            if reading.kind == "amount" and reading.end == start - 2:
                return reading.start, end
    return start, end


# ---- certain -----------------------------------------------------------------------------------------------------


def _certain(line: Line, figure: int, found: Sequence[Item | None], before: Item | None) -> Item | None:
    """The item of a figure that a rule decides; `found` are those of the figures before it."""
    statement = line.statement
    reading = statement.readings[figure]
    if reading.kind == "score" and (
        item := _grade(statement.sentence, reading) or _scored(line, figure, found, before)
    ):
        return item
    return (
        _payee(statement, reading)
        or _grouped(line, figure)
        or _listed(statement, figure, found)
        or _measured(line, figure)
        or _bare(line, figure, before)
    )


_BAND = regex.compile(
    r"[优良中差](?:秀|好|等)?(?:为|\()?(?:得分)?[\d.≥>\-~分至以上含()]*$|^(?:\(含\))?(?:以[上下])?(?:\(含\))?(?:为|的?评?定?为|是)“?[优良中差合]"
)
_GRADES = regex.compile(r"(?:绩效评价)?(?:等级|等次)|档次")


def _grade(sentence: Sentence, reading: Reading) -> Item | None:
    """分为优(【90分】以上)、良(80-90分)…四个等级: the word for the grades."""
    before, after = sentence.text[: reading.start], sentence.text[reading.end :]
    grades = (_BAND.search(before) or _BAND.match(after)) and _GRADES.search(sentence.text)
    return _item(sentence, *grades.span()) if grades else None


_MARK = regex.compile(
    r"(?:(?:^|(?<=[，。;:(、)的故])|(?<=\d分)|(?<=情况))(?P<this>[本该此]?(?:项|指标|分项)*)|(?<=[，;:])(?:因|由于|但|每|按)[^，;:。]*?)"
    r"(?:满分|分值|权重|标准分|实际|最后|最终|应|实|可)?(?:得|计|扣|扣减|扣除|得分|分值|扣分|满分)?(?:为|是|:)?$"
)
"""What stands before a mark that no name precedes in its clause."""
_LABEL = regex.compile(
    r"\s*+(?:\(?[一二三四五六七八九十\d]{1,3}(?:\.\d{1,2})*[)、.]*)?“?(?P<name>[^，。;:\d(”]{2,24}?)”?(?:指标|情况)?(?:\([^):]{1,12}\))?[:(]"
)
_NAMED = regex.compile(r"(?<=[\u4e00-\u9fff”)])(?:满分|得分|扣分|权重|分值|得|扣)(?:为|是)?$")

_OVERALL = regex.compile(r"(?P<name>(?:绩效|项目)?自[我]?评(?:价)?)，(?:综合|总)?(?:得分?|评分)(?:为|是)?$")


def _scored(line: Line, figure: int, found: Sequence[Item | None], before: Item | None) -> Item | None:
    """指标满分【4分】: the name right before, else the label of the sentence, the mark before, the heading."""
    sentence, readings = line.statement.sentence, line.statement.readings
    text = sentence.text[: readings[figure].start]
    if overall := _OVERALL.search(text):
        return _item(sentence, *overall.span("name"))
    mark = _MARK.search(text)
    if mark is None:
        named = _NAMED.search(text)
        return _ending(line, figure, _at(line, named.start())) if named else None
    scored = [item for place, item in enumerate(found) if item and readings[place].kind == "score"]
    label = _LABEL.match(sentence.text)
    if scored and not (label and mark["this"]):
        return scored[0 if mark["this"] is None else -1]
    if label and label.end() <= readings[figure].start:
        return _item(sentence, *label.span("name"))
    if not mark["this"] and mark.start() > 0:
        return None
    nearest = next((item for item in reversed(found) if item), None)
    return nearest or _heading(sentence) or before


def _ending(line: Line, figure: int, end: int) -> Item | None:
    """The likeliest phrase that ends before a piece, if a name can end there."""
    if line.pieces[end - 1].shape not in _NOMINAL:
        return None
    best = max(phrases.ending(line, figure, end), key=lambda phrase: phrase.score, default=None)
    return best and _item(line.statement.sentence, best.start, best.end)


_NOMINAL = frozenset("1234q”")
"""The shapes of words that are no function words."""


_NUMBERED = regex.compile(r"\s*+(?:第?[(]?[一二三四五六七八九十\d]{1,3}(?:\.\d{1,2})*[)、.]*|[①-⑳])[、.]?")
_REST = regex.compile(r"[(，:].*|(?:完成|实现)?情况(?:分析)?$|分析$")


def _heading(sentence: Sentence) -> Item | None:
    """The name in the innermost heading: `2、预算执行率` → 预算执行率."""
    if not sentence.section:
        return None
    name = _REST.sub("", _NUMBERED.sub("", sentence.section[-1], count=1))
    return Item(name) if len(name) > 1 else None


def _payee(statement: Statement, reading: Reading) -> Item | None:
    """已拨付…有限公司【200万元】: the organisation whose name touches the amount."""
    for name in statement.entities if reading.kind == "amount" else ():
        if name.label == "ORG" and name.end == reading.start:
            return _item(statement.sentence, name.start, name.end)
    return None


_THRESHOLD = regex.compile(r"(?:\(含\))?以[上下](?:\(含\))?的?(?=[\u4e00-\u9fff“])(?![占的为达是由在均可])")


def _grouped(line: Line, figure: int) -> Item | None:
    """【65岁】以上老人: the group behind a threshold."""
    statement = line.statement
    match = _THRESHOLD.match(statement.sentence.text, statement.readings[figure].end)
    if match is None or statement.readings[figure].kind not in ("count", "amount", "duration"):
        return None
    behind = phrases.beginning(line, figure, _at(line, match.end()))
    best = max(behind, key=lambda phrase: phrase.score, default=None)
    return best and _item(statement.sentence, best.start, best.end)


def _at(line: Line, place: int) -> int:
    """Which piece begins at a place of the sentence, or parts there."""
    return bisect_left(line.pieces, place, key=lambda piece: piece.start)


def _measured(line: Line, figure: int) -> Item | None:
    """资金到位率为【100%】, 签约金额达【3亿元】: the name of a measure right before the figure."""
    place = line.figures[figure]
    while line.pieces[place - 1].shape in "b:":
        place -= 1
    if line.pieces[place - 1].shape != "q" or line.figures[figure] - place > _LINKS:
        return None
    item = _ending(line, figure, place)
    shared = (
        item
        and item.start
        and line.statement.sentence.text.endswith("占", 0, item.start - line.statement.sentence.start)
    )
    return None if shared else item


_LINKS = 3
"""How many link words may stand between a measure and its figure."""


# ---- lists -------------------------------------------------------------------------------------------------------

_JOINT = regex.compile(r"、|和|及|以及|与|，")
_NAMES = regex.compile(r"(?P<names>[^，。;:]*?)(?:同比|环比|依次|各)?$")


def _listed(statement: Statement, figure: int, found: Sequence[Item | None]) -> Item | None:
    """轮椅、助行器分别为640、【812件】: the name at its place in the list, else the item of the figure at its place."""
    text, readings = statement.sentence.text, statement.readings
    opening = text.rfind("分别", 0, readings[figure].start)
    if opening < 0:
        return None
    members = [place for place, reading in enumerate(readings) if reading.start > opening and reading.kind != "date"]
    size = _run(text, [readings[place] for place in members])
    if size < 2 or figure not in members[:size] or regex.search("[，;:。]", text[opening : readings[members[0]].start]):
        return None
    rank = members.index(figure)
    match = _NAMES.search(text, 0, opening)
    names = _parted(text, match.start("names"), match.end("names")) if match else []
    if len(names) == size:
        return _item(statement.sentence, *names[rank])
    earlier = [item for item in found[: members[0]] if item]
    if not names and len(earlier) >= size:
        return earlier[len(earlier) - size + rank]
    return found[members[0]] if rank else None


def _run(text: str, readings: Sequence[Reading]) -> int:
    """How many figures stand in a list without words between them."""
    for place in range(1, len(readings)):
        if not _JOINT.fullmatch(text, readings[place - 1].end, readings[place].start):
            return place
    return len(readings)


_LEAD = regex.compile(r"^(?:其中|其|使|将|实现|完成|安排)+")


def _parted(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The places of the names of a list: 轮椅、助行器、助听器; of 一、二季度支出进度, one measure, only the first."""
    lead = _LEAD.match(text, start, end)
    edges = [lead.end() if lead else start]
    for mark in regex.finditer("、|和|与|及", text[edges[0] : end]):
        edges += [edges[0] + mark.start(), edges[0] + mark.end()]
    edges.append(end)
    names = [(left, right) for left, right in zip(edges[::2], edges[1::2], strict=True) if right > left]
    measured = [phrases.is_measure(text[left:right]) for left, right in names]
    return names if all(measured) or not any(measured) else names[:1]


# ---- no name in the sentence -------------------------------------------------------------------------------------

_FUNCTION = frozenset("bcahgtxpD，:、()" + phrases.EDGE)


def _bare(line: Line, figure: int, before: Item | None) -> Item | None:
    """`较上年增加【8.2%】。`: a sentence that names nothing before or behind its figure speaks of the one before it."""
    place = line.figures[figure]
    alone = line.pieces[place + 1].shape in "\n，。;、)(" and all(
        piece.shape in _FUNCTION for piece in line.pieces[:place]
    )
    return before if alone else None
