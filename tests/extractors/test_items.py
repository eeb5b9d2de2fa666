"""Items: what each figure counts, by the cases of a table; the model and the data that it was trained on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors import figures, items, lexicon, phrase_model, segment
from extractors.textmap import normalise
from extractors.types import Entity, Sentence, Statement
from flows import markup
from tests.conftest import ROOT

CASES = Path(__file__).parent.parent / "cases" / "items.tsv"
COLUMNS = ("headings", "sentence", "item")


def cases() -> list[tuple[str, str, str]]:
    lines = [line for line in CASES.read_text(encoding="utf-8").split("\n") if line and not line.startswith("#")]
    assert tuple(lines[0].split("\t")) == COLUMNS
    return [(headings, sentence, item) for headings, sentence, item in (line.split("\t") for line in lines[1:])]


@pytest.mark.parametrize(("headings", "marked", "item"), cases())
def test_items(headings: str, marked: str, item: str) -> None:
    start = marked.index("【")
    raw = marked.replace("【", "").replace("】", "")
    text = normalise(raw)
    section = tuple(normalise(heading).text for heading in headings.split(" > ") if heading)
    sentence = Sentence(text.text, 0, section, 0)
    statement = next(iter(figures.statements([sentence], 2022)))
    place = next(
        number
        for number, reading in enumerate(statement.readings)
        if text.raw_span(reading.start, reading.end)[0] == start
    )
    found = items.of(named(statement))[place]
    assert (items.written(found, text) if found else "") == item


def named(statement: Statement) -> Statement:
    """The statement with the one organisation of the cases."""
    name = "云川数字科技有限公司"
    start = statement.sentence.text.find(name)
    entities = (Entity(start, start + len(name), "ORG", "rule"),) if start >= 0 else ()
    return figures.without(statement, entities)


def test_a_sentence_without_a_name_looks_back_in_its_paragraph() -> None:
    text = normalise("部门预算收入1,260万元。较上年增加8.2%。\n较上年增加5%。")
    first, second, other = items.read(figures.statements(segment.blocks(text).sentences, 2022))
    assert first == second == (items.Item("部门预算收入", 0, 6),)
    assert other != first


def test_line_breaks_and_page_numbers_are_no_part_of_an_item() -> None:
    raw = "本年度在全县范围内组织开展面向返乡农民工的职业技能提\n升培训1,200人次，培训合格率达到98%。"
    text = normalise(raw)
    (row,) = items.read(figures.statements(segment.blocks(text).sentences, 2022))
    assert row[0] is not None
    assert "\n" not in items.written(row[0], text)


@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet="预算资金达到培训12人次%万元，。、（）“”：以上分别其中\n", max_size=60))
def test_any_text_is_read_and_every_item_stands_in_it(text: str) -> None:
    mapped = normalise(text)
    statements = list(figures.statements(segment.blocks(mapped).sentences, 2022))
    for statement, row in zip(statements, items.read(statements), strict=True):
        assert len(row) == len(statement.readings)
        for reading, item in zip(statement.readings, row, strict=True):
            assert item is None or reading.kind != "date"
            if item and item.start is not None:
                assert mapped.text[item.start : item.end] == item.text


def test_the_model_was_trained_on_the_data_beside_it() -> None:
    stored = json.loads((ROOT / "extractors" / "models" / "items.json").read_text(encoding="utf-8"))
    assert stored["data"] == markup.digest(ROOT / "data" / "training"), "run make model"
    assert set(stored["weights"]) == set(phrase_model.TABLES)


def test_every_sense_has_words() -> None:
    assert set(lexicon.item_words().values()) == set(lexicon.ITEM_SENSES.values())
