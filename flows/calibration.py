"""How sure the links are against how often they are right: the calibration curve."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from rich.table import Table

from extractors.errors import JixiaoError
from flows.evaluate import Link

EDGES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.96, 1.01)
"""Where one bin of confidence ends and the next begins."""


class Bin(NamedTuple):
    """The links of one stretch of confidence: how many, their mean confidence, the share that is right."""

    links: int
    confidence: float
    right: float


def curve(links: Sequence[Link]) -> list[Bin]:
    """The bins that hold a link, from unsure to sure."""
    bins = []
    for low, high in pairwise(EDGES):
        inside = [link for link in links if low <= link[0] < high]
        if inside:
            mean = sum(confidence for confidence, _ in inside) / len(inside)
            bins.append(Bin(len(inside), mean, sum(right for _, right in inside) / len(inside)))
    return bins


def table(bins: Sequence[Bin]) -> Table:
    """The curve in numbers."""
    grid = Table("links", "mean confidence", "share right", title="Calibration of the links", title_justify="left")
    for one in bins:
        grid.add_row(f"{one.links:,}", f"{one.confidence:.3f}", f"{one.right:.3f}")
    return grid


def plot(bins: Sequence[Bin], path: Path) -> None:
    """Draw the curve into a picture; the suffix of the path names the format."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 -- an optional extra
    except ImportError as error:
        message = f"{path}: pictures need matplotlib; add it with `make charts` or `pip install 'jixiao[charts]'`"
        raise JixiaoError(message) from error
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1, label="perfectly calibrated")
    axes.plot([one.confidence for one in bins], [one.right for one in bins], color="#b03a2e", marker="o", label="links")
    for one in bins:
        axes.annotate(f"{one.links:,}", (one.confidence, one.right), xytext=(6, -12), textcoords="offset points")
    axes.set(xlabel="confidence", ylabel="share that is right", xlim=(0, 1.02), ylim=(0, 1.02), aspect="equal")
    axes.legend(loc="upper left", frameon=False)
    figure.savefig(path, dpi=120)
