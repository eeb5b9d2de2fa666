"""Nothing is lost: the real pipeline over the sample reports, killed again and again.

    python -m tests.flows.kills --kills 60

Yesterday's dataset is made, the reports change, and an undisturbed run says what tonight's dataset is. Then each round
begins with a copy of yesterday's, starts a run (every third time two, of which one must step aside) and kills, at a
random moment, the run or one of its workers. What a reader then finds must be yesterday's dataset or tonight's, and
after the next run tonight's, byte for byte, with no work left over and no process alive.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from flows import run, store
from flows.options import Options
from tests.flows.support import ROOT, files

SAMPLES = ROOT / "data" / "reports"
LONGER = 1.1
"""Of the moments some lie behind the end of a run."""


@dataclass
class Outcome:
    """What became of the rounds."""

    kills: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    stepped_aside: int = 0
    identical: int = 0


def main(arguments: Sequence[str] | None = None) -> Outcome:
    """Run so many rounds and print what became of them; an assertion fails where something was lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=20261121)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="jixiao-kills-") as folder:
        outcome = rounds(Path(folder), asked.kills, random.Random(asked.seed))
    killed = ", ".join(f"{count} {what}" for what, count in sorted(outcome.kills.items()))
    found = ", ".join(f"{count} {what}" for what, count in sorted(outcome.found.items()))
    print(f"kills: {killed}; readers found: {found}; second writers that stepped aside: {outcome.stepped_aside}")
    print(f"datasets identical to the undisturbed one after the next run: {outcome.identical} of {asked.kills}")
    return outcome


def rounds(folder: Path, kills: int, chance: random.Random) -> Outcome:
    """Kill so many runs; see above."""
    source, yesterday = folder / "in", folder / "yesterday"
    shutil.copytree(SAMPLES, source, ignore=shutil.ignore_patterns("gold"))
    ingest(source, yesterday)
    tonight(source)
    quiet = copy(yesterday, folder / "quiet")
    begin = time.monotonic()
    assert start(source, quiet).wait() == 0
    takes = time.monotonic() - begin
    old, new = (files(store.require_current(dataset)) for dataset in (yesterday, quiet))
    assert old != new
    outcome = Outcome()
    for number in range(kills):
        dataset = copy(yesterday, folder / f"{number}")
        disturbed(source, dataset, takes, chance, outcome, writers=2 if number % 3 == 2 else 1)
        seen = files(store.require_current(dataset))
        assert seen in (old, new), f"round {number}: a reader finds neither yesterday's dataset nor tonight's"
        outcome.found["tonight's" if seen == new else "yesterday's"] += 1
        ingest(source, dataset)
        assert files(store.require_current(dataset)) == new, f"round {number}: something was lost"
        assert not list((dataset / ".work").rglob("*")), f"round {number}: work is left over"
        outcome.identical += 1
        shutil.rmtree(dataset)
    return outcome


def disturbed(source: Path, dataset: Path, takes: float, chance: random.Random, outcome: Outcome, writers: int) -> None:
    """Start a run, or two at once, and kill the one that writes, or one of its workers."""
    runs = [start(source, dataset) for _ in range(writers)]
    end = time.monotonic() + chance.uniform(0, takes * LONGER)
    while time.monotonic() < end:
        time.sleep(0.01)
    family = [child for process in runs for child in _children(process.pid)]
    if family and chance.random() < 0.3:
        with contextlib.suppress(psutil.Error):
            chance.choice(family).kill()
        outcome.kills["workers"] += 1
    else:
        for process in runs:
            process.kill()
        outcome.kills["runs"] += 1
    outcome.stepped_aside += sum(process.wait() == BUSY for process in runs)
    _, alive = psutil.wait_procs(family, timeout=5)
    assert not alive, "a worker outlived its run"


def _children(pid: int) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    with contextlib.suppress(psutil.Error):
        found += psutil.Process(pid).children()
    return found


def tonight(source: Path) -> None:
    """A night's change: one report is gone, one has changed, one is new, one has moved."""
    first, second, third, fourth, *_ = sorted(source.rglob("*.txt"))
    text = second.read_text(encoding="utf-8", errors="replace")
    first.unlink()
    second.write_text(f"{text}\n另收到财政资金15万元。\n", encoding="utf-8")
    third.rename(third.with_name("moved.txt"))
    new = "某县水利局2023年度自评报告\n收到资金20万元，支出率95%。\n"
    fourth.with_name("new.txt").write_text(new, encoding="utf-8")


def ingest(source: Path, dataset: Path) -> None:
    """An undisturbed run."""
    made = run.run(Options(source, dataset, workers=2, batch=2, prune=True))
    assert made.error is None, made.error


BUSY = 3


def start(source: Path, dataset: Path) -> subprocess.Popen[bytes]:
    """The same in a process of its own; it ends with 3 where another run is writing."""
    code = (
        "import sys; from pathlib import Path; from flows import store; from tests.flows import kills\n"
        f"try: kills.ingest(Path({str(source)!r}), Path({str(dataset)!r}))\n"
        f"except store.Busy: sys.exit({BUSY})\n"
    )
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.DEVNULL)


def copy(dataset: Path, folder: Path) -> Path:
    """The dataset once more, its files shared."""
    folder.mkdir(parents=True)
    for path in sorted(dataset.rglob("*")):
        target = folder / path.relative_to(dataset)
        if path.is_symlink():
            target.symlink_to(path.readlink())
        elif path.is_dir():
            target.mkdir(parents=True)
        else:
            os.link(path, target)
    return folder


if __name__ == "__main__":
    main()
