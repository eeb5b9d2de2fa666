"""The reports with golden rows, read anew and scored: accuracy may only go up. Nobody reads the blind sets."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest

from extractors import entities, formats, segment
from extractors.pipeline import Settings
from extractors.textmap import normalise
from flows import calibration, evaluate, run
from flows.evaluate import Scores
from flows.options import Options
from tests.conftest import ROOT
from tests.extractors.cases import rows

OWN, BLIND = "data/reports", ("data/development", "data/messy")
FLOORS = [row.cells for row in rows("floors.tsv") if row.cells["reports"] in (OWN, *BLIND)]


def floors() -> list[Any]:
    """Reports, measure and floor; the blind sets are read by runs of their own."""
    marks = {OWN: (), **dict.fromkeys(BLIND, (pytest.mark.slow,))}
    return [
        pytest.param(*row.values(), id=f"{row['reports']} {row['measure']}", marks=marks[row["reports"]])
        for row in FLOORS
    ]


@pytest.fixture(scope="module")
def scores(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The scores of a folder of reports, each measured once."""

    @cache
    def measured(reports: str) -> Scores:
        dataset = samples
        if reports != OWN:
            dataset = tmp_path_factory.mktemp("blind") / "dataset"
            run.run(Options(ROOT / reports, dataset, workers=1))
        return evaluate.evaluate(dataset, ROOT / reports / "gold")

    return measured


@pytest.mark.parametrize(("reports", "measure", "floor"), floors())
def test_a_measure_reaches_its_floor(scores: Any, reports: str, measure: str, floor: str) -> None:
    made: Scores = scores(reports)
    share = made.shares[measure]
    found = made.found[measure].f1 if measure in made.found else share.sum / share.rows
    assert found >= float(floor)


@pytest.mark.parametrize("reports", [OWN, *(pytest.param(name, marks=pytest.mark.slow) for name in BLIND)])
def test_every_measure_has_a_floor(scores: Any, reports: str) -> None:
    made: Scores = scores(reports)
    assert made.found.keys() | made.shares.keys() == {row["measure"] for row in FLOORS if row["reports"] == reports}


@pytest.mark.slow
def test_confidence_is_the_share_of_links_that_are_right(scores: Any) -> None:
    links = scores("data/development").links
    sure, right = (sum(link[part] for link in links) / len(links) for part in (0, 1))
    assert abs(sure - right) < 0.03
    unsure, *_, surest = calibration.curve(links)
    assert unsure.right < 0.6
    assert surest.right > 0.9


@pytest.mark.slow
def test_the_name_model_earns_its_place() -> None:
    """The names of the blind reports by rules alone, and with the model."""
    assert names_f1("both") > names_f1("rules") + 0.03


def names_f1(use: entities.Use) -> float:
    """F1 of the names of a blind set, exact span and label."""
    right = made = told = 0
    for path in sorted((ROOT / "data" / "development").glob("*.txt")):
        text = normalise(formats.read(path.read_bytes(), path.name).raw)
        sentences = segment.blocks(text).sentences
        found = entities.read([sentence.text for sentence in sentences], Settings(), use)
        there = {
            (*text.raw_span(sentence.start + name.start, sentence.start + name.end), name.label)
            for sentence, names in zip(sentences, found, strict=True)
            for name in names
        }
        lines = (path.parent / "gold" / f"{path.stem}.entities.jsonl").read_text(encoding="utf-8").splitlines()
        gold = {(row["start"], row["end"], row["label"]) for row in map(json.loads, lines)}
        right, made, told = right + len(gold & there), made + len(there), told + len(gold)
    return 2 * right / (made + told)


def test_figures_stand_in_their_sentences_and_sections_in_the_text(samples: Path) -> None:
    """What a reader searches for is there: the figure in its sentence, the sentence and its headings in the report."""
    documents = ds.dataset(samples / "current" / "documents").to_table(["doc_id", "text"]).to_pylist()
    texts = {row["doc_id"]: row["text"] for row in documents}
    found = ds.dataset(samples / "current" / "mentions").to_table().to_pylist()
    assert found
    for row in found:
        text = texts[row["doc_id"]]
        assert row["text"] in row["sentence"]
        assert row["sentence"] in text
        for heading in row["section"].split(" > "):
            assert "".join(heading.split()) in "".join(text.split())
