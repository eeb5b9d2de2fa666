"""The calibration curve: bins, and the picture."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from extractors.errors import JixiaoError
from flows import calibration


def test_a_bin_tells_how_many_how_sure_and_how_right() -> None:
    links = [(0.55, True), (0.58, False), (0.95, True), (0.94, True)]
    unsure, sure = calibration.curve(links)
    assert (unsure.links, round(unsure.confidence, 3), unsure.right) == (2, 0.565, 0.5)
    assert (sure.links, sure.right) == (2, 1.0)


def test_every_confidence_falls_into_one_bin() -> None:
    links = [(step / 100, True) for step in range(101)]
    assert sum(one.links for one in calibration.curve(links)) == len(links)


def test_the_curve_is_drawn(tmp_path: Path) -> None:
    path = tmp_path / "curve.png"
    calibration.plot(calibration.curve([(0.7, True), (0.9, True)]), path)
    assert path.read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(JixiaoError, match=r"curve\.png: pictures need matplotlib; add it with `make charts`"):
        calibration.plot([], tmp_path / "curve.png")
