"""Figures and dates made by chance whose meaning is known: every number in every dress, every day in every form."""

from __future__ import annotations

import random
from calendar import monthrange
from datetime import date
from decimal import Decimal

import pytest

from tests.extractors.cases import figures_of, number

BEFORE = {"": "=", "超过": ">", "不低于": "≥", "至少": "≥", "近": "≈", "约": "≈", "不足": "<", "不超过": "≤", "逾": ">"}
BEHIND = {"以上": "≥", "以内": "≤", "左右": "≈"}
UNITS = {
    "万元": ("amount", "万元", Decimal(1)),
    "元": ("amount", "万元", Decimal("0.0001")),
    "亿元": ("amount", "万元", Decimal(10000)),
    "万美元": ("amount", "万美元", Decimal(1)),
    "%": ("rate", "%", Decimal(1)),
    "‰": ("rate", "%", Decimal("0.1")),
    "个百分点": ("rate", "百分点", Decimal(1)),
    "户": ("count", "户", Decimal(1)),
    "人次": ("count", "人次", Decimal(1)),
    "万人次": ("count", "人次", Decimal(10000)),
    "㎡": ("count", "平方米", Decimal(1)),
    "km": ("count", "公里", Decimal(1)),
    "分": ("score", "分", Decimal(1)),
    "个月": ("duration", "个月", Decimal(1)),
    "小时": ("duration", "小时", Decimal(1)),
}
WIDE = str.maketrans("0123456789.%", "０１２３４５６７８９．％")
LED = {"amount": "实际支出", "rate": "占比", "count": "涉及", "score": "得分", "duration": "工期"}
CHANGES = {"同比增长": "up", "较上年提高": "up", "同比下降": "down", "减少": "down"}


def dressed(made: random.Random, value: Decimal) -> str:
    """A value as offices write it."""
    text = f"{value:,}" if made.random() < 0.4 else f"{value}"
    return text.translate(WIDE) if made.random() < 0.2 else text


@pytest.mark.parametrize("seed", range(150))
def test_a_made_figure(seed: int) -> None:
    made = random.Random(seed)
    form, (kind, unit, factor) = made.choice(list(UNITS.items()))
    value = Decimal(made.randrange(2, 9999)) / made.choice((1, 1, 10, 100))
    change = made.choice(list(CHANGES)) if kind in ("amount", "rate") and made.random() < 0.4 else None
    fitting = [word for word in BEFORE if (word, kind) != ("近", "duration")]
    before, behind = ("", made.choice(list(BEHIND))) if made.random() < 0.3 else (made.choice(fitting), "")
    blank = made.choice(("", "", " "))
    figure = f"{dressed(made, value)}{blank}{form}"
    head = f"项目全年{change or LED[kind]}{before}"
    (found,) = figures_of(f"{head}{figure}{behind}，进展顺利。")
    told = (found.text, found.reading.kind, number(found.reading.value), found.reading.unit, found.reading.bound)
    bound = BEHIND.get(behind) or BEFORE[before]
    assert (found.start, *told) == (len(head), figure, kind, number(value * factor), unit, bound)
    assert found.reading.change == (CHANGES[change] if change else None)


@pytest.mark.parametrize("seed", range(60))
def test_a_made_range_and_a_made_list(seed: int) -> None:
    made = random.Random(seed)
    form, (kind, unit, factor) = made.choice([one for one in UNITS.items() if one[1][0] in ("amount", "count", "rate")])
    low = Decimal(made.randrange(2, 50))
    high = low + made.randrange(1, 40)
    sign = made.choice(("-", "—", "~", "至", "到"))
    (found,) = figures_of(f"项目{LED[kind]}{low}{sign}{high}{form}，进展顺利。")
    assert (found.reading.value, found.reading.value_max, found.reading.unit) == (low * factor, high * factor, unit)
    joint = made.choice(("、", "和", "及", "与"))
    members = figures_of(f"三个片区分别{LED[kind]}{low}、{high}{joint}{low + 7}{form}，进展顺利。")
    listed = [one.reading for one in members if one.reading.kind == kind and one.reading.unit == unit]
    assert [one.value for one in listed] == [low * factor, high * factor, (low + 7) * factor]


