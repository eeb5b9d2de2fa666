"""What the ingestion costs: `python -m benchmarks.throughput --reports 10000`.

Everything is measured against the bare extraction loop (read the file, extract, forget) over the same reports on as
many processes. Times are wall clock, memory is the largest resident set of any process.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks import reports
from flows import machine, run, store
from flows.options import Options

WORK = Path("build/bench")
PROCESSES = 2
CHANGED, DELETED = 150, 10
"""A night: so many reports in ten thousand change, so many go."""
MANY = 10_000_000


@dataclass
class Watch:
    """Wall and processor seconds of a stretch of work, and the peak memory of a process in bytes."""

    seconds: float = 0.0
    processor: float = 0.0
    memory: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Sample until told to stop."""
        while not self.stop.wait(0.2):
            for process in psutil.Process().children(recursive=True):
                try:
                    self.memory = max(self.memory, process.memory_info().rss)
                except psutil.Error:
                    continue


@contextmanager
def watched() -> Iterator[Watch]:
    """Time the block and watch its processes."""
    watch = Watch()
    sampler = threading.Thread(target=watch.run)
    sampler.start()
    begin, before = time.perf_counter(), _processor()
    try:
        yield watch
    finally:
        watch.seconds, watch.processor = time.perf_counter() - begin, _processor() - before
        watch.stop.set()
        sampler.join()


def _processor() -> float:
    """Processor seconds of all descendants that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def bare(folder: Path, processes: int) -> Watch:
    """The bare loop: every process takes every so-manieth file."""
    command = [sys.executable, "-m", "benchmarks.bare", str(folder), str(processes)]
    with watched() as watch:
        loops = [subprocess.Popen([*command, str(number)]) for number in range(processes)]
        if any(loop.wait() for loop in loops):
            raise SystemExit("the bare loop failed")
    return watch


def flow(folder: Path, dataset: Path, *options: str) -> Watch:
    """The whole command, Prefect's start included."""
    command = [sys.executable, "-m", "flows.cli", "ingest", str(folder), str(dataset), "--workers", str(PROCESSES)]
    with watched() as watch:
        made = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    if made.returncode:
        raise SystemExit(made.stderr)
    return watch


def core(folder: Path, dataset: Path, processes: int, *, prune: bool = False) -> Watch:
    """A run below Prefect."""
    with watched() as watch:
        run.run(Options(folder, dataset, workers=processes, prune=prune))
    return watch


def step_seconds(dataset: Path) -> float:
    """Seconds of the dataset's last run without Prefect's start."""
    facts = json.loads((dataset / "last-run.json").read_text(encoding="utf-8"))
    return float(sum(facts["seconds"].values()))


def night(folder: Path, count: int) -> None:
    """Change and delete as many reports as a night does."""
    files = sorted(folder.rglob("*.txt"))
    for number in range(CHANGED * count // 10_000 or 1):
        files[number * 7 % count].write_text(reports.report(count + number), encoding="utf-8")
    for path in files[-(DELETED * count // 10_000 or 1) :]:
        path.unlink()


def measure(count: int, few: int) -> dict[str, float]:
    """All figures."""
    shutil.rmtree(WORK, ignore_errors=True)
    many, some = reports.write(WORK / "many", count), reports.write(WORK / "few", few)
    dataset = WORK / "dataset"
    loop = bare(many, PROCESSES)
    first = flow(many, dataset)
    inner = step_seconds(dataset)
    manifest = store.manifest(store.require_current(dataset))
    mentions = manifest.rows("mentions")
    size = sum(part.bytes for part in manifest.parts.values())
    nothing = flow(many, dataset)
    nothing_inner = step_seconds(dataset)
    night(many, count)
    tonight = core(many, dataset, PROCESSES, prune=True)
    two, one = (core(some, WORK / f"few-{processes}", processes) for processes in (2, 1))
    return {
        "reports": count,
        "mentions": mentions,
        "bare loop, s": loop.seconds,
        "flow, s": first.seconds,
        "flow without Prefect's start, s": inner,
        "flow as share of the bare loop's speed": loop.seconds / first.seconds,
        "the same in processor time": loop.processor / first.processor,
        "ms a report": 1000 * inner / count,
        f"ms a report, {few} reports": 1000 * two.seconds / few,
        "time a report against few": (inner / count) / (two.seconds / few),
        "processor time a report against few": (first.processor / count) / (two.processor / few),
        "two processes against one": one.seconds / two.seconds,
        "peak memory of a process, MiB": first.memory / 2**20,
        "dataset bytes a mention": size / mentions,
        "nothing to do: whole command, s": nothing.seconds,
        "nothing to do: beyond Prefect's start, s": nothing_inner,
        "a night's changes below Prefect, s": tonight.seconds,
        f"{MANY:,} reports, core hours": MANY * first.processor / count / 3600,
        f"{MANY:,} reports, GiB": MANY * size / count / 2**30,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print; the figures also go into `build/bench/throughput.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=10_000)
    parser.add_argument("--few", type=int, default=1_000)
    asked = parser.parse_args(arguments)
    figures = measure(asked.reports, asked.few)
    (WORK / "throughput.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    print(f"{machine.cpus()} cores, {PROCESSES} processes")
    for name, value in figures.items():
        print(f"{name:45} {value:12,.2f}")


if __name__ == "__main__":
    main()
