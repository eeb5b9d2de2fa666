"""The generated reports, and the benchmark run over a few of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import reports, throughput
from extractors import formats, pipeline


def test_the_seed_decides_the_report() -> None:
    assert reports.report(7) == reports.report(7)
    assert len({reports.report(seed) for seed in range(50)}) == 50


def test_length_and_mix_are_realistic() -> None:
    texts = [reports.report(seed) for seed in range(60)]
    lengths = sorted(map(len, texts))
    assert 2_000 < lengths[30] < 4_000
    assert lengths[-1] > 8_000
    made = [pipeline.extract(formats.read(text.encode(), "a.txt")) for text in texts[:10]]
    figures = sum(len(report.mentions) for report in made)
    assert 10 < 1000 * figures / sum(map(len, texts[:10])) < 30
    assert any(report.indicators for report in made)
    assert any(report.funding for report in made)


@pytest.mark.slow
def test_every_figure_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throughput, "WORK", tmp_path)
    figures = throughput.measure(40, 20)
    assert figures["reports"] == 40
    assert all(value > 0 for value in figures.values())
    assert figures["peak memory of a process, MiB"] < 1024
