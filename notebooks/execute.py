"""Runs a notebook from top to bottom, for `make notebooks` and for the tests."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parent
NOTEBOOKS = tuple(sorted(FOLDER.glob("*.ipynb")))
TIMEOUT = 120
"""Seconds that one cell may take."""


def execute(path: Path, dataset: Path) -> nbformat.NotebookNode:
    """The notebook with its output; the first cell that fails ends it with an error."""
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    environment = {**os.environ, "JIXIAO_DATASET": str(dataset.resolve())}
    client = NotebookClient(
        notebook, timeout=TIMEOUT, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}
    )
    with TemporaryDirectory() as sockets:
        kernel = client.create_kernel_manager()
        kernel.transport, kernel.ip = "ipc", f"{sockets}/kernel"
        return client.execute(env=environment)


def pictures(notebook: nbformat.NotebookNode) -> Iterator[bytes]:
    """The pictures that the notebook drew, as PNG."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                yield base64.b64decode(output.data["image/png"])


def save(notebook: nbformat.NotebookNode, output: Path, name: str) -> Iterator[Path]:
    """Write the executed notebook and its pictures; answers the files."""
    output.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, output / f"{name}.ipynb")  # type: ignore[no-untyped-call]
    yield output / f"{name}.ipynb"
    for number, picture in enumerate(pictures(notebook), 1):
        path = output / f"{name}-{number}.png"
        path.write_bytes(picture)
        yield path
