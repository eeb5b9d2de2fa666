"""What an installed wheel holds: a user without the repository needs the lexicons and models too."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.flows.support import ROOT


@pytest.mark.slow
def test_the_wheel_carries_the_data(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "wheel", ".", "--no-deps", "--no-build-isolation", "--quiet"]
    subprocess.run([*command, "--wheel-dir", str(tmp_path)], cwd=ROOT, check=True)
    names = set(zipfile.ZipFile(next(tmp_path.glob("jixiao-*.whl"))).namelist())
    data = {
        path.relative_to(ROOT).as_posix()
        for folder in ("extractors", "flows", "lexicons")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert data - names == set()
    assert not {name for name in names if name.startswith(("tests/", "benchmarks/", "data/"))}
