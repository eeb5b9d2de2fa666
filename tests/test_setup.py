"""What is imported is declared, and what is declared is locked: a set-up that leaves something out is found here."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import regex

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
NEEDED = PROJECT["project"]["dependencies"]
EXTRAS = PROJECT["project"]["optional-dependencies"]
GROUPS = PROJECT["dependency-groups"]
UNSEEN = {"fastapi", "sqlalchemy", "requests"}
"""Declared and not imported: what would break Prefect if it were newer, and what pkuseg imports without saying so."""
TRAINING = {"flows/train_items.py", "flows/train_linking.py", "flows/train_ner.py"}
OURS = {"benchmarks", "extractors", "flows", "lexicons", "notebooks", "tests"}
DISTRIBUTIONS = packages_distributions()
LOCKS = {
    "requirements.txt": NEEDED,
    "requirements-pkuseg.txt": EXTRAS["pkuseg"],
    "requirements-charts.txt": [*EXTRAS["charts"], *GROUPS["notebooks"]],
    "requirements-ray.txt": EXTRAS["ray"],
    "requirements-dev.txt": [*EXTRAS["train"], *GROUPS["dev"], *GROUPS["notebooks"]],
}
LOCKED = regex.compile(
    r"(?P<name>[a-z0-9._-]+)(\[[a-z0-9, -]+\])?==\S+( ; [^\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?"
)


def names(requirements: Iterable[Any]) -> set[str]:
    """The packages of some requirements, other groups left out."""
    return {regex.split(r"[^\w.-]", text)[0].lower() for text in requirements if isinstance(text, str)}


def imported(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The packages, as an index names them, of the import statements that are neither ours nor Python's own."""
    for node in nodes:
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        modules += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        for module in {name.partition(".")[0] for name in modules} - OURS - sys.stdlib_module_names:
            yield DISTRIBUTIONS.get(module, [module])[0].lower().replace("_", "-")


def sources(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def test_what_the_package_imports_is_declared_and_nothing_else() -> None:
    found = {name for _, tree in sources("extractors", "flows", "lexicons") for name in imported(ast.walk(tree))}
    assert found == (names(NEEDED) | names(chain(*EXTRAS.values()))) - UNSEEN


def test_no_extra_is_needed_before_it_is_asked_for() -> None:
    """Extras are imported where they are used, but for the training's modules, which nobody else imports."""
    top = {
        (path, name)
        for path, tree in sources("extractors", "flows", "lexicons")
        for name in imported(tree.body)
        if path not in TRAINING
    }
    assert [(path, name) for path, name in top if name not in names(NEEDED)] == []


def test_what_tests_benchmarks_and_notebooks_import_is_declared() -> None:
    declared = names(chain(NEEDED, *EXTRAS.values(), *GROUPS.values()))
    found = {name for _, tree in sources("tests", "benchmarks", "notebooks") for name in imported(ast.walk(tree))}
    assert found - declared == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_what_is_declared(lock: str) -> None:
    locked = {match["name"] for line in _lines(lock) if (match := LOCKED.fullmatch(line))}
    base = {match["name"] for line in _lines("requirements.txt") if (match := LOCKED.fullmatch(line))}
    assert names(LOCKS[lock]) - locked - base == set()


@pytest.mark.parametrize("lock", [*LOCKS, "requirements-build.txt", "requirements-pkuseg-build.txt"])
def test_a_lock_names_versions_and_hashes_and_no_place(lock: str) -> None:
    assert [line for line in _lines(lock) if not LOCKED.fullmatch(line)] == []


def _lines(lock: str) -> list[str]:
    return (ROOT / lock).read_text(encoding="utf-8").splitlines()
