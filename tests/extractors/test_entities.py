"""Names: what rules and model find, that both are needed, and that the outcome hangs on the report alone."""

from __future__ import annotations

import json
import time
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors import edges, entities, figures, lexicon, ruler
from extractors.edges import Name
from extractors.pipeline import Settings
from extractors.types import Entity, Label, Sentence
from flows import markup, train_ner

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases" / "entities.tsv"
MODEL = ROOT / "extractors" / "models" / "ner"
SENTENCES = [example.text for example in markup.examples(ROOT / "data" / "training")[::40]]


def cases() -> list[str]:
    lines = CASES.read_text(encoding="utf-8").split("\n")[1:]
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("marked", cases())
def test_rules_alone(marked: str) -> None:
    sentence, names = train_ner.annotated(markup.Example("", (), *markup.parse(marked), "", 0))
    assert ruler.read(sentence) == names


def test_model_and_data_belong_together() -> None:
    meta = json.loads((MODEL / "meta.json").read_text(encoding="utf-8"))
    assert meta["training"]["data"] == markup.digest(ROOT / "data" / "training"), "run `make model`: the data is newer"


def test_names_are_the_same_for_a_report_alone_and_among_others() -> None:
    alone = [entities.read([sentence], Settings())[0] for sentence in SENTENCES[:20]]
    again = [entities.read([sentence], Settings())[0] for sentence in reversed(SENTENCES[:20])]
    assert alone == again[::-1]


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_names_do_not_hang_on_the_size_of_batches(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = entities.read(SENTENCES, Settings())
    monkeypatch.setattr(entities, "BATCH", size)
    assert entities.read(SENTENCES, Settings()) == usual


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="某县水利局2022年《》（）()“”〔〕号、，。由下达和项目资金公司镇村 ", max_size=60))
def test_names_are_flat_and_inside_any_text(text: str) -> None:
    (names,) = entities.read([text], Settings())
    assert all(0 <= name.start < name.end <= len(text) for name in names)
    assert all(one.end <= other.start for one, other in pairwise(names))


