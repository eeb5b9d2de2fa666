"""What holds of every text, however odd."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from extractors import formats, numerals, pipeline
from extractors.types import Document, Report

REPORTS = sorted((Path(__file__).parents[2] / "data" / "reports").glob("*.txt"))
PIECES = (
    *("县财政安排", "资金", "支出", "到位率", "满意度", "得分", "同比增长", "分别为", "其中：", "不低于", "近", "约"),
    *("1,290.80", "４６．５", "928", "四千零一", "百余", "三", "2023", "12", "0", "一", "77万多", "3.5百", "九成"),
    *("万元", "亿元", "元", "%", "‰", "个", "人次", "个月", "年", "月", "日", "分", "㎡", "km2", "倍", "天"),
    *("，", "。", "；", "、", "（", "）", "《", "》", "“", "”", "-", "至", "≥", "\n", "\t", " ", "　", "|", "\r\n"),
    *("一、", "（一）", "1.", "第二批", "财农〔2022〕57号", "以上", "左右", "以内", "前", "底", "今年", "项目名称"),
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=60).map("".join))


def extract(raw: str) -> Report:
    return pipeline.extract(Document("0" * 32, "report.txt", raw, "utf-8", len(raw)))


@settings(max_examples=300, deadline=None)
@given(TEXTS)
@example("")
@example("\r\n\t|")
@example("一、產出（２０２２） 情況\n完成 ９２８ 個,新建\n12 座，三（3）年。")
def test_any_text_returns_and_every_span_reads_again(raw: str) -> None:
    report = extract(raw)
    for mention in report.mentions:
        assert raw[mention.start : mention.end] == mention.text
        assert mention.text.strip() == mention.text != ""
        assert mention.text in mention.sentence
        assert mention.sentence in raw
        for heading in mention.section.split(" > "):
            signs = iter(raw)
            assert all(sign in signs for sign in heading), "a heading is made of the report's own characters"
    for entity in report.entities:
        assert raw[entity.start : entity.end] == entity.text


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_mentions_stand_in_order_and_never_overlap(raw: str) -> None:
    mentions = extract(raw).mentions
    assert all(one.end <= following.start for one, following in pairwise(mentions))


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_every_reading_is_whole(raw: str) -> None:
    """A date has both days in order, everything else a value and a unit; a range rises; a value is never negative."""
    for mention in extract(raw).mentions:
        one = mention.reading
        if one.kind == "date":
            assert one.date_start is not None
            assert one.date_end is not None
            assert one.date_start <= one.date_end
            assert one.value is None
        else:
            assert one.unit
            assert one.value is not None
            assert one.value >= 0
            assert one.value_max is None or one.value < one.value_max
        assert (one.currency is not None) == (one.kind == "amount")
        assert one.change is None or one.kind in ("amount", "rate")


SIGNS = "零一二三四五六七八九"


def spelled(value: int) -> str:
    """An integer as it is written in Chinese: 10020 is 一万零二十."""
    for size, sign in ((10**8, "亿"), (10**4, "万"), (1000, "千"), (100, "百"), (10, "十")):
        count, rest = divmod(value, size)
        if count:
            gap = "零" if 0 < rest < size // 10 else ""
            return spelled(count) + sign + gap + (spelled(rest) if rest else "")
    return SIGNS[value]


@settings(max_examples=2000)
@given(st.one_of(st.integers(0, 10**12), st.integers(0, 99_999)))
@example(10**12)
@example(10**12 - 1)
@example(10**8 + 1)
@example(10_020)
def test_every_integer_spelled_out_reads_back(value: int) -> None:
    found = numerals.parse(spelled(value))
    assert found is not None
    assert found.value == value


@given(st.integers(11, 19))
def test_a_teen_may_stand_without_its_one(value: int) -> None:
    found = numerals.parse(spelled(value).removeprefix("一"))
    assert found is not None
    assert found.value == value


@given(st.decimals(0, 10**9, places=4, allow_nan=False), st.booleans())
def test_every_decimal_reads_back(value: Decimal, grouped: bool) -> None:
    found = numerals.parse(f"{value:,}" if grouped else f"{value}")
    assert found is not None
    assert found.value == value


@given(st.text(alphabet="〇零一二两三四五六七八九十百千万亿余多0123456789,.", max_size=12))
def test_a_numeral_is_read_whole_or_not_at_all(text: str) -> None:
    found = numerals.parse(text)
    assert found is None or found.value >= 0


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.stem)
def test_a_report_is_read_the_same_alone_and_after_others(path: Path) -> None:
    """Nothing is kept between reports: how a run cuts its list into batches changes no row."""
    doc = formats.read(path.read_bytes(), path.name)
    alone = pipeline.extract(doc)
    for other in REPORTS[:2]:
        pipeline.extract(formats.read(other.read_bytes(), other.name))
    assert pipeline.extract(doc) == alone


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.stem)
def test_a_report_cut_anywhere_returns(path: Path) -> None:
    raw = formats.read(path.read_bytes(), path.name).raw
    for place in range(0, len(raw), max(1, len(raw) // 5)):
        extract(raw[:place])
        extract(raw[place:])
