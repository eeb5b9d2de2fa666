"""What encoding bytes are in that do not say so, and whether they are Chinese text at all.

Bytes can be decoded in several ways without an error; each way is weighed by its characters. Those that Chinese is
written with speak for it; rare ones, other letters and what no text holds speak against it.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from extractors import lexicon
from extractors.errors import UnreadableReport
from extractors.textmap import fold

COLUMNS = ("characters",)
FREQUENT = 300
"""So many of the common characters make up most of a text."""
GOOD = 0.2
"""What weighs more is Chinese beyond doubt (a character)."""
MIN_WEIGHT = -0.5
"""What weighs less is no Chinese text, whatever it is: a list of rare names weighs more (a character)."""
ENOUGH = 12
"""Fewer characters beyond ASCII are too few to refuse a text."""
NEUTRAL = 6
"""So many characters that weigh nothing are thrown in, so that few tell less than many."""
MARGIN = 0.3
LIKELY = ("utf-8", "gb18030")
"""By so much must others outweigh the encodings that reports are in from the outset."""
CODECS = (
    ("utf-8", ("utf-8",)),
    ("gb18030", ("gb18030",)),
    ("big5", ("cp950", "big5hkscs")),
    ("utf-16-le", ("utf-16-le",)),
    ("utf-16-be", ("utf-16-be",)),
)
"""The encodings of Chinese, the likeliest first, each with the codecs that read it."""
_REMEDY = "save the report's original as UTF-8 text"
_ONLY = "only Chinese reports are read"


class Decoded(NamedTuple):
    """A text, the encoding that it was read as, and what its characters beyond ASCII weigh for Chinese on average."""

    text: str
    encoding: str
    weight: float


def read(data: bytes) -> tuple[str, str]:
    """The text of bytes and its encoding.

    Raises `UnreadableReport` where no encoding fits.

    >>> read("縣財政局撥付專項資金".encode("big5"))
    ('縣財政局撥付專項資金', 'big5')
    """
    found: list[Decoded] = []
    for one in _readings(data):
        found.append(one)
        if one.encoding == "utf-8" and one.weight > GOOD:
            break
    if not found:
        raise UnreadableReport(f"the bytes are neither UTF-8, GB18030, Big5 nor UTF-16; {_REMEDY}")
    best = max((one for one in found if one is found[0] or one.weight > 0), key=_likelihood)
    return best.text, best.encoding


def _likelihood(one: Decoded) -> float:
    return one.weight + (MARGIN if one.encoding in LIKELY else 0)


def _readings(data: bytes) -> Iterator[Decoded]:
    """The ways to decode bytes as Chinese, the likeliest first."""
    for encoding, codecs in CODECS:
        decoded = (text for codec in codecs if (text := _decoded(data, codec)) is not None)
        if (text := next(decoded, None)) is not None:
            yield Decoded(text, encoding, weight(text))


def _decoded(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return None


# ---- weighing ----------------------------------------------------------------------------------------------------


def weight(text: str) -> float:
    """What a text's characters beyond ASCII weigh for Chinese on average, from -2 to 1; a text in ASCII weighs 1.

    >>> weight("县财政局支出"), weight("ÏØ²ÆÕþ"), weight("abc")
    (0.5, -0.75, 1.0)
    """
    counts = _beyond(text)
    weighs = sum(times * _weight(sign) for sign, times in counts.items())
    return weighs / (counts.total() + NEUTRAL) if counts else 1.0


def _beyond(text: str) -> Counter[str]:
    """The characters that tell, folded: those beyond ASCII, and control characters."""
    found: Counter[str] = Counter()
    for sign, times in Counter(text.replace(_LOST, "\ufffd" * len(_LOST))).items():
        folded = sign if sign in CONTROLS else fold(sign)
        if sign in CONTROLS or not folded.isascii():
            found[folded] += times
    return found


CONTROLS = frozenset(map(chr, range(32))) - frozenset("\t\n\r\x0b\x0c")
"""The control characters that no text holds."""


_LOST = "锟斤拷"
"""What becomes of characters that were lost as UTF-8 and are then read as GB18030."""
_SIGNS = "¤§¨°±·×÷"
"""The characters that GB18030 has from Latin-1."""


@cache
def _common() -> dict[str, float]:
    """What the characters of every day weigh: the frequent ones, the common ones, GB2312's first level."""
    every = "".join(row["characters"] for _, row in lexicon.rows("common_characters.tsv", COLUMNS, COLUMNS))
    level = bytes(byte for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF) for byte in (high, low))
    known = dict.fromkeys(level.decode("gb2312", "ignore"), -0.3)
    return known | dict.fromkeys(every, 0.5) | dict.fromkeys(every[:FREQUENT], 1.0) | dict.fromkeys(_SIGNS, 0.0)


