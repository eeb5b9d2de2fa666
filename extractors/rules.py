"""What is certain of a figure's topic and role: rules, in the order of `RULES` (guideline sections 4 and 6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import regex

from extractors import context, lexicon
from extractors.context import Context, Hit
from extractors.lexicon import BACKGROUND, Topic
from extractors.types import Role, Statement


class Ruling(NamedTuple):
    """A decision on one figure: a topic path and a role, either null where it stays open, and the reason."""

    topic: str | None
    role: Role | None
    reason: str


class Topical(NamedTuple):
    """A figure's topic and role, the reasons, and how sure they are (0–1)."""

    topic: Topic
    role: Role
    evidence: str
    confidence: float


def read(statement: Statement, around: Context, hits: Sequence[Hit], last: Topical | None) -> list[Ruling]:
    """The rulings on a figure, the first one first; `last` is the sentence's last figure that is no date."""
    return [ruling for rule in RULES if (ruling := rule(statement, around, hits, last))]


_LABEL_END = r"(?:[为是达:]|达到|均|皆|都|已|约|仅|实际|完成|≥|>|高于|不低于|不?超过|\(|“)*$"
_BAND = regex.compile(r"(?:优|良|中|差|一般|合格|及格|优秀|良好|较差|较好)(?:秀|好)?[:(（]?$")
_FULL = regex.compile(r"(?:满分|分值|权重|占比|标准分|总分值|应得)[为是:]?(?:共|合计)?$")
_OVERALL = regex.compile(
    r"(?:综合|自评|评价|最终|总|整体|考评|考核|绩效)(?:得分|评分|总分|分数|总得分|自评|结果|自评得分|评价)*(?:评定)?[为是:]?(?:得|共)?$|总分|综合得分|自评得分|评价得分|总得分|总评|合计|共计"
)
_GRADED = regex.compile(
    r"(?:\(含\)|含)?(?:及?以[上下])?(?:的)?(?:为|是|属于?|评为|定为)[“\"]?(?:优|良|中|差|合格|一般|较)"
)
_THEN_GIVEN = regex.compile(r"[，,)、]?(?:自评|实际|综合)?(?:得|实得|得分|扣)")
_GRADES = regex.compile(r"(?:评价|评分|绩效)?等[级次]|档次")
_CARRIED = regex.compile(
    r"[，,、(]?(?:其中)?(?:分别)?(?:同比|环比|较|比|与)?[^，。;]{0,8}?(?:增长|增加|提高|上升|提升|增幅|增速|下降|减少|降低|降幅|下滑|回落)了?(?:约|近|超过?|达)?"
)
_NESTED = regex.compile(r"[，,;。(:]?\(?其中[:，]?")
_STAGED = regex.compile(r"实际|执行|到位|已|拨付|支付|结余|结转|完成|使用|剩余|收回|追加|调[减增]|合计|共计|总计")


def _sibling(statement: Statement, around: Context, hits: Sequence[Hit], last: Topical | None) -> Ruling | None:
    """Members of a list speak of one thing: `分别为12、15、9户`."""
    before = around.before
    if (
        before is None
        or last is None
        or around.gap not in ("、", "和", "及", "与")
        or before.kind != around.reading.kind
        or before.unit != around.reading.unit
    ):
        return None
    return Ruling(last.topic.path, last.role, "list")


_SIZE = regex.compile(r"(?:及|或)?以[上下内]的?[\u4e00-\u9fff]")
_SIZED = frozenset({"岁", "周岁", "月龄", "蒸吨"})


def _threshold(statement: Statement, around: Context, hits: Sequence[Hit], last: Topical | None) -> Ruling | None:
    """A size or age that names a group is a standard: `10亿元以上项目`, `65岁以上老人`."""
    reading = around.reading
    sized = reading.kind == "amount" or reading.unit in _SIZED
    if not sized or not (
        _SIZE.match(around.text, reading.end) or (reading.unit in _SIZED and reading.value_max is not None)
    ):
        return None
    return Ruling(None, "standard", "size of a group")


def _grades(statement: Statement, around: Context, hits: Sequence[Hit], last: Topical | None) -> Ruling | None:
    """The number of grades is a standard: `4个等级`."""
    counted = around.reading.kind == "count" and _GRADES.match(around.text, around.reading.end)
    return Ruling(BACKGROUND, "standard", "number of grades") if counted else None


def _cell(statement: Statement, around: Context, hits: Sequence[Hit], last: Topical | None) -> Ruling | None:
    """A figure in the goals' cell of a form is a target, one in the results' cell a fact."""
    side = context.cell_side(statement.sentence.cell)
    if side == "target":
        return Ruling(None, "target", "cell of goals")
    return Ruling(None, "actual", "cell of results") if side == "actual" else None


def _growth(statement: Statement, around: Context, hits: Sequence[Hit], last: Topical | None) -> Ruling | None:
    """A growth right behind a figure speaks of the same: `销售额2360万元，同比增长8%`."""
    before = around.before
    if around.reading.change is None or before is None or last is None or len(around.gap) > LONGEST_LINK:
        return None
    return Ruling(last.topic.path, None, "change of the figure before") if _CARRIED.fullmatch(around.gap) else None


LONGEST_LINK = 16


