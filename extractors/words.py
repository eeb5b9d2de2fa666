"""Words: one spaCy pipeline whose tokenizer is jieba or pkuseg, and the same words without spaCy's documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast, get_args

import regex

from extractors import lexicon
from extractors.errors import JixiaoError

if TYPE_CHECKING:
    from spacy.language import Language

Segmenter = Literal["jieba", "pkuseg"]
NO_PKUSEG = (
    "segmenter is 'pkuseg', which is not installed: add it with `make pkuseg` or `pip install 'jixiao[pkuseg]'`, "
    "which need a C++ compiler and Python's headers, or choose jieba"
)


class Token(NamedTuple):
    """A word and its place in the text that was segmented."""

    start: int
    end: int
    text: str


def tokens(text: str, segmenter: Segmenter = "jieba") -> Sequence[Token]:
    """The words of a stretch of a sentence; blanks are words too, so the words together are the text.

    >>> [token.text for token in tokens("完成服务对象满意度调查")]
    ['完成', '服务对象', '满意度', '调查']
    """
    found = cutter(segmenter)(text)
    ends = list(accumulate(map(len, found)))
    return list(map(Token._make, zip([0, *ends], ends, found, strict=False)))


@cache
def cutter(segmenter: Segmenter) -> Callable[[str], list[str]]:
    """The function that cuts a text into its words, nothing left out."""
    if segmenter not in get_args(Segmenter):
        raise JixiaoError(f"no segmenter is called {segmenter!r}; there are {', '.join(get_args(Segmenter))}")
    return {"jieba": _jieba, "pkuseg": _pkuseg}[segmenter]()


@cache
def user_terms() -> tuple[str, ...]:
    """The terms of the lexicons that a segmenter should not part, in order of length and alphabet."""
    terms = {row["term"] for _, row in lexicon.rows("terms.tsv", ("term", "kind"), ("term",))}
    terms |= {unit for unit in lexicon.units() if _HAN.fullmatch(unit)}
    places = (row["name"] for _, row in lexicon.rows("regions.tsv", REGION_COLUMNS, REGION_COLUMNS))
    terms |= {place for place in places if len(place) > 2}
    return tuple(sorted(terms, key=lambda term: (len(term), term)))


REGION_COLUMNS = ("code", "name", "level", "state")
_HAN = regex.compile(r"[\u4e00-\u9fff]{2,}+")


# ---- the two segmenters ------------------------------------------------------------------------------------------


def _jieba() -> Callable[[str], list[str]]:
    """A jieba of our own, so that a user's own dictionary in the same process and ours don't meet."""
    import jieba  # noqa: PLC0415  its dictionary takes half a second: loaded when words are asked for

    jieba.setLogLevel("WARNING")
    own = jieba.Tokenizer()
    for term in user_terms():
        own.add_word(term)
    return cast(Callable[[str], list[str]], own.lcut)


def _pkuseg() -> Callable[[str], list[str]]:
    """The default model of pkuseg; blanks, which it drops, are put back."""
    cut = _own_pkuseg().cut
    return lambda text: [piece for part in _BLANKS.findall(text) for piece in (cut(part) if part.strip() else [part])]


_BLANKS = regex.compile(r"\s++|\S++")


@cache
def _own_pkuseg() -> Any:
    """A pkuseg with the terms as its user dictionary."""
    try:
        import pkuseg  # noqa: PLC0415  an extra, which loads in seconds: only for who asks for it
    except ImportError as error:
        raise JixiaoError(NO_PKUSEG) from error
    own = pkuseg.pkuseg()
    for term in _unnested(user_terms()):
        own.preprocesser.insert(term, "")
    return own


def _unnested(terms: Iterable[str]) -> Iterable[str]:
    """The terms without those that go on more than a character beyond another: where only their beginning stands in a
    text, pkuseg's dictionary takes it as one word.
    """
    known: set[str] = set()
    for term in terms:
        if not any(term[:end] in known for end in range(2, len(term) - 1)):
            known.add(term)
            yield term


# ---- the pipeline ------------------------------------------------------------------------------------------------


@cache
def pipeline(segmenter: Segmenter = "jieba", model: str | None = None) -> Language:
    """The spaCy pipeline `zh` with the segmenter as its tokenizer, or a model of the user's own with all its parts.

    `model` is a package (`zh_core_web_sm`) or a folder.
    """
    import spacy  # noqa: PLC0415  takes a second: only for who asks for names

    if model is not None:
        return spacy.load(model)
    nlp = spacy.blank("zh")
    tokenizer = cast(Any, nlp.tokenizer)
    tokenizer.segmenter = segmenter  # set here: asked for in the config, spaCy loads a second dictionary of jieba's
    tokenizer.jieba_seg = tokenizer.pkuseg_seg = _Cutter(cutter(segmenter))
    return nlp


class _Cutter:
    """What spaCy's tokenizer calls: an object with `cut`."""

    def __init__(self, cut: Callable[[str], list[str]]) -> None:
        self._cut = cut

    def cut(self, text: str, **_: object) -> list[str]:
        """The words of a text."""
        return self._cut(text)
