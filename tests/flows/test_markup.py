"""The markup of the training sentences: what it says, and that mistakes are named with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows import markup
from flows.markup import Figure, MarkupError, Name

TRAINING = Path(__file__).parents[2] / "data" / "training"


def test_names_and_figures_are_found_where_they_stand() -> None:
    text, names, figures = markup.parse(
        "[[ORG:省水利厅]]下达[[PROJECT:{{2021年|date|决策/资金投入|actual||}}供水工程]]"
        "{{80万元|amount|决策/资金投入|actual|预算|供水工程}}，得{{9分|score|-|actual||得分}}"
    )
    assert text == "省水利厅下达2021年供水工程80万元，得9分"
    assert names == (Name(0, 4, "ORG"), Name(6, 15, "PROJECT"))
    assert figures[0] == Figure(6, 11, "date", "决策", "资金投入", "actual", None, None)
    assert figures[1] == Figure(15, 19, "amount", "决策", "资金投入", "actual", "预算", "供水工程")
    assert figures[2][2:5] == ("score", None, None)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("水利\t资金", "2 cells; part field, section and sentence"),
        ("水利\t资金\t[[PERSON:张三]]", "label 'PERSON'; one of ORG"),
        ("水利\t资金\t[[ORG:省[[GPE:贵州]]水利厅]]", "out of place"),
        ("水利\t资金\t[[ORG:省水利厅", "is not closed"),
        ("水利\t资金\t下达{{80万元|amount", "out of place"),
        ("水利\t资金\t{{80万元|amount|产出}}", "3 cells in"),
        ("水利\t资金\t{{80万元|money|产出/数量|actual||}}", "kind 'money'"),
        ("水利\t资金\t{{80万元|amount|产出/经济效益|actual||}}", "subcategory '经济效益'; one of 数量"),
    ],
)
def test_mistakes_are_named_with_file_and_line(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "a.tsv").write_text("水利\t\t全部完成。\n" + line + "\n", encoding="utf-8")
    with pytest.raises(MarkupError, match=r"^a\.tsv:2: ") as error:
        markup.examples(tmp_path)
    assert message in str(error.value)


def test_training_data_can_be_read_and_is_broad() -> None:
    examples = markup.examples(TRAINING)
    assert len(examples) > 2500
    assert len({example.field for example in examples}) >= 25
    assert len({example.text for example in examples}) == len(examples)


def test_training_data_holds_no_sentence_of_the_gold_reports() -> None:
    shared = TRAINING.parents[2] / "shared" / "reports"
    if not shared.is_dir():
        pytest.skip("the gold reports are not here")
    reports = "".join(path.read_text(encoding="utf-8") for path in shared.glob("*.txt"))
    assert [one.text for one in markup.examples(TRAINING) if len(one.text) > 12 and one.text in reports] == []
