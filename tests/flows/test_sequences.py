"""Random sequences of what happens to a folder, held against a simple model of what the dataset must then show."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pytest

from extractors.dataset import Row
from extractors.errors import DatasetError
from extractors.formats import doc_id
from flows import run, work
from tests.flows.support import Inline, contents, ingest, inline, rows

QUICK, ALL = 20, 300
STEPS = 12
NAMES = ("a.txt", "b.txt", "甲/a.txt", "甲/b.txt", "乙/a.txt", "乙/丙/a.txt")
PLACES = (*NAMES, "甲", "乙", "乙/丙")
CONTENTS = (*(f"报告{number}：数{number}个。" for number in range(5)), "残FLAKY1数3个", "怪FLAKY2数4个", "坏BUG", "")
DEEDS = ("add", "change", "change", "rename", "copy", "delete", "delete", "away", "back", "flaky", "version")


@dataclass
class World:
    """A folder that things happen to; `away` are files and folders in whose place a broken link stands."""

    folder: Path
    chance: random.Random
    files: dict[str, str] = field(default_factory=dict)
    away: list[str] = field(default_factory=list)
    version: str = "0"
    flaky: str = "FLAKY1"

    def found(self) -> dict[str, str]:
        """The texts of the files that can be read."""
        return {name: text for name, text in self.files.items() if not self.hides(name)}

    def hides(self, name: str) -> bool:
        """Whether the path can't be reached."""
        return any(f"{name}/".startswith(f"{far}/") for far in self.away)

    def far(self) -> set[str]:
        """What is away and does not lie below what is away itself."""
        return {name for name in self.away if not self.hides(name.rpartition("/")[0])}

    def happen(self) -> None:
        """One thing happens."""
        deed = self.chance.choice(DEEDS)
        here = list(self.found())
        free = [name for name in NAMES if not self.hides(name)]
        if deed == "add" and free:
            self.write(self.chance.choice(free), self.chance.choice(CONTENTS))
        elif deed in ("change", "rename", "copy", "delete") and here:
            name = self.chance.choice(here)
            text = self.chance.choice(CONTENTS) if deed == "change" else self.files[name]
            if deed != "copy":
                self.remove(name)
            if deed != "delete":
                self.write(name if deed == "change" else self.chance.choice(free), text)
        elif deed == "away":
            self.send_away(self.chance.choice(PLACES))
        elif deed == "back":
            self.call_back()
        elif deed == "flaky":
            self.flaky = self.chance.choice(("FLAKY1", "FLAKY2", "nothing"))
        elif deed == "version":
            self.version = self.chance.choice("012")

    def write(self, name: str, text: str) -> None:
        """The file gets this text."""
        self.files[name] = text
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def remove(self, name: str) -> None:
        """The file goes."""
        del self.files[name]
        (self.folder / name).unlink()

    def send_away(self, name: str) -> None:
        """The file or folder can't be reached any more."""
        path = self.folder / name
        if path.exists() and not self.hides(name):
            path.rename(self.folder.with_name(f"away-{len(self.away)}"))
            path.symlink_to("nowhere")
            self.away.append(name)

    def call_back(self) -> None:
        """Everything can be reached."""
        while self.away:
            path = self.folder / self.away.pop()
            path.unlink()
            self.folder.with_name(f"away-{len(self.away)}").rename(path)


@dataclass
class Model:
    """What the dataset must show: the text of each path, the version that read each text, and those that failed."""

    shown: dict[str, str] = field(default_factory=dict)
    made_by: dict[str, str] = field(default_factory=dict)
    failed: dict[str, bool] = field(default_factory=dict)
    """Whether it is tried again by the same version."""
    version: str = ""

    def run(self, world: World, meanwhile: str | None, *, prune: bool) -> None:
        """A run; the file named `meanwhile` changes or goes between listing and reading."""
        found = world.found()
        texts = set(found.values())

        def gone(name: str) -> bool:
            return name not in found and not world.hides(name) and (prune or self.shown[name] in texts)

        for text in sorted(texts | {text for name, text in self.shown.items() if not gone(name)}):
            known = text in self.made_by or text in self.failed
            if known and self.version == world.version and not self.failed.get(text):
                continue
            places = sorted(name for name in found if found[name] == text)
            missed = places[:1] == [meanwhile]
            if missed or "BUG" in text or world.flaky in text or not text:
                self.failed[text] = missed
            else:
                self.made_by[text] = world.version
                self.failed.pop(text, None)
        self.shown = {name: text for name, text in self.shown.items() if not gone(name)}
        self.shown |= {name: text for name, text in found.items() if text in self.made_by}
        alive = set(self.shown.values())
        self.made_by = {text: version for text, version in self.made_by.items() if text in alive}
        self.failed = {text: again for text, again in self.failed.items() if text in alive | texts}
        self.version = world.version

    def documents(self) -> dict[str, tuple[list[str], str]]:
        """The paths and the version of each text."""
        paths = defaultdict(list)
        for name in sorted(self.shown):
            paths[self.shown[name]].append(name)
        return {text: (names, f"{self.made_by[text]}+jieba") for text, names in paths.items()}

    def failures(self, world: World) -> dict[str, list[str]]:
        """The reports that failed, and those whose rows stay in their place."""
        kept = {text: {text} & self.made_by.keys() for text in self.failed}
        for name, text in world.found().items():
            if text in kept and name in self.shown:
                kept[text] |= {self.shown[name]}
        return {_id(text): sorted(map(_id, stay)) for text, stay in kept.items()}


