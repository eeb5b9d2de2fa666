"""Takes the README's picture of the review page: python -m tests.flows.picture DATASET."""

from __future__ import annotations

import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image

from flows import review
from tests.flows.browser import chromium

PICTURE = Path(__file__).parent.parent.parent / "docs" / "review.png"
REPORT, FIGURE = "02_city_water.txt", "8,640万元"
SIZE = (1360, 900)
COLOURS = 128
"""Colours of the picture: enough for text, small enough for a repository."""


def take(dataset: Path) -> None:
    """Open the report, click the figure, and keep what is seen."""
    with tempfile.TemporaryDirectory() as folder, chromium(Path(folder), *SIZE) as page:
        (written,) = review.write(dataset, Path(folder) / "review.html", REPORT)
        page.open(written.as_uri())
        figures = {mark.text.rstrip("?"): mark for mark in page.all(".paper mark")}
        figures[FIGURE].click()
        seen = Image.open(BytesIO(page.driver.get_screenshot_as_png())).convert("RGB")
    PICTURE.parent.mkdir(exist_ok=True)
    seen.quantize(COLOURS).save(PICTURE, optimize=True)


if __name__ == "__main__":
    take(Path(sys.argv[1]))
