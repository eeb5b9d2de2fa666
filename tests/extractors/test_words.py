"""Words: both segmenters give the whole text back, and know the lexicons' terms."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors import words
from extractors.errors import JixiaoError

PKUSEG = pytest.param(
    "pkuseg",
    marks=[
        pytest.mark.slow,  # its model loads for ten seconds
        pytest.mark.skipif(find_spec("pkuseg") is None and "CI" not in os.environ, reason="an extra: make pkuseg"),
    ],
)
SEGMENTERS = ["jieba", PKUSEG]
TEXT = "2022年 下达资金1,200.5万元，服务对象满意度98%，\t培训12人次。"


@pytest.mark.parametrize("segmenter", SEGMENTERS)
@settings(max_examples=40, deadline=None)
@given(text=st.text(alphabet="预算资金万元2022,.% \t\n（）《》人次ABC", max_size=40))
def test_words_together_are_the_text(segmenter: words.Segmenter, text: str) -> None:
    found = words.tokens(text, segmenter)
    assert "".join(token.text for token in found) == text
    assert all(text[token.start : token.end] == token.text for token in found)
    assert all(one.end == other.start for one, other in pairwise(found))


@pytest.mark.parametrize("segmenter", SEGMENTERS)
@pytest.mark.parametrize("term", ["满意度", "人次", "霍山县"])
def test_terms_of_the_lexicons_are_not_parted(segmenter: words.Segmenter, term: str) -> None:
    assert term in [token.text for token in words.tokens(f"全年{term}有所提高", segmenter)]


@pytest.mark.parametrize("segmenter", SEGMENTERS)
def test_pipeline_has_the_same_words(segmenter: words.Segmenter) -> None:
    piped = [token.text for token in words.pipeline(segmenter)(TEXT)]
    assert "".join(piped) == TEXT.replace(" ", "")
    assert piped == [token.text for token in words.tokens(TEXT, segmenter) if token.text != " "]


def test_pipeline_is_made_once() -> None:
    assert words.pipeline("jieba") is words.pipeline("jieba")


def test_unknown_segmenter_is_refused() -> None:
    with pytest.raises(JixiaoError, match="there are jieba, pkuseg"):
        words.tokens("资金", "thulac")  # type: ignore[arg-type]


def test_pkuseg_that_is_not_installed_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkuseg", None)
    with pytest.raises(JixiaoError, match=r"make pkuseg.*C\+\+ compiler.*choose jieba"):
        words._own_pkuseg.__wrapped__()
