"""The sample reports against their golden rows: accuracy may only go up."""

from __future__ import annotations

from pathlib import Path

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
