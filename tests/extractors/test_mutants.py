"""The tests notice mistakes: the named ones, each tried on a copy of the sources, are noticed every time."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from benchmarks import mutants
from benchmarks.mutations import mutants as single
from tests.conftest import ROOT

MODULES = sorted((ROOT / "extractors").glob("*.py"))
SOURCE = b"""
LIMIT = 3
KINDS = ("amount", "rate", "count")

def read(text, start):
    \"\"\"What is read.\"\"\"
    if start < LIMIT and text:
        return None
    return text[start:]
"""


@pytest.mark.slow
def test_every_named_mistake_is_noticed() -> None:
    assert mutants.main(["--count", "0"]) == 0


def test_a_mutant_is_one_edit_that_parses() -> None:
    lines = SOURCE.decode().split("\n")
    made = [mutant.applied(SOURCE).decode() for mutant in single("sample.py", SOURCE)]
    assert len(set(made)) == len(made)
    for source in made:
        ast.parse(source)
        assert sum(one != other for one, other in zip(lines, source.split("\n"), strict=True)) == 1
    assert SOURCE.decode().replace("< LIMIT", "<= LIMIT") in made
    assert SOURCE.decode().replace('"rate", ', " ") in made
    assert SOURCE.decode().replace("[start:]", "[:]") in made
    assert SOURCE.decode().replace("return text[start:]", "return None") in made


def test_the_seed_decides_what_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    drawn = mutants.sampled(30, 1, ["rules", "counts"])
    assert drawn == mutants.sampled(30, 1, ["rules", "counts"])
    assert drawn != mutants.sampled(30, 2, ["rules", "counts"])
    assert {Path(mutant.path).stem for mutant in drawn} == {"rules", "counts"}


def test_every_module_that_decides_rows_has_its_tests() -> None:
    silent = {"__init__", "errors", "types"}
    assert {path.stem for path in MODULES} - silent == set(mutants.MATCHING)
    for names in mutants.MATCHING.values():
        assert all((ROOT / "tests" / "extractors" / f"{name}.py").exists() for name in names)