@cache
def _weight(sign: str) -> float:
    """What a character beyond ASCII weighs."""
    if sign in _common():
        return _common()[sign]
    category, name = unicodedata.category(sign), unicodedata.name(sign, "")
    if name.startswith("CJK UNIFIED") or sign == "\ufffd" or category[0] == "C":
        return -2.0
    if category[0] in "LM":
        wrong = sign < "\u0600" or name.startswith(("HIRAGANA", "KATAKANA", "HALFWIDTH", "HANGUL"))
        return -1.5 if wrong else -0.1  # Tibetan, Uyghur and Mongolian stand beside Chinese in their regions
    if sign < "\u0100":
        return -1.5
    return 0.0 if category[0] in "SN" else 0.5


# ---- what it is, if it is not Chinese ----------------------------------------------------------------------------


def check(text: str, encoding: str, data: bytes) -> None:
    """Raises `UnreadableReport` where a text is not Chinese: what the bytes seem to be instead, and the remedy."""
    counts = _beyond(text)
    weighs = weight(text)
    if counts.total() < ENOUGH or weighs > GOOD:
        return
    told = _told(text, encoding, data)
    if told is not None or (weighs < MIN_WEIGHT and not _is_chinese(counts, encoding)):
        odd = sum(times for sign, times in counts.items() if _weight(sign) < 0)
        few = f"{odd} of {counts.total()} characters are not used in Chinese; {_REMEDY}"
        raise UnreadableReport(told or few)


def _is_chinese(counts: Counter[str], encoding: str) -> bool:
    """Whether characters are what they seem, however rare: UTF-8 can't be mistaken, and few are of no script."""
    han = sum(times for sign, times in counts.items() if unicodedata.name(sign, "").startswith("CJK UNIFIED"))
    lost = sum(times for sign, times in counts.items() if unicodedata.category(sign)[0] == "C")
    return encoding == "utf-8" and han > counts.total() * MIN_HAN and lost < counts.total() * MAX_LOST


MIN_HAN = 0.1
"""From this share of Chinese characters on a text in UTF-8 is Chinese, beside whatever else."""


def _told(text: str, encoding: str, data: bytes) -> str | None:
    """What bytes are that are no Chinese text, as far as they tell."""
    lost = _beyond(text)["\ufffd"]
    if lost > len(text) * MAX_LOST:
        return f"{lost} of {len(text)} characters were lost before the file was saved; {_REMEDY}"
    if tongue := _tongue(text):
        return f"the text seems to be {tongue}; {_ONLY}"
    for right, wrong in _MISREAD:
        if _is_undone(text, right, wrong):
            return f"the text is {right} that was read as {wrong} and saved so; {_REMEDY}"
    for codec in _FOREIGN if encoding == "gb18030" else ():
        decoded = _decoded(data, codec)
        if decoded and _letters(decoded) > FEW_IN_TABLE and (tongue := _tongue(decoded)):
            return f"the text seems to be {tongue} in {codec}; {_ONLY}"
    return None


_MISREAD = tuple((right, wrong) for right in ("utf-8", "gb18030", "big5") for wrong in ("latin-1", "cp1252", "gb18030"))
_FOREIGN = ("cp949", "cp932", "euc_jp")


MAX_LOST = 0.1
"""A text of which more is lost can't be read (a share of its characters)."""
MIN_KANA, MIN_HANGUL = 0.2, 0.9
"""From this share of its letters on a text is Japanese or Korean."""


def _tongue(text: str) -> str | None:
    """The language of a text in kana or hangul; half-width kana are none, any bytes hold them."""
    letters = [unicodedata.name(sign, "")[:8] for sign in text if not sign.isascii() and sign.isalpha()]
    if sum(name in ("HIRAGANA", "KATAKANA") for name in letters) > len(letters) * MIN_KANA:
        return "Japanese"
    return "Korean" if letters.count("HANGUL S") > len(letters) * MIN_HANGUL else None


def _is_undone(text: str, right: str, wrong: str) -> bool:
    """Whether a text is Chinese again when it is saved as it was read wrongly, and read rightly."""
    again = text.encode(wrong, "ignore").decode(right, "ignore")
    return _letters(again) > FEW_LETTERS and weight(again) > max(0.0, weight(text) + BETTER)


BETTER = 1.0
"""By so much must a text weigh more once the misreading is undone (a character)."""
FEW_LETTERS = 3
"""So few different letters make no sentence: a table of signs (√, ×, ℃) has as many in any encoding."""
FEW_IN_TABLE = 12
"""So few different letters make no language: a table of digits has as many in its head."""


def _letters(text: str) -> int:
    """How many different letters beyond ASCII a text has."""
    return sum(not sign.isascii() and sign.isalpha() for sign in set(text))
