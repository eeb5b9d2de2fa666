"""Numerals in every written form, and their exact values.

The magnitude belongs to the numeral: `18.6亿`元, `28.1万`件, `77万多`人次, `3.5百万`, `四千零一万`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import regex

DIGITS = {"〇": 0, "零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
SMALL = {"十": 10, "百": 100, "千": 1000}
LARGE = {"万": 10**4, "亿": 10**8}

HAN_DIGIT = "〇零一二两三四五六七八九"
HAN_NUMERAL = f"[{HAN_DIGIT}十百千万亿]++"
ARABIC = r"\d{1,3}(?:[, ]\d{3})++(?![\d,])(?:\.\d++)?|\d++(?:\.\d++)?"
MORE = "[余多]"
"""余 and 多, which say that the true number is larger."""
MAGNITUDE = "(?:百万|千万|百亿|千亿|万亿|[百千万亿])(?!分[点之]|[克米瓦伏])"

NUMERAL = rf"(?:{ARABIC})(?:{MORE}?{MAGNITUDE})?{MORE}?|{HAN_NUMERAL}(?:{MORE}[百千万亿]?)?"

_PARTS = regex.compile(rf"(?P<head>{ARABIC}|{HAN_NUMERAL})(?P<more>{MORE})?(?P<scale>[百千万亿]*+)(?P<late>{MORE})?")


class Numeral(NamedTuple):
    """The exact value of a numeral, whether 余 or 多 follows, and whether it is a bare magnitude (百余, 亿)."""

    value: Decimal
    more: bool
    bare: bool


def parse(text: str) -> Numeral | None:
    """The value of a numeral as written, or None where the whole is none.

    >>> [str(parse(text).value) for text in ("1,290.80", "四千零一万", "77万多", "百余", "3.5百万", "二〇二三")]
    ['1290.80', '40010000', '770000', '100', '3500000.0', '2023']
    """
    match = _PARTS.fullmatch(text)
    if match is None:
        return None
    head = match["head"]
    value = Decimal(head.replace(",", "").replace(" ", "")) if head[0].isdecimal() else _han(head)
    if value is None:
        return None
    for sign in match["scale"]:
        value *= SMALL.get(sign) or LARGE[sign]
    return Numeral(value, bool(match["more"] or match["late"]), head[0] in "百千万亿")


def _han(text: str) -> Decimal | None:
    """The value of a numeral in Chinese characters: positional (二〇二三) or with magnitudes (四千零一万)."""
    if not any(sign in SMALL or sign in LARGE for sign in text):
        return _positional(text)
    value = _large(text, "亿万")
    return None if value is None else Decimal(value)


def _large(text: str, signs: str, tail_of: int = 0) -> int | None:
    """The value of a numeral with the given large magnitudes, the largest first; 亿 may count 万: 一万亿."""
    if not signs:
        return _section(text, tail_of)
    head, sign, tail = text.rpartition(signs[0])
    if not sign:
        return _large(text, signs[1:], tail_of)
    count = _large(head, signs[1:]) if head else 1
    if count is None:
        return None
    total = count * LARGE[sign]
    rest = _large(tail, signs[1:], total) if tail else 0
    return None if rest is None else total + rest


def _positional(text: str) -> Decimal | None:
    """Digits one after the other; two of them side by side (三四, 两三) name no number."""
    if len(text) == 1 or len(text) == 4:
        return Decimal("".join(str(DIGITS[sign]) for sign in text))
    return None


def _section(text: str, tail_of: int = 0) -> int | None:
    """The value below 万, `千百十` in falling order; a short last digit (三万五) is refused."""
    total, digit, floor = 0, None, 10**4
    for place, sign in enumerate(text):
        if sign in DIGITS:
            if digit is not None and digit != 0:
                return None
            digit = DIGITS[sign]
            continue
        size = SMALL.get(sign, 0)
        if size == 0 or size >= floor or (digit is None and not (size == 10 or place == 0)):
            return None
        total, digit, floor = total + (1 if digit is None else digit) * size, None, size
    if digit is None:
        return total
    short = floor > 10 and len(text) > 1 and text[-2] not in "零〇"
    return None if short or (tail_of and len(text) == 1) else total + digit
