"""The project's own sample reports, with the real extractor: as many processes as one likes, the same rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows import run, store
from flows.options import Options
from tests.flows.support import ROOT, contents, files

pytestmark = pytest.mark.slow
SAMPLES = ROOT / "data" / "reports"


def ingest(dataset: Path, *, workers: int = 0, batch: int = 0) -> Path:
    summary = run.run(Options(SAMPLES, dataset, workers, batch))
    assert summary.failures == ()
    return dataset


def test_one_process_and_two_make_the_same_rows(tmp_path: Path) -> None:
    one = ingest(tmp_path / "one", workers=1, batch=4)
    two = ingest(tmp_path / "two", workers=2, batch=1)
    assert contents(one) == contents(two)
    assert files(store.require_current(one)) == files(store.require_current(two))


def test_every_figure_stands_where_its_row_says(tmp_path: Path) -> None:
    made = contents(ingest(tmp_path / "out"))
    texts = {row["doc_id"]: row["text"] for row in made["documents"]}
    assert len(texts) >= 8
    assert len(made["mentions"]) > 100
    for name in ("mentions", "entities"):
        for row in made[name]:
            assert texts[row["doc_id"]][row["start"] : row["end"]] == row["text"]