@pytest.mark.parametrize("unit", ["某县局、", "霍山县供水项目", "《", "“", "财〔2021〕3号", "年度项目资金"])
def test_time_grows_with_the_length_alone(unit: str) -> None:
    costs = []
    for size in (4_000, 32_000):
        text = unit * (size // len(unit))
        begin = time.process_time()
        ruler.marks(text)
        costs.append((time.process_time() - begin) / size)
    assert costs[1] < 4 * costs[0] + 2e-6


def test_a_name_is_a_name_wherever_the_report_repeats_it() -> None:
    first, second = "省水利厅下达白鹭滩泵站更新工程300万元。", "白鹭滩泵站更新工程按期完工。"
    found = entities.read([first, second], Settings())
    assert second[found[1][0].start : found[1][0].end] == "白鹭滩泵站更新工程"
    assert entities.read([second], Settings()) == [()]


@pytest.mark.parametrize(
    ("name", "label", "again"),
    [
        ("湖畔金秋节", "EVENT", True),
        ("云川环保社", "ORG", True),
        ("渠系整治工程", "PROJECT", True),
        ("青山绿水乡", "GPE", False),
        ("云川公司", "ORG", False),
    ],
)
def test_only_a_long_name_is_a_name_wherever_it_stands(name: str, label: Label, again: bool) -> None:
    sentences = [f"本次由{name}承办。", f"{name}进展顺利，群众对{name}评价良好。", "资金已到位。"]
    first = Entity(3, 3 + len(name), label, *RULE)
    taken = Entity(len(name) + 7, len(name) * 2 + 9, "PROJECT", *RULE)
    found = entities._repeated(sentences, [(first,), (taken,), ()])
    added = [(one.start, one.end, one.label) for one in found[1] if one != taken]
    assert added == ([(0, len(name), label)] if again else [])
    assert (found[0], found[2]) == ((first,), ())


RULE: Any = tuple({"source": "rule", "score": None}[name] for name in Entity._fields[3:])


@pytest.mark.parametrize(
    ("text", "told", "wanted"),
    [
        ("盘州市水利局下达资金", "盘州市水利局", "盘州市水利局"),
        ("盘州市水利下达资金", "盘州市水利", "盘州市"),
        ("云川水利下达资金", "云川水利", "云川水利"),
    ],
)
def test_a_body_without_a_body_s_head_is_its_place(text: str, told: str, wanted: str) -> None:
    (name,) = entities._headed([Name(0, len(told), "ORG")], ruler.marks(text))
    assert text[name.start : name.end] == wanted


def test_a_model_of_the_users_own_is_heard(tmp_path: Path) -> None:
    nlp = spacy.blank("zh")
    patterns = [{"label": "LOC", "pattern": "云雾山"}, {"label": "PERSON", "pattern": "某人"}]
    cast(Any, nlp.add_pipe("entity_ruler")).add_patterns(patterns)
    nlp.to_disk(tmp_path / "own")
    text = "县水利局在云雾山慰问某人。"
    (names,) = entities.read([text], Settings(model=str(tmp_path / "own")))
    assert ("云雾山", "GPE", "model") in [(text[one.start : one.end], one.label, one.source) for one in names]


@pytest.mark.parametrize(
    ("label", "wanted"),
    [("ORG", "ORG"), ("GPE", "GPE"), ("LOC", "GPE"), ("EVENT", "EVENT"), ("LAW", "POLICY"), ("PROJECT", "PROJECT")],
)
def test_a_foreign_label_becomes_ours(tmp_path: Path, label: str, wanted: str) -> None:
    nlp = spacy.blank("zh")
    cast(Any, nlp.add_pipe("entity_ruler")).add_patterns([{"label": label, "pattern": "云雾山"}])
    nlp.to_disk(tmp_path / "own")
    (names,) = entities.read(["县水利局在云雾山慰问。"], Settings(model=str(tmp_path / "own")), "model")
    assert ("云雾山", wanted) in [("县水利局在云雾山慰问。"[one.start : one.end], one.label) for one in names]


@pytest.mark.parametrize(
    ("marked", "hidden"),
    [
        ("在[[GPE:四台嘴乡]]建成【3座】泵站", "四台"),
        ("[[ORG:四台嘴乡政府]]建成泵站【3座】", "四台"),
        ("[[ORG:云和县三个女人合作社]]中标", "三个"),
        ("[[PROJECT:2022年饮水工程]]完工", ""),
        ("[[ORG:云和县2022年会筹备组]]成立", ""),
        ("依据[[POLICY:县财政局2022年3号令]]执行", "2022年"),
        ("承办[[EVENT:2022年金秋消费季]]", "2022年"),
        ("[[EVENT:金秋消费季]]2022年举办", ""),
        ("2022年举办[[EVENT:金秋消费季]]", ""),
    ],
)
def test_a_name_hides_the_figures_inside_it(marked: str, hidden: str) -> None:
    text, names, _ = markup.parse(marked.replace("【", "").replace("】", ""))
    (statement,) = figures.statements([Sentence(text, 0, (), 0)], 2022)
    found = figures.without(statement, tuple(Entity(*name, *RULE) for name in names))
    gone = [text[one.start : one.end] for one in statement.readings if one not in found.readings]
    assert gone == ([hidden] if hidden else [])
    assert [text[one.start : one.end] for one in found.masks if one not in statement.masks] == gone


@pytest.mark.parametrize(
    ("text", "name", "wanted"),
    [
        ("下达2022年饮水工程资金", "饮水工程资金", "2022年饮水工程"),
        ("拨付了农村供水改造工程款", "了农村供水改造工程", "农村供水改造工程"),
        ("安排企业改制发展资金(企业培育)5万元", "企业改制发展资金(企业", "企业改制发展资金(企业培育)"),
        ("收到中央财政首款资金", "中央财政首款资金", None),
        ("某馆设施建设费支出", "某馆设施建设", "某馆设施建设费"),
    ],
)
def test_edges_of_projects(text: str, name: str, wanted: str | None) -> None:
    start = text.index(name)
    settled = edges.settled(text, Name(start, start + len(name), "PROJECT"))
    assert (text[settled.start : settled.end] if settled else None) == wanted


def test_what_stands_in_quotation_marks_may_be_a_name() -> None:
    text = "开展“湖畔金秋”宣传"
    assert [text[one.start : one.end] for one in ruler.marks(text).loose] == ["湖畔金秋"]


@pytest.mark.parametrize(
    ("text", "name", "wanted"),
    [
        ("开展“金秋助学”活动", "“金秋助学”", "金秋助学"),
        ("参加第五届“湖畔金秋”丰收节", "第五届“湖畔金秋”丰收节", "第五届“湖畔金秋”丰收节"),
        ("举办“春风行动”和“民企招聘月”", "“春风行动”和“民企招聘月”", "“春风行动”和“民企招聘月”"),
        ("组织安全生产月", "安全生产月", "安全生产月"),
    ],
)
def test_an_event_stands_without_its_quotation_marks(text: str, name: str, wanted: str) -> None:
    start = text.index(name)
    settled = edges.settled(text, Name(start, start + len(name), "EVENT"))
    assert settled is not None
    assert text[settled.start : settled.end] == wanted


@pytest.mark.parametrize("file", ["name_heads.tsv"])
def test_examples_hold_what_they_explain(file: str) -> None:
    for number, row in lexicon.rows(file, ruler.HEAD_COLUMNS, ("head",)):
        head, example = row["head"], row["example"]
        assert any(one.end == len(example) for one in ruler.marks(example).heads), f"{file}:{number}: {head} {example}"
