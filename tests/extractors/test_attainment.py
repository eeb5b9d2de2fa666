"""Whether targets are met, as a table: the bound decides, else the name; what can't be told is told so."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractors import attainment, cells, heads, lexicon, segment, tables, textmap
from extractors.attainment import Stated
from extractors.errors import LexiconError
from tests.extractors.cases import rows

WORDS = attainment.directions()
TOLD = {"true": True, "false": False, "": None}


def stated(text: str) -> Stated:
    text = textmap.normalise(text).text
    return Stated(text, cells.value(text) if text else None)


@pytest.mark.parametrize("case", [row.cells for row in rows("attained.tsv")], ids=lambda case: " ".join(case.values()))
def test_attained(case: dict[str, str]) -> None:
    level = heads.levels(case["level"])[1]
    name = textmap.normalise(case["name"]).text
    found = attainment.attained(
        name, stated(case["target"]), stated(case["actual"]), level.subcategory if level else None
    )
    assert found is TOLD[case["attained"]], case["why"]


@pytest.mark.parametrize("word", WORDS, ids=lambda word: f"{word.sense} {word.example}")
def test_a_word_decides_its_example_and_not_its_counterexample(
    word: attainment.Direction, monkeypatch: pytest.MonkeyPatch
) -> None:
    way = "more" if word.sense == "undoes" else word.sense
    assert attainment.better.__wrapped__(word.example) == way
    assert attainment.better.__wrapped__(word.counterexample) != way
    monkeypatch.setattr(attainment, "directions", lambda: [other for other in WORDS if other is not word])
    assert attainment.better.__wrapped__(word.example) != way, "the row decides nothing that others do not"


def test_a_row_reads_its_name_in_whatever_signs_it_is_written() -> None:
    head = "三级指标\t年度指标值\t实际完成值\t分值\t得分\n"
    form = head + "指标1：投訴處理率\t100%\t90%\t10\t9\n指标2：處理投訴件數\t40件\t52件\t10\t10\n"
    text = textmap.normalise(form)
    found, _, _ = tables.rows(segment.blocks(text).tables, text)
    assert [(row.level3, row.attained) for row in found] == [("投訴處理率", False), ("處理投訴件數", True)]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("投诉\tworse\t\t投诉率\t投诉处理率", "better 'worse'; one of less, more, open, undoes"),
        ("投诉\tless\t\t信访率\t投诉处理率", "the word does not stand in '信访率'; mend one of the two"),
        ("投诉\tless\t率\t投诉率\t投诉处理率", "the word does not stand in '投诉率'; mend one of the two"),
        ("(投诉\tless\t\t投诉率\t投诉处理率", "write a regular expression"),
        ("投诉\tless\t投诉率", "3 cells; part 5 cells by tabs"),
    ],
)
def test_a_wrong_word_is_refused_with_file_and_line(
    row: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = "\t".join(attainment.DIRECTION_COLUMNS) + "\n" + row
    (tmp_path / attainment.DIRECTION_FILE).write_text(content, encoding="utf-8")
    monkeypatch.setattr(lexicon, "folder", lambda: tmp_path)
    with pytest.raises(LexiconError) as error:
        attainment.directions.__wrapped__()
    assert str(error.value).startswith("reverse_indicators.tsv:2: ")
    assert message in str(error.value)
