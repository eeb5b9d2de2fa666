"""The notebooks run from top to bottom over the sample reports, and are kept without output."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import nbformat
import pytest
from PIL import Image

from notebooks.execute import NOTEBOOKS, execute, pictures, save

NAMES = [path.stem for path in NOTEBOOKS]


def test_there_are_four() -> None:
    assert NAMES == ["01-tour", "02-duckdb", "03-comparison", "04-unsure"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_notebook_is_kept_without_output_and_titled_in_both_languages(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    assert all(not cell.outputs and cell.execution_count is None for cell in notebook.cells if cell.cell_type == "code")
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("#"):
            assert re.match(r"#+ \S*[\u4e00-\u9fff].*\n\*[A-Z].*\*$", cell.source, re.MULTILINE), cell.source


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_notebook_runs_from_top_to_bottom(path: Path, samples: Path, tmp_path: Path) -> None:
    notebook = execute(path, samples)
    said = [output for cell in notebook.cells for output in cell.get("outputs", []) if output.get("name") == "stderr"]
    assert said == [], "no warning, of a missing glyph least of all"
    drawn = list(pictures(notebook))
    assert drawn, "a chart"
    for picture in drawn:
        image = Image.open(BytesIO(picture))
        assert image.width > 600
        assert len(image.convert("RGB").getcolors(1 << 20) or []) > 20
    written = list(save(notebook, tmp_path, path.stem))
    assert [made.suffix for made in written] == [".ipynb", *[".png"] * len(drawn)]
