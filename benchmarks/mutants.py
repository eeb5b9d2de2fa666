"""How many wrong extractors the tests notice: `python -m benchmarks.mutants --count 100 --seed 1`.

A mutant is the extractor with one small mistake. Its matching tests are run on it; a mutant that they notice is killed.
First come the named mutants (`mutants.tsv`), then a sample by seed. All happens in a copy of the sources, in which each
mutant has a process of its own that knows the libraries already.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import csv
import difflib
import importlib
import multiprocessing
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import hypothesis
import pytest

from benchmarks.mutations import Mutant, mutants

ROOT = Path(__file__).parents[1]
NAMED = Path(__file__).with_name("mutants.tsv")
PARTS = ("benchmarks", "data/reports", "data/training", "extractors", "flows", "lexicons", "tests", "pyproject.toml")
"""What the tests of the extractor need."""
LIMIT = 60
"""A mutant that runs longer is killed (seconds of processor time, so that other work on the machine kills none)."""
MEMORY = 6 << 30
"""So is one that needs more (bytes)."""

FIGURES = ("test_figures", "test_made_figures", "test_lexicons", "test_samples", "test_training")
LINKS = ("test_linking", "test_mentions", "test_samples", "test_training")
FORMS = ("test_tables", "test_made_forms", "test_samples")
NAMES = ("test_entities", "test_samples", "test_training")
ITEMS = ("test_items", "test_samples", "test_training")
TEXTS = ("test_text", "test_figures", "test_samples")
FACTS = ("test_facts", "test_samples")
MATCHING: Mapping[str, Sequence[str]] = {
    "amounts": FIGURES,
    "attainment": ("test_attainment", *FORMS),
    "candidates": FIGURES,
    "cells": ("test_cells", *FORMS),
    "columns": ("test_layout", *FORMS),
    "context": LINKS,
    "counts": FIGURES,
    "cues": (*LINKS, *FIGURES),
    "dataset": ("test_mentions", "test_samples"),
    "dates": FIGURES,
    "edges": NAMES,
    "encodings": ("test_encodings", "test_text"),
    "entities": NAMES,
    "facts": FACTS,
    "features": (*NAMES, *ITEMS),
    "figures": ("test_parties", *NAMES, *FIGURES),
    "formats": ("test_encodings", *TEXTS),
    "forms": ("test_layout", *FORMS),
    "funding": FORMS,
    "grid": ("test_layout", *FORMS, *TEXTS),
    "heads": ("test_cells", *FORMS),
    "indicators": FORMS,
    "items": ITEMS,
    "lexicon": FIGURES,
    "linking": LINKS,
    "masks": FIGURES,
    "matching": (*FORMS, "test_mentions"),
    "numerals": FIGURES,
    "parties": ("test_parties", "test_mentions"),
    "phrase_model": ITEMS,
    "phrases": ITEMS,
    "pipeline": ("test_pipeline", "test_mentions", "test_samples"),
    "places": NAMES,
    "rates": FIGURES,
    "recipe": ("test_recipe",),
    "regions": ("test_seats", *FACTS),
    "ruler": NAMES,
    "rules": LINKS,
    "seats": ("test_seats", *FACTS),
    "segment": (*TEXTS, *LINKS),
    "stacked": FORMS,
    "tables": (*FORMS, "test_mentions"),
    "textmap": TEXTS,
    "words": ("test_words", *ITEMS),
}
"""The tests of `tests/extractors` that answer for a module of `extractors`; its doctests come first."""
ELSEWHERE: Mapping[str, Sequence[str]] = {"flows/evaluate.py": ("tests/flows/test_evaluate.py",)}
"""The tests of modules that only named mutants touch."""


class Outcome(NamedTuple):
    """What became of a mutant: the test that killed it, empty where it lives, and the seconds that took."""

    killer: str
    seconds: float


# ---- one mutant --------------------------------------------------------------------------------------------------


def tried(mutant: Mutant) -> Outcome:
    """Run the matching tests on a mutant, in the copy."""
    path, begin = Path(mutant.path), time.perf_counter()
    source = path.read_bytes()
    path.write_bytes(mutant.applied(source))
    try:
        return Outcome(_fork(path, [mutant.path, *_files(path)]), time.perf_counter() - begin)
    finally:
        path.write_bytes(source)


def _fork(path: Path, files: Sequence[str], seconds: int = LIMIT) -> str:
    """The first test of some files that fails on a module as it now is."""
    processes = multiprocessing.get_context("fork")
    here, there = processes.Pipe(duplex=False)
    child = processes.Process(target=_tests, args=(path, files, seconds, there))
    child.start()
    there.close()
    if not here.poll(10 * seconds):
        child.kill()
    with contextlib.suppress(EOFError):  # a child that was ended says nothing
        return str(here.recv())
    child.join()
    return f"ended after {seconds} s" if child.exitcode in (-signal.SIGXCPU, -signal.SIGKILL) else "ended early"


def _tests(path: Path, files: Sequence[str], seconds: int, there: Connection) -> None:
    """In the child: import what depends on the module anew and run its tests up to the first that fails."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    hypothesis.settings.register_profile("mutants", database=None, derandomize=True)
    hypothesis.settings.load_profile("mutants")
    _forget(".".join(path.with_suffix("").parts))
    first = _First()
    code = pytest.main([*OPTIONS, *files], plugins=[first])
    there.send(first.failed or ("" if code == 0 else f"exit code {code}"))
    there.close()
    os._exit(0)