def _part(statement: Statement, around: Context, hits: Sequence[Hit], last: Topical | None) -> Ruling | None:
    """Parts of a sum inherit its topic and role, unless a word between says that the money moved on."""
    before, gap = around.before, around.gap
    if (
        before is None
        or last is None
        or before.kind != "amount"
        or around.reading.kind != "amount"
        or _STAGED.search(gap)
    ):
        return None
    follows = last.evidence.startswith("part") and len(gap) <= LONGEST_LINK and "。" not in gap
    inside = _NESTED.match(gap) or gap[:1] in ("、", "和", "及") or follows
    return Ruling(last.topic.path, last.role, "part of the sum before") if inside else None


def _score(statement: Statement, around: Context, hits: Sequence[Hit], last: Topical | None) -> Ruling | None:
    """Marks take the topic of what they mark; full marks, weights and grade bands are standards."""
    reading, text = around.reading, around.text
    if reading.kind != "score":
        return None
    before = text[: reading.start]
    if reading.value_max is not None or _BAND.search(before) or _GRADED.match(text, reading.end):
        return Ruling(BACKGROUND, "standard", "grade band")
    given = max(before.rfind("得"), before.rfind("扣"))
    weighed = (
        before.rfind("权重") > given
        or _FULL.search(before)
        or (_THEN_GIVEN.match(text, reading.end) and given < around.opens)
    )
    role: Role = "standard" if weighed else "actual"
    return Ruling(_marked(statement, around, hits, last), role, "score")


_TAIL = (
    r"(?:[，,、(:\s]|其中|本|该|此|项|指标|的|实际|自评|最终|应|满分|分值|权重|占|扣|扣除|得|得分|实得|计|共|评分|为|是"
    r"|指标值)*"
)
_LABEL_TAIL = regex.compile(_TAIL + "$")
_BARE_LABEL = regex.compile(_TAIL)
_GENERIC = regex.compile(r"本|该|此项|指标|满分|分值|权重|^[，,、(\s]*(?:得|扣|实得)")


def _marked(statement: Statement, around: Context, hits: Sequence[Hit], last: Topical | None) -> str | None:
    """The topic of what a score marks: of the indicator named before it, of its heading, of the score before."""
    opens, start = around.opens, around.reading.start
    label = around.text[opens:start]
    stem = _LABEL_TAIL.search(label)
    named = _last_indicator([hit for hit in hits if stem and opens <= hit.start and hit.end == opens + stem.start()])
    if named is not None:
        return named
    if _OVERALL.search(label):
        return BACKGROUND
    if (
        last is not None
        and around.before is not None
        and around.before.kind == "score"
        and _BARE_LABEL.fullmatch(label)
    ):
        return last.topic.path
    inner = _last_indicator(context.hits(statement.sentence.section[-1])) if statement.sentence.section else None
    if inner is not None and "/" in inner:
        return inner
    if not _GENERIC.search(label):
        return None
    said = _last_indicator([hit for hit in hits if hit.end <= start])
    outer = next(
        (told for heading in reversed(statement.sentence.section) if (told := _last_indicator(context.hits(heading)))),
        None,
    )
    return said or outer


def _last_indicator(hits: Sequence[Hit]) -> str | None:
    """The topic of the indicator named last, the longest where several end there; marks have no stage."""
    indicators = lexicon.indicators()
    named = [hit for hit in hits if hit.word in indicators]
    if not named:
        return None
    return lexicon.topic(max(named, key=lambda hit: (hit.end, -hit.start)).topic)._replace(stage=None).path


def _headed(statement: Statement, around: Context, hits: Sequence[Hit], last: Topical | None) -> Ruling | None:
    """A rate without a name of its own speaks of the indicator that its heading names."""
    reading, section = around.reading, statement.sentence.section
    if (
        reading.kind != "rate"
        or reading.change is not None
        or not section
        or any(hit.end <= reading.start for hit in hits)
    ):
        return None
    indicators = lexicon.indicators()
    named = [hit for hit in context.hits(section[-1]) if hit.word in indicators]
    return _longest(named, "heading")


def _named(statement: Statement, around: Context, hits: Sequence[Hit], last: Topical | None) -> Ruling | None:
    """A rate that bears the name of an indicator speaks of it: `资金到位率100%`."""
    reading, text = around.reading, around.text
    if reading.kind != "rate" or reading.change is not None:
        return None
    indicators = lexicon.indicators()
    label = regex.sub(_LABEL_END, "", text[around.left : reading.start])
    end = around.left + len(label)
    named = [hit for hit in hits if hit.word in indicators and hit.end == end]
    return _longest(named, "indicator")


def _longest(named: Sequence[Hit], where: str) -> Ruling | None:
    """The ruling of the longest name."""
    if not named:
        return None
    hit = max(named, key=lambda hit: hit.end - hit.start)
    return Ruling(hit.topic, None, f"{where} {hit.word}")


RULES: tuple[Callable[[Statement, Context, Sequence[Hit], Topical | None], Ruling | None], ...] = (
    _score,
    _grades,
    _threshold,
    _cell,
    _sibling,
    _part,
    _growth,
    _named,
    _headed,
)
"""What is certain, in the order of precedence; the first that names a topic or a role decides it."""