MONTHS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
DIGITS = str.maketrans("0123456789", "〇一二三四五六七八九")


def stretch(made: random.Random) -> tuple[str, date, date]:
    """A date as it is written in a report on 2022, its first and its last day."""
    year, month, day = made.randrange(2016, 2025), made.randrange(1, 13), made.randrange(1, 29)
    later = min(12, month + made.randrange(1, 5))
    last = monthrange(year, month)[1]
    whole = (date(year, 1, 1), date(year, 12, 31))
    forms = [
        (f"{year}年", *whole),
        (f"{year}年度", *whole),
        (f"{str(year).translate(DIGITS)}年", *whole),
        (f"{year}年底", whole[1], whole[1]),
        (f"{year}年末", whole[1], whole[1]),
        (f"{year}年初", whole[0], whole[0]),
        (f"{year}年{month}月", date(year, month, 1), date(year, month, last)),
        (f"{year} 年 {month} 月", date(year, month, 1), date(year, month, last)),
        (f"{str(year).translate(DIGITS)}年{MONTHS[month - 1]}月", date(year, month, 1), date(year, month, last)),
        (f"{year}年{month}月{day}日", date(year, month, day), date(year, month, day)),
        (f"{year}-{month:02}-{day:02}", date(year, month, day), date(year, month, day)),
        (f"{year}.{month:02}.{day:02}", date(year, month, day), date(year, month, day)),
        (f"{year}年{month}月底", date(year, month, last), date(year, month, last)),
        (f"{year}年{month}月上旬", date(year, month, 1), date(year, month, 10)),
        (f"{year}年{month}月中旬", date(year, month, 11), date(year, month, 20)),
        (f"{year}年{month}月下旬", date(year, month, 21), date(year, month, last)),
        (f"{year}年上半年", date(year, 1, 1), date(year, 6, 30)),
        (f"{year}年下半年", date(year, 7, 1), date(year, 12, 31)),
        (f"{year}年第三季度", date(year, 7, 1), date(year, 9, 30)),
        (f"{year}年四季度", date(year, 10, 1), date(year, 12, 31)),
        (f"{year}年前三季度", date(year, 1, 1), date(year, 9, 30)),
        (f"{year}年至{year + 2}年", date(year, 1, 1), date(year + 2, 12, 31)),
        (f"{year}-{year + 1}年", date(year, 1, 1), date(year + 1, 12, 31)),
        (f"{year}年{month}月至{year + 1}年{later}月", date(year, month, 1), _end(year + 1, later)),
        ("今年6月", date(2022, 6, 1), date(2022, 6, 30)),
        ("去年11月", date(2021, 11, 1), date(2021, 11, 30)),
        (f"{month}月{day}日", date(2022, month, day), date(2022, month, day)),
    ]
    if later > month:
        forms.append((f"{year}年{month}-{later}月", date(year, month, 1), _end(year, later)))
        forms.append((f"{month}月至{later}月", date(2022, month, 1), _end(2022, later)))
    return made.choice(forms)


def _end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


@pytest.mark.parametrize("seed", range(200))
def test_a_made_date(seed: int) -> None:
    made = random.Random(seed)
    text, first, last = stretch(made)
    behind, bound = made.choice((("完成验收。", "="), ("以来进展顺利。", "≥"), ("前完成验收。", "≤")))
    (found,) = figures_of(f"项目于{text}{behind}", 2022)
    reading = found.reading
    assert (found.start, found.text, reading.kind) == (3, text, "date")
    assert (reading.date_start, reading.date_end, reading.bound) == (first, last, bound)
