"""The measures, on a dataset whose rows are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from extractors.errors import DatasetError
from flows import evaluate
from tests.flows.support import ingest, rows, write_reports

NAMES = ("kind", "start", "end", "text", *evaluate.VALUE, "role", "category", "subcategory", "item", "stage")


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    ingest(write_reports(tmp_path / "in", {"a.txt": "完成数1个，数2个，数3个，数4个。"}), tmp_path / "out")
    return tmp_path / "out"


def gold(folder: Path, dataset: Path, **changes: Any) -> Path:
    """Gold that agrees with the dataset, but for the changes to its first row."""
    made = [{name: row[name] for name in NAMES} for row in rows(dataset, "mentions")]
    made[0].update(changes)
    folder.mkdir(exist_ok=True)
    lines = (json.dumps(row, ensure_ascii=False, default=str) for row in made)
    (folder / "a.mentions.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_what_agrees_is_right(dataset: Path, tmp_path: Path) -> None:
    scores = evaluate.evaluate(dataset, gold(tmp_path / "gold", dataset))
    assert {name: found.f1 for name, found in scores.found.items() if found.gold} == {"span": 1.0, "fact": 1.0}
    assert all(share.sum == share.rows for share in scores.shares.values())
    assert list(evaluate.confusions(scores)) == []


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"end": 9}, {"span": 0.75, "fact": 0.75}),
        ({"value": 7.0}, {"span": 1.0, "fact": 0.75, "value": 0.75}),
        ({"value": 1.0000000001}, {"span": 1.0, "fact": 1.0, "value": 1.0}),
        ({"unit": "家"}, {"fact": 0.75, "value": 0.75}),
        ({"role": "target"}, {"fact": 0.75, "role": 0.75}),
        ({"category": "效益"}, {"fact": 0.75, "category": 0.75, "link4": 0.75, "subcategory": 0.75}),
        ({"category": "决策"}, {"link4": 0.75}),
        ({"subcategory": "质量"}, {"fact": 1.0, "subcategory": 0.75}),
        ({"item": "站点"}, {"item": 0.0}),
    ],
)
def test_each_mistake_counts_where_it_should(
    dataset: Path, tmp_path: Path, change: dict[str, Any], wrong: dict[str, float]
) -> None:
    scores = evaluate.evaluate(dataset, gold(tmp_path / "gold", dataset, **change))
    found = {name: found.recall for name, found in scores.found.items()}
    shares = {name: share.sum / share.rows for name, share in scores.shares.items()}
    assert {name: (found | shares)[name] for name in wrong} == wrong


def test_confusions_say_what_was_taken_for_what(dataset: Path, tmp_path: Path) -> None:
    scores = evaluate.evaluate(dataset, gold(tmp_path / "gold", dataset, category="效益"))
    assert scores.confusions["category", "count"] == {("效益", "产出"): 1, ("产出", "产出"): 3}
    assert len(list(evaluate.confusions(scores))) == 1


def test_a_broken_gold_file_is_named_with_its_line(dataset: Path, tmp_path: Path) -> None:
    folder = gold(tmp_path / "gold", dataset)
    with (folder / "a.mentions.jsonl").open("a", encoding="utf-8") as file:
        file.write("\n{")
    with pytest.raises(DatasetError, match=r"a\.mentions\.jsonl:5: no JSON object"):
        evaluate.evaluate(dataset, folder)
