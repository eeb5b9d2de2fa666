"""What made a row: whatever decides rows changes the digest, and nothing else does."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

from extractors import recipe
from extractors.pipeline import Settings
from tests.conftest import ROOT


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of code, lexicons and models that a test may change."""
    for package in ("extractors", "lexicons"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(recipe, "files", lambda package: tmp_path / package)
    return tmp_path


def test_a_copy_has_the_same_digest(installed: Path) -> None:
    copied = recipe.digest(Settings())
    assert copied == _elsewhere(ROOT)


@pytest.mark.parametrize(
    "name",
    ["extractors/rules.py", "extractors/models/items.json", "extractors/models/ner/meta.json", "lexicons/units.tsv"],
)
def test_what_decides_rows_changes_it(installed: Path, name: str) -> None:
    before = recipe.digest(Settings())
    with (installed / name).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert recipe.digest(Settings()) != before


@pytest.mark.parametrize(
    "change",
    [
        lambda place: (place / "extractors/new.py").touch(),
        lambda place: (place / "extractors/more").mkdir() or (place / "extractors/more/new.py").touch(),
        lambda place: (place / "extractors/rules.py").unlink(),
        lambda place: (place / "lexicons/units.tsv").rename(place / "lexicons/masks.tsv"),
    ],
    ids=["new", "new below", "gone", "renamed"],
)
def test_files_that_come_and_go_change_it(installed: Path, change: Callable[[Path], object]) -> None:
    before = recipe.digest(Settings())
    change(installed)
    assert recipe.digest(Settings()) != before


@pytest.mark.parametrize(
    "name", ["lexicons/README.md", "lexicons/.units.tsv.swp", "extractors/rules.py~", "extractors/__pycache__/rules.py"]
)
def test_what_decides_nothing_does_not(installed: Path, name: str) -> None:
    before = recipe.digest(Settings())
    (installed / name).parent.mkdir(exist_ok=True)
    (installed / name).write_text("another", encoding="utf-8")
    assert recipe.digest(Settings()) == before


@pytest.mark.parametrize(
    ("library", "segmenter", "matters"),
    [
        ("jieba", "jieba", True),
        ("jieba", "pkuseg", True),
        ("spacy", "jieba", True),
        ("opencc", "jieba", True),
        ("regex", "jieba", True),
        ("numpy", "jieba", True),
        ("pkuseg", "pkuseg", True),
        ("pkuseg", "jieba", False),
        ("prefect", "jieba", False),
    ],
)
def test_another_version_of_a_library(
    library: str, segmenter: str, matters: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(segmenter)  # type: ignore[arg-type]
    before, version = recipe.digest(settings), metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "99" if name == library else version(name))
    assert (recipe.digest(settings) != before) == matters


def _elsewhere(place: Path) -> str:
    """The digest as a process reckons it that finds the packages at the place and nowhere else."""
    code = (
        f"import sys; sys.path.insert(0, {str(place)!r}); from types import SimpleNamespace; "
        "from extractors import recipe; assert recipe.__file__.startswith(sys.path[0]); "
        "print(recipe.digest(SimpleNamespace(segmenter='jieba', model=None)))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_zip_has_the_same_digest(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "jixiao.zip", "w") as packed:
        for package in ("extractors", "lexicons"):
            for path in (ROOT / package).rglob("*"):
                packed.write(path, path.relative_to(ROOT))
    assert _elsewhere(tmp_path / "jixiao.zip") == _elsewhere(ROOT)


def _model(folder: Path, weights: str) -> Settings:
    folder.mkdir(exist_ok=True)
    (folder / "meta.json").write_text('{"lang": "zh", "name": "names", "version": "1.2"}', encoding="utf-8")
    (folder / "weights").write_text(weights, encoding="utf-8")
    return Settings(model=str(folder))


def test_a_model_counts_by_its_content_not_by_its_name(tmp_path: Path) -> None:
    one, moved = _model(tmp_path / "a", "1"), _model(tmp_path / "b", "1")
    assert recipe.digest(one) == recipe.digest(moved) != recipe.digest(Settings())
    assert recipe.version(one) == recipe.version(moved)
    assert recipe.version(one).endswith("+jieba.zh_names-1.2")
    before = recipe.digest(one)
    assert recipe.digest(_model(tmp_path / "a", "2")) != before