class Between(Inline):
    """A pool before whose first piece a file changes or goes."""

    deed: ClassVar[tuple[World, str, str | None] | None] = None

    def extract(self, piece: work.Piece, limit: float) -> work.Done:
        """Let it happen, then extract."""
        if Between.deed is not None:
            world, name, text = Between.deed
            Between.deed = None
            world.remove(name) if text is None else world.write(name, text)
        return super().extract(piece, limit)


def _id(text: str) -> str:
    return doc_id(text.encode())


def _step(world: World, model: Model, dataset: Path, *, prune: bool) -> None:
    """A run over the world as it is; the model says what must come of it."""
    before, found = rows_of(dataset), world.found()
    if not found:
        with pytest.raises(DatasetError, match="holds no report"):
            ingest(world.folder, dataset, prune=prune)
        assert rows_of(dataset) == before
        return
    expected = Model(dict(model.shown), dict(model.made_by), dict(model.failed), model.version)
    name = world.chance.choice(sorted(found)) if world.chance.random() < 0.3 else None
    frozen = World(world.folder, world.chance, dict(world.files), list(world.away), world.version, world.flaky)
    Between.deed = (world, name, world.chance.choice((None, f"改{world.chance.random()}：数9个。"))) if name else None
    made = ingest(world.folder, dataset, prune=prune)
    happened, Between.deed = name is not None and Between.deed is None, None
    model.run(frozen, name if happened else None, prune=prune)
    assert made.published == (model != expected or before != rows_of(dataset))
    _compare(dataset, model, frozen)


def rows_of(dataset: Path) -> dict[str, list[Row]]:
    """Every row, where there is a dataset yet."""
    return contents(dataset) if (dataset / "current").exists() else {}


def _compare(dataset: Path, model: Model, world: World) -> None:
    documents = {
        row["text"]: ([row["source"], *(row["other_sources"] or ())], row["extractor_version"])
        for row in rows(dataset, "documents")
    }
    assert documents == model.documents()
    counted = {row["doc_id"] for row in rows(dataset, "mentions")}
    assert counted == {_id(text) for text in documents}
    problems = rows(dataset, "problems")
    failures = [row for row in problems if row["kept"] is not None]
    assert {row["doc_id"]: row["kept"] for row in failures} == model.failures(world)
    assert len(failures) == len(model.failed)
    for row in failures:
        assert row["reason"].count("what was read earlier stays") == bool(row["kept"])
    assert {row["source"] for row in problems if row["doc_id"] is None} == world.far()
    flagged = [row["doc_id"] for row in problems if row["stage"] == "text"]
    assert flagged == [_id(text) for text in documents if text.startswith("残")]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    inline(monkeypatch)
    monkeypatch.setattr(run, "Pool", Between)


@pytest.mark.parametrize(
    "seed", [*range(QUICK), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(QUICK, ALL))]
)
def test_nothing_is_lost_and_nothing_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    chance = random.Random(seed)
    (tmp_path / "in").mkdir()
    world, model, dataset = World(tmp_path / "in", chance), Model(), tmp_path / "out"
    for _ in range(STEPS):
        for _ in range(chance.randint(0, 3)):
            world.happen()
        monkeypatch.setenv("STANDIN_VERSION", world.version)
        monkeypatch.setenv("STANDIN_FAILS", world.flaky)
        _step(world, model, dataset, prune=chance.random() < 0.5)
    _mended(world, dataset, tmp_path / "fresh", monkeypatch)


def _mended(world: World, dataset: Path, fresh: Path, patch: pytest.MonkeyPatch) -> None:
    """When all can be reached and read again, the dataset is what a first run makes of the folder."""
    world.call_back()
    for name, text in list(world.files.items()):
        if not text or "BUG" in text:
            world.remove(name)
    world.write("a.txt", "一份好的：数1个。")
    patch.setenv("STANDIN_FAILS", "nothing")
    patch.setenv("STANDIN_VERSION", "3")
    ingest(world.folder, dataset, prune=True)
    ingest(world.folder, fresh)
    assert contents(dataset) == contents(fresh)
    assert not ingest(world.folder, dataset, prune=True).published
