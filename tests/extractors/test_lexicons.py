"""The lexicons: every row does what it says, and a wrong row is refused with file, line, what, and a remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractors import cues, lexicon, masks
from extractors.errors import LexiconError

HEADS = {
    "units.tsv": lexicon.UNIT_COLUMNS,
    "masks.tsv": lexicon.MASK_COLUMNS,
    "cues.tsv": lexicon.CUE_COLUMNS,
    "headings.tsv": lexicon.HEADING_COLUMNS,
    "items.tsv": ("word", "sense"),
}
READERS = {
    "units.tsv": "units",
    "masks.tsv": "masks",
    "cues.tsv": "_cues",
    "headings.tsv": "headings",
    "items.tsv": "item_words",
}
WRONG = [
    ("units.tsv", "个\tnumber\t个\t1\t\tany\t\t3个", "kind number; one of amount, rate, count"),
    ("units.tsv", "个\tcount\t个\tone\t\tany\t\t3个", "factor 'one'; a number such as 1 or 0.0001"),
    ("units.tsv", "个\tcount\t个\t1\t\than\t\t3个", "numerals 'han'; any or arabic"),
    ("units.tsv", "个\tcount\t个\t1\t\tany\t\t3家", "the example '3家' does not hold 个; write one that does"),
    ("units.tsv", "个\tcount\t个\t1\t\tany\t(\t3个", "write a regular expression"),
    ("units.tsv", "个\tcount\t个\t1\t\tany\t", "7 cells; part 8 cells by tabs"),
    ("units.tsv", "个 \tcount\t个\t1\t\tany\t\t3个", "blanks around '个'; take them out"),
    ("units.tsv", "\tcount\t个\t1\t\tany\t\t3个", "no form; every row begins with one"),
    ("units.tsv", "家\tcount\t家\t1\t\tany\t\t3家", "家 stands already in line 2; keep one of the two"),
    ("masks.tsv", "十四五\t\tplan\t十三五规划\t十五户", "does not find '十三五规划'; mend one of the two"),
    ("masks.tsv", "五\t\tplan\t十四五规划\t十五户", "takes '十五户' too; narrow it"),
    ("masks.tsv", "(五\t\tplan\t十四五规划\t十五户", "write a regular expression"),
    ("cues.tsv", "超过\tbound\tinside\t>\t超过3万\t3万", "side 'inside'; before or after"),
    ("cues.tsv", "超过\tbound\tbefore\tup\t超过3万\t3万", "bound 'up'; one of"),
    ("headings.tsv", "目标\t任务\t绩效目标", "does not find '绩效目标'; mend one of the two"),
    ("items.tsv", "完成\tdone", "sense 'done'; one of"),
]
FIRST = {
    "units.tsv": "家\tcount\t家\t1\t\tany\t\t3家",
    "masks.tsv": "三公经费\t\tset phrase\t严控三公经费\t三个",
    "cues.tsv": "约\tbound\tbefore\t≈\t约3万\t3万",
    "headings.tsv": "满意度\t满意\t满意度指标",
    "items.tsv": "达到\tlink",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in place of `lexicons/`; what was read from the real one is read anew."""
    monkeypatch.setattr(lexicon, "folder", lambda: tmp_path)
    cached = (lexicon.units, lexicon.masks, lexicon._cues, lexicon.cues, lexicon.headings, lexicon.item_words)
    for function in cached:
        monkeypatch.setattr(lexicon, function.__name__, function.__wrapped__)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "row", "message"), WRONG, ids=[f"{name} {message[:30]}" for name, _, message in WRONG]
)
def test_a_wrong_row_is_refused_with_file_and_line(folder: Path, name: str, row: str, message: str) -> None:
    lines = ("\t".join(HEADS[name]), FIRST[name], "# a comment", row)
    (folder / name).write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(LexiconError) as error:
        getattr(lexicon, READERS[name])()
    assert str(error.value).startswith(f"{name}:4: ")
    assert message in str(error.value)


def test_unknown_columns_are_refused() -> None:
    with pytest.raises(LexiconError, match=r"names\.tsv:1: columns name, kind; the file's columns are name, label"):
        list(lexicon.rows("names.tsv", ("name", "label"), ("name",), "name\tkind\na\tb"))


def test_a_word_under_two_topics_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    topics = '["产出/数量"]\nindicators = []\ncues = ["培训"]\n["产出/质量"]\nindicators = []\ncues = ["培训"]\n'
    (folder / "indicators.toml").write_text(topics, encoding="utf-8")
    with pytest.raises(LexiconError, match="培训 stands under 产出/数量 and 产出/质量; keep one of the two"):
        lexicon._words("cues")


def test_an_unknown_topic_is_refused() -> None:
    with pytest.raises(LexiconError, match=r"\[产出/速度\]; category/subcategory/stage"):
        lexicon.topic("产出/速度")


def test_broken_toml_is_refused(folder: Path) -> None:
    (folder / "indicators.toml").write_text("[产出", encoding="utf-8")
    with pytest.raises(LexiconError, match=r"indicators\.toml:.*write it as TOML"):
        lexicon.tree("indicators.toml")


# ---- every row does what it says ---------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", lexicon.masks(), ids=lambda rule: rule.example)
def test_a_mask_takes_its_example_and_leaves_its_counterexample(rule: lexicon.MaskRule) -> None:
    """Read as the extractor does, so that what the row `needs` to stand in a sentence is tested with it."""
    assert rule.reason in [mask.reason for mask in masks.read(rule.example)]
    assert rule.reason not in [mask.reason for mask in masks.read(rule.counterexample)]


@pytest.mark.parametrize(
    "cue",
    [cue for cue in lexicon._cues() if cue.sense in ("bound", "change")],
    ids=lambda cue: f"{cue.sense} {cue.example}",
)
def test_a_cue_decides_its_example_and_not_its_counterexample(cue: lexicon.Cue) -> None:
    assert [told(cue.example, cue.sense), told(cue.counterexample, cue.sense) == cue.value] == [cue.value, False]


def told(text: str, sense: str) -> str | None:
    """The bound or change of the first numeral of a text."""
    start = next(at for at, sign in enumerate(text) if sign in "0123456789四")
    end = next((at for at in range(start, len(text)) if text[at] not in "0123456789.四成年%万亿元小时人"), len(text))
    return cues.change(text, start) if sense == "change" else cues.bound(text, start, end, more=False)


@pytest.mark.parametrize("rule", lexicon.units().values(), ids=lambda rule: rule.form)
def test_a_unit_agrees_with_its_kind(rule: lexicon.Unit) -> None:
    assert (rule.currency is not None) == (rule.kind == "amount")
    assert rule.factor > 0
    assert rule.kind != "rate" or rule.unit in ("%", "百分点", "倍")
    assert rule.kind != "score" or rule.unit == "分"
    assert rule.kind != "amount" or rule.unit.startswith("万")
