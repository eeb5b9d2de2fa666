"""Linking: a row of tests/cases/linking.tsv is a sentence under its heading path, or `@` and the head of its cell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from extractors import context, figures, lexicon, linking, rules
from extractors.linking import Linked
from extractors.textmap import normalise
from extractors.types import Sentence
from flows import train_linking

CASES = Path(__file__).parents[1] / "cases" / "linking.tsv"


def cases() -> Iterator[Any]:
    """The rows of the table, named by rule and figure."""
    for line in CASES.read_text(encoding="utf-8").splitlines()[1:]:
        rule, section, marked, topic, role = line.split("\t")
        yield pytest.param(rule, section, marked, topic, role, id=f"{rule}: {marked[:30]}")


def linked(section: str, marked: str) -> tuple[Linked, int]:
    """The links of a sentence, and the place of the figure that stands in 【】."""
    cell = section.removeprefix("@") if section.startswith("@") else None
    path = tuple(normalise(part).text for part in section.split(" > ")) if section and not cell else ()
    text, start = normalise(marked.replace("【", "").replace("】", "")).text, marked.index("【")
    (found,) = linking.read(figures.statements([Sentence(text, 0, path, 0, cell)], 2022), 2022)
    return found, [reading.start for reading in found.statement.readings].index(start)


@pytest.mark.parametrize(("rule", "section", "marked", "topic", "role"), list(cases()))
def test_link(rule: str, section: str, marked: str, topic: str, role: str) -> None:
    links, place = linked(section, marked)
    found = links.topics[place]
    assert found.role == role
    if topic:
        assert found.topic.path == topic
    said = [name for name, reason in REASONS.items() if reason in found.evidence.split("; ")[0]]
    assert said == ([rule] if rule in REASONS else [])


REASONS = {
    "score": "score",
    "grade band": "grade band",
    "number of grades": "number of grades",
    "threshold": "size of a group",
    "goal cell": "cell of goals",
    "result cell": "cell of results",
    "list": "list",
    "part": "part of the sum before",
    "change": "change of the figure before",
    "named": "indicator ",
    "headed": "heading ",
    "dates": "dates what follows",
}
"""What the evidence of a row names first, by the row's rule; any other rule of the table is the model's."""


def test_the_model_names_its_three_loudest_reasons() -> None:
    found, place = linked("支出情况", "全年实际支出【398.2万元】，主要用于设备采购。")
    reasons = found.topics[place].evidence.split("; ")
    weights = [float(reason.rpartition(" ")[2]) for reason in reasons]
    assert len(weights) == 3
    assert weights == sorted(weights, reverse=True)
    assert min(weights) > 0


def test_every_topic_of_the_model_is_of_the_framework() -> None:
    assert {lexicon.topic(path).path for path in linking.weights().topics} == set(linking.weights().topics)


def test_the_model_was_trained_on_the_data_that_lie_beside_it() -> None:
    stored = pq.read_schema(train_linking.MODEL).metadata
    assert stored[b"data"].decode() == train_linking.digest(), "run `make model`"


def test_the_account_adds_up_to_the_choice() -> None:
    found, place = linked("效益情况", "合作社实现销售收入【1860万元】。")
    account = linking.account(found, place, 2022)
    assert account.topics[0][0] == found.topics[place].topic.path
    assert sum(share for _, share in account.roles) == pytest.approx(1)
    assert {spoken.feature for spoken in account.spoken} <= set(linking.weights().features)
    assert account.rulings == ()


def test_a_certain_rule_outvotes_the_model() -> None:
    found, place = linked("效益情况", "预算执行率达到【96.4%】。")
    account = linking.account(found, place, 2022)
    assert [ruling.topic for ruling in account.rulings] == ["过程/资金管理/支出"]
    assert found.topics[place].evidence == "indicator 预算执行率"


def test_rules_have_names_that_say_what_they_are() -> None:
    assert all(rule.__doc__ for rule in rules.RULES)


def test_cues_overlap_and_come_in_order() -> None:
    assert [hit.word for hit in context.hits("实际支出")] == ["支出", "实际支出"]
