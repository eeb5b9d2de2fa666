"""The sample reports against their golden rows: accuracy may only go up."""

from __future__ import annotations

from pathlib import Path

import pyarrow.dataset as ds
import pytest

from flows import evaluate
from flows.evaluate import Scores
from tests.conftest import ROOT
from tests.extractors.cases import rows

FLOORS = {
    row.cells["measure"]: float(row.cells["floor"])
    for row in rows("floors.tsv")
    if row.cells["reports"] == "data/reports"
}


@pytest.fixture(scope="module")
def scores(samples: Path) -> Scores:
    return evaluate.evaluate(samples, ROOT / "data" / "reports" / "gold")


@pytest.mark.parametrize("measure", FLOORS)
def test_a_measure_reaches_its_floor(scores: Scores, measure: str) -> None:
    found = (
        scores.found[measure].f1
        if measure in scores.found
        else scores.shares[measure].sum / scores.shares[measure].rows
    )
    assert found >= FLOORS[measure]


def test_every_measure_has_a_floor(scores: Scores) -> None:
    assert scores.found.keys() | scores.shares.keys() == FLOORS.keys()


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
