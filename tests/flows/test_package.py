"""What an installed wheel holds and does: a user without the repository needs the lexicons and models too."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.flows.support import ROOT, write_reports

pytestmark = pytest.mark.slow
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [*PIP, "wheel", ".", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True)
    return next(folder.glob("jixiao-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of modules as `pip install` makes it, with the command in its `bin`."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([*PIP, "install", "--no-deps", "--target", str(folder), str(wheel)], check=True)
    return folder


def ingest(installed: Path, tmp_path: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """One run of a new user, who stands in a folder that has a package of our name."""
    theirs = {"flows/__init__.py": "raise SystemExit('theirs')"}
    write_reports(tmp_path, {"in/a.txt": "2022年收到财政资金928万元。"} | theirs)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return subprocess.run(
        [str(installed / "bin" / "jixiao"), "ingest", "in", "out", "--workers", "1"],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(installed), "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_the_wheel_carries_the_data(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    data = {
        path.relative_to(ROOT).as_posix()
        for folder in ("extractors", "flows", "lexicons")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert data - names == set()
    assert not {name for name in names if name.startswith(("tests/", "benchmarks/", "data/"))}


def test_the_first_run_of_a_fresh_account(installed: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    made = ingest(installed, tmp_path, home)
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("1 reports: 1 new")
    assert (home / ".jixiao" / "prefect" / "prefect.db").exists()
    assert (tmp_path / "out" / "current" / "mentions").is_dir()


def test_a_home_that_takes_nothing_is_a_clear_error(installed: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("no folder")
    made = ingest(installed, tmp_path, home)
    assert made.returncode == 1
    assert made.stderr == (
        f"error: {home}/.jixiao/prefect: Not a directory; Prefect keeps its history here; set PREFECT_HOME to a folder "
        "that you may write to\n"
    )
