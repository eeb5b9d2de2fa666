"""From bytes to sentences: files as they are saved, text as it is normalised, headings as they govern."""

from __future__ import annotations

import contextlib

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors import formats, segment, textmap
from extractors.errors import UnreadableReport
from tests.extractors.cases import SIGNS, params, written

Cells = dict[str, str]
HARD = "支出到位率年月日万元亿千百十一二三余约至增长《》“”（）()【】〔〕,，、.。;；:：%‰≥-—~|\t\n\r 　0123456１２xX+×[]"


def saved(case: Cells) -> bytes:
    text = written(case["text"])
    how = case["saved_as"]
    if how.startswith("hex:"):
        return bytes.fromhex(how.removeprefix("hex:"))
    first, *wrongly = how.split(">")
    data = text.encode(first)
    for wrong, right in zip(wrongly[::2], wrongly[1::2], strict=True):
        data = data.decode(wrong, "replace").encode(right)
    return data


@pytest.mark.parametrize("case", params("formats.tsv"))
def test_format(case: Cells) -> None:
    data = saved(case)
    if case["refused"]:
        with pytest.raises(UnreadableReport, match=case["refused"]):
            formats.read(data, "report.txt")
        return
    doc = formats.read(data, "report.txt")
    assert (doc.encoding, doc.raw) == (case["read_as"], written(case["text"]))


def test_a_format_that_is_not_read_is_named_with_those_that_are() -> None:
    with pytest.raises(UnreadableReport, match=r"\.docx files are not read; save the report as one of: \.txt"):
        formats.read(b"PK", "report.docx")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(UnreadableReport):
        assert formats.read(data, "report.txt").raw


@pytest.mark.parametrize("case", params("textmap.tsv"))
def test_normalised(case: Cells) -> None:
    assert textmap.normalise(case["raw"].translate(SIGNS)).text == case["normalised"].translate(SIGNS)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=200), st.text(alphabet=HARD, max_size=300)))
def test_every_kept_character_is_the_raw_one_or_stands_for_it(raw: str) -> None:
    """Each normalised character leads back to one raw character, in order, and is that one folded."""
    text = textmap.normalise(raw)
    places = [text.raw_span(at, at + 1) for at in range(len(text.text))]
    assert all(place.end == place.start + 1 for place in places)
    assert sorted(set(places)) == places
    folded = raw.translate(textmap._folding())
    changed = [(text.text[at], folded[place.start]) for at, place in enumerate(places)]
    assert {pair for pair in changed if pair[0] not in (pair[1], textmap.UNREAD)} <= {("，", ","), ("。", ".")}
    assert all(regex.match(r"[\d, ]", old) for new, old in changed if new == textmap.UNREAD)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=200), st.text(alphabet=HARD, max_size=300)))
def test_nothing_but_signs_and_blanks_is_cut(raw: str) -> None:
    """What is cut are blanks, line breaks, page numbers, bookmarks and pinyin: no Chinese character is ever lost."""
    kept = [sign for sign in textmap.normalise(raw).text if "\u4e00" <= sign <= "\u9fff"]
    folded = raw.translate(textmap._folding())
    assert kept == [sign for sign in textmap._BOOKMARK.sub("", folded) if "\u4e00" <= sign <= "\u9fff"]


@pytest.mark.parametrize("case", params("segment.tsv"))
def test_headings(case: Cells) -> None:
    sentences = segment.blocks(textmap.normalise(case["text"].translate(SIGNS))).sentences
    wanted = textmap.normalise(case["sentence"]).text
    paths = [" > ".join(sentence.section) for sentence in sentences if sentence.text == wanted]
    assert paths == [case["headings"]]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=HARD, max_size=400))
def test_sentences_are_stretches_of_the_text_in_order(raw: str) -> None:
    text = textmap.normalise(raw)
    sentences = segment.blocks(text).sentences
    assert all(text.text.startswith(sentence.text, sentence.start) for sentence in sentences)
    ends = [0, *(sentence.start + len(sentence.text) for sentence in sentences)]
    assert all(end <= sentence.start for end, sentence in zip(ends, sentences, strict=False))


def test_a_sentence_without_a_stop_is_cut_behind_a_comma() -> None:
    sentences = segment.blocks(textmap.normalise("新建站点12个，" * 400)).sentences
    assert all(sentence.text.endswith("，") for sentence in sentences)
    assert max(len(sentence.text) for sentence in sentences) <= segment.MAX_SENTENCE
