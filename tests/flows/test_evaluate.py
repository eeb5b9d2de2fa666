"""The measures, on a dataset whose rows are known."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from extractors.errors import DatasetError
from flows import evaluate
from tests.flows.support import ingest, rows, write_reports

TEXT = "完成数1个，数2个，数3个，数0个。"
PLAIN = dict.fromkeys(("value_max", "currency", "change", "date_start", "date_end", "item", "stage"))
ROW = PLAIN | {"kind": "count", "unit": "个", "bound": "=", "role": "actual", "category": "产出", "subcategory": "数量"}
"""What the stand-in says of each count, apart from its place and value."""
NAMES = ("kind", "start", "end", "text", *evaluate.VALUE, "role", "category", "subcategory", "item", "stage")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluate")
    ingest(write_reports(folder / "in", {"a.txt": TEXT}), folder / "out")
    return folder / "out"


def gold(folder: Path, place: int = 0, **changes: Any) -> Path:
    """The right rows of the text, but for the changes to one of them."""
    found = FIGURE.finditer(TEXT)
    right = [ROW | {"start": one.start(), "end": one.end(), "value": int(one[1])} for one in found]
    right[place] |= changes
    folder.mkdir(exist_ok=True)
    lines = (json.dumps(row, ensure_ascii=False) for row in right)
    (folder / "a.mentions.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


FIGURE = re.compile(r"(\d)个")


def test_what_agrees_is_right(dataset: Path, tmp_path: Path) -> None:
    scores = evaluate.evaluate(dataset, gold(tmp_path / "gold"))
    assert {name: found.f1 for name, found in scores.found.items() if found.gold} == {"span": 1.0, "fact": 1.0}
    assert all(share.sum == share.rows for share in scores.shares.values())
    assert list(evaluate.confusions(scores)) == []


@pytest.mark.parametrize(
    ("place", "change", "wrong"),
    [
        (0, {"end": 9}, {"span": 0.75, "fact": 0.75}),
        (0, {"value": 7.0}, {"span": 1.0, "fact": 0.75, "value": 0.75}),
        (0, {"value": 1.0000000001}, {"span": 1.0, "fact": 1.0, "value": 1.0}),
        (2, {"value": 3.000001}, {"value": 1.0}),
        (2, {"value": 3.00001}, {"fact": 0.75, "value": 0.75}),
        (2, {"value": 2.99999}, {"fact": 0.75, "value": 0.75}),
        (3, {"value": 1e-10}, {"value": 1.0}),
        (3, {"value": 0.00001}, {"fact": 0.75, "value": 0.75}),
        (0, {"value": None}, {"fact": 0.75, "value": 0.75}),
        (0, {"value_max": 2}, {"fact": 0.75, "value": 0.75}),
        (0, {"bound": "≥"}, {"fact": 0.75, "value": 0.75}),
        (0, {"change": "up"}, {"fact": 0.75, "value": 0.75}),
        (0, {"unit": "家"}, {"fact": 0.75, "value": 0.75}),
        (0, {"role": "target"}, {"fact": 0.75, "role": 0.75}),
        (0, {"category": "效益"}, {"fact": 0.75, "category": 0.75, "link4": 0.75, "subcategory": 0.75}),
        (0, {"category": "决策"}, {"link4": 0.75}),
        (0, {"subcategory": "质量"}, {"fact": 1.0, "subcategory": 0.75}),
        (0, {"item": "站点"}, {"item": 0.0}),
    ],
)
def test_each_mistake_counts_where_it_should(
    dataset: Path, tmp_path: Path, place: int, change: dict[str, Any], wrong: dict[str, float]
) -> None:
    scores = evaluate.evaluate(dataset, gold(tmp_path / "gold", place, **change))
    found = {name: found.recall for name, found in scores.found.items()}
    shares = {name: share.sum / share.rows for name, share in scores.shares.items()}
    assert {name: (found | shares)[name] for name in wrong} == wrong


def test_confusions_say_what_was_taken_for_what(dataset: Path, tmp_path: Path) -> None:
    scores = evaluate.evaluate(dataset, gold(tmp_path / "gold", category="效益"))
    assert scores.confusions["category", "count"] == {("效益", "产出"): 1, ("产出", "产出"): 3}
    assert len(list(evaluate.confusions(scores))) == 1


def test_a_broken_gold_file_is_named_with_its_line(dataset: Path, tmp_path: Path) -> None:
    folder = gold(tmp_path / "gold")
    with (folder / "a.mentions.jsonl").open("a", encoding="utf-8") as file:
        file.write("\n{")
    with pytest.raises(DatasetError, match=r"a\.mentions\.jsonl:5: no JSON object"):
        evaluate.evaluate(dataset, folder)


def placed(tmp_path: Path, reports: tuple[str, ...], golds: tuple[str, ...]) -> tuple[Path, Path]:
    """A dataset of reports that each count their own number, and for each gold file the gold of the one of its name."""
    texts = {name: f"完成数{number}个。" for number, name in enumerate(reports, start=1)}
    ingest(write_reports(tmp_path / "in", texts), tmp_path / "out")
    made = {row["doc_id"]: row for row in rows(tmp_path / "out", "mentions")}
    by_source = {row["source"]: made[row["doc_id"]] for row in rows(tmp_path / "out", "documents")}
    for name, source in zip(golds, reports, strict=False):
        row = {column: by_source[source][column] for column in NAMES}
        write_reports(tmp_path / "gold", {f"{name}.mentions.jsonl": json.dumps(row, default=str)})
    return tmp_path / "out", tmp_path / "gold"


@pytest.mark.parametrize(
    ("reports", "golds"),
    [
        (("a.txt", "b.txt"), ("a", "b")),
        (("2021/a.txt", "2022/a.txt"), ("2021/a", "2022/a")),
        (("x/2021/a.txt", "x/2022/a.txt"), ("2021/a", "2022/a")),
        (("a.txt", "2022/a.txt"), ("a", "2022/a")),
        (("2022/a.txt", "b.txt"), ("a", "2023/b")),
        (("市[1]/a.txt", "区/a.txt"), ("市[1]/a", "区/a")),
    ],
)
def test_a_gold_file_means_the_report_whose_path_ends_alike(
    reports: tuple[str, ...], golds: tuple[str, ...], tmp_path: Path
) -> None:
    scores = evaluate.evaluate(*placed(tmp_path, reports, golds))
    assert (scores.found["fact"].right, scores.found["fact"].made, scores.found["fact"].gold) == (2, 2, 2)


def test_gold_of_another_folder_is_of_another_report(tmp_path: Path) -> None:
    scores = evaluate.evaluate(*placed(tmp_path, ("2021/a.txt",), ("2022/a",)))
    assert (scores.found["fact"].made, scores.found["fact"].gold) == (0, 1)


@pytest.mark.parametrize(
    ("reports", "golds", "complaint"),
    [
        (("2021/a.txt", "2022/a.txt"), ("a",), "a.txt may be 2021/a.txt or 2022/a.txt; put the gold file"),
        (("a.txt", "b.txt"), ("2021/a", "2022/a"), "2022/a.mentions.jsonl: speaks of a.txt, as .*2021/a.mentions"),
    ],
)
def test_a_name_that_is_not_clear_is_an_error(
    reports: tuple[str, ...], golds: tuple[str, ...], complaint: str, tmp_path: Path
) -> None:
    with pytest.raises(DatasetError, match=complaint):
        evaluate.evaluate(*placed(tmp_path, reports, golds))


def test_a_copy_may_give_its_name_to_the_gold(tmp_path: Path) -> None:
    ingest(write_reports(tmp_path / "in", {"a.txt": TEXT, "copy/b.txt": TEXT}), tmp_path / "out")
    folder = gold(tmp_path / "gold")
    (folder / "a.mentions.jsonl").rename(folder / "b.mentions.jsonl")
    assert evaluate.evaluate(tmp_path / "out", folder).found["fact"].right == 4


def test_the_documents_of_a_name_are_told_apart(tmp_path: Path) -> None:
    dataset, folder = placed(tmp_path, ("2021/a.txt", "2022/a.txt"), ("2021/a", "2022/a"))
    nothing = dict.fromkeys(evaluate.DOCUMENT)
    titles = {row["source"]: row["title"] for row in rows(dataset, "documents")}
    lines = (json.dumps({**nothing, "file": source, "title": title}) for source, title in titles.items())
    (folder / "documents.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert evaluate.evaluate(dataset, folder).shares["documents"] == evaluate.Share(2, 2)