UNTIMED = "not linear_time and not time_grows and not cut_form"
"""Tests that measure time, or cut every form everywhere, kill by chance or late."""
OPTIONS = ("-xq", "--assert=plain", "--tb=no", "-pno:cacheprovider", "-pno:logging", "-k", UNTIMED)


def _files(path: Path) -> Sequence[str]:
    """The matching tests, each once."""
    if str(path) in ELSEWHERE:
        return ELSEWHERE[str(path)]
    return [f"tests/extractors/{name}.py" for name in dict.fromkeys(MATCHING[path.stem])]


class _First:
    """A pytest plugin that keeps the first failure's name."""

    failed = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid


def _forget(name: str) -> None:
    """Take a module and all that import it out of the interpreter."""
    ours = [module for module in sys.modules if module.partition(".")[0] in ("extractors", "flows")]
    uses = {module: _imports(module) for module in ours}
    gone, known = {name}, 0
    while len(gone) > known:
        known = len(gone)
        gone |= {module for module, used in uses.items() if used & gone}
    for module in gone & sys.modules.keys():
        parent, _, child = module.rpartition(".")
        del sys.modules[module]
        if parent in sys.modules and hasattr(sys.modules[parent], child):
            delattr(sys.modules[parent], child)


def _imports(module: str) -> set[str]:
    """The modules that a module names in its imports."""
    file = sys.modules[module].__file__
    found: set[str] = set()
    for node in ast.walk(ast.parse(Path(file).read_bytes())) if file else ():
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


# ---- the run -----------------------------------------------------------------------------------------------------


def named() -> Iterator[Mutant]:
    """The mutants of `mutants.tsv`, which are tried every time."""
    with NAMED.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield _edited(**row)


def _edited(path: str, old: str, new: str, mistake: str) -> Mutant:
    source, written = Path(path).read_bytes(), old.encode()
    if source.count(written) != 1:
        sys.exit(f"{NAMED}: {old!r} stands {source.count(written)} times in {path}; name the text as it stands now")
    start = source.index(written)
    return Mutant(path, source.count(b"\n", 0, start) + 1, start, start + len(written), new, mistake)


def sampled(count: int, seed: int, modules: Sequence[str]) -> list[Mutant]:
    """So many mutants, drawn from all of the modules."""
    paths = [Path(f"extractors/{name}.py") for name in modules]
    every = [mutant for path in paths for mutant in mutants(str(path), path.read_bytes())]
    return random.Random(seed).sample(every, min(count, len(every)))


def changed(mutant: Mutant) -> str:
    """The lines that a mutant changes, as a diff without context."""
    source = Path(mutant.path).read_bytes()
    before, after = (text.decode().split("\n") for text in (source, mutant.applied(source)))
    lines = list(difflib.unified_diff(before, after, n=0, lineterm=""))[3:]
    return "\n".join(f"    {line[0]} {line[1:].strip()}" for line in lines)


def measure(chosen: Sequence[Mutant]) -> int:
    """Try mutants, print what became of each, and give the number killed."""
    killed = 0
    for mutant in chosen:
        outcome = tried(mutant)
        killed += bool(outcome.killer)
        fate = f"killed by {outcome.killer}" if outcome.killer else "SURVIVED"
        print(f"{mutant.path}:{mutant.line} {mutant.what}: {fate} ({outcome.seconds:.1f} s)")
        print(changed(mutant), flush=True)
    return killed


def warm() -> None:
    """Import and load what all mutants share."""
    for name in (*MATCHING, "types"):
        importlib.import_module(f"extractors.{name}")
    for name in ("evaluate", "markup", "train_ner", "train_linking"):
        importlib.import_module(f"flows.{name}")
    from extractors import formats, pipeline  # noqa: PLC0415  the copy's, not those of the folder beside it

    for path in sorted(Path("data/reports").glob("*.txt"))[:3]:
        pipeline.extract(formats.read(path.read_bytes(), path.name))


def sound(paths: Iterable[Path]) -> None:
    """Refuse to measure where the tests fail on the extractor as it is."""
    files = [file for path in paths for file in (str(path), *_files(path))]
    if failed := _fork(Path("extractors/lexicon.py"), list(dict.fromkeys(files)), 20 * LIMIT):
        sys.exit(f"{failed}: fails without a mutant; mend it first")


def copied(arguments: Sequence[str]) -> int:
    """Run this module in a copy of the sources."""
    with tempfile.TemporaryDirectory(prefix="jixiao-mutants-") as folder:
        for part in PARTS:
            source, target = ROOT / part, Path(folder) / part
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)
        environment = os.environ | {"PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "benchmarks.mutants", "--here", *arguments]
        return subprocess.run(command, cwd=folder, env=environment, check=False).returncode


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 where a named mutant survives."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100, help="how many mutants are drawn")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--module", action="append", help="such as extractors.rules; all by default")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args(given)
    if not asked.here:
        return copied(given)
    modules = [name.removeprefix("extractors.") for name in asked.module or MATCHING]
    warm()
    fixed, drawn = list(named()), sampled(asked.count, asked.seed, modules)
    if drawn:
        sound({Path(mutant.path) for mutant in (*fixed, *drawn)})
    survived = len(fixed) - measure(fixed)
    killed = measure(drawn)
    print(f"\nnamed mutants: {len(fixed) - survived} of {len(fixed)} killed")
    print(f"seed {asked.seed}: {killed} of {len(drawn)} mutants killed ({killed / max(1, len(drawn)):.0%})")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
