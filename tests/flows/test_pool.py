"""Worker processes: what they raise, how they start, how they end."""

from __future__ import annotations

import importlib
import inspect
import os
import pickle
import pkgutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import extractors
import flows
from extractors.errors import JixiaoError
from flows import pool, work
from tests.flows.support import piece, texts, write_reports

PARTS = {"int": 3, "float": 0.5}
"""What errors are made from, by type; else a word."""


def _errors() -> Iterator[JixiaoError]:
    """One of each error class of ours."""
    for package in (extractors, flows):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(found.name)
    kinds: list[type[JixiaoError]] = [JixiaoError]
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        _, *parts = inspect.signature(kind.__init__).parameters.values()
        yield kind(*(PARTS.get(part.annotation, "what; the remedy") for part in parts if part.name != "kwargs"))


def throw(error: BaseException, tell: work.Tell) -> None:
    """What a worker is asked to do here."""
    raise error


class Unspeakable(Exception):
    """An error of someone else that pickle can take apart and not put together again."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} and {second}")


def throw_unspeakable(tell: work.Tell) -> None:
    raise Unspeakable("one", "two")


@pytest.fixture(scope="module")
def worker() -> Iterator[pool.Worker]:
    worker = pool.Worker()
    yield worker
    worker.stop()


def test_each_error_of_ours_crosses_every_border(worker: pool.Worker) -> None:
    errors = list(_errors())
    assert len(errors) > 10
    for error in errors:
        with pytest.raises(type(error)) as raised:
            worker.call(throw, error)
        for crossed in (pickle.loads(pickle.dumps(error)), raised.value):
            assert type(crossed) is type(error)
            assert (str(crossed), vars(crossed)) == (str(error), vars(error))


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(2, "No such file or directory", "a.txt"),
        OSError(28, "No space left on device"),
        ConnectionResetError(104, "Connection reset by peer"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_of_the_system_crosses_with_its_number(error: OSError, worker: pool.Worker) -> None:
    with pytest.raises(type(error)) as raised:
        worker.call(throw, error)
    assert (raised.value.errno, raised.value.strerror) == (error.errno, error.strerror)
    assert raised.value.filename == error.filename


def test_any_other_error_crosses_in_words(worker: pool.Worker) -> None:
    with pytest.raises(pool.WorkerError, match=r"Unspeakable: one and two \(test_pool.py:\d+\)"):
        worker.call(throw_unspeakable)


def test_models_are_loaded_before_the_clock_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDIN_LOADS", "1.5")
    source = write_reports(tmp_path / "in", texts(3) | {"hangs.txt": "HANG"})
    asked = piece(source, tmp_path / "spool")
    with pool.Pool(1) as workers:
        done = workers.extract(asked, 0.5)
    assert [failure[0] for failure in done.failed.values()] == ["timeout"]


def test_code_that_changed_since_the_run_began_reads_nothing(tmp_path: Path) -> None:
    asked = piece(write_reports(tmp_path / "in", texts(3)), tmp_path / "spool")
    other = replace(asked, recipe=replace(asked.recipe, digest="of yesterday"))
    with pool.Pool(1) as workers, pytest.raises(work.OtherRecipeError, match=r"standin\.py: .* start again"):
        workers.extract(other, 60.0)


BAD = {
    "exit.txt": ("EXIT", "extract", "SystemExit: enough (standin.py:"),
    "panic.txt": ("PANIC", "extract", "Panic: at the library (standin.py:"),
    "mistyped.txt": ("MISTYPED数3个", "check", "a value does not fit its column"),
    "halved.txt": ("HALVED数3个", "check", "a value does not fit its column: UnicodeEncodeError"),
    "unspeakable.txt": ("UNSPEAKABLE数3个", "extract", "PicklingError"),
    os.fsdecode(b"\xbc\xa8.txt"): ("数3个", "check", "a value does not fit its column: UnicodeEncodeError"),
    os.fsdecode(b"\xd0\xa7.txt"): ("BUG", "extract", "KeyError"),
}
"""What no worker may end on; the last two have names that are not UTF-8."""


def test_whatever_a_report_raises_is_its_own_problem(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", texts(5) | {name: text for name, (text, _, _) in BAD.items()})
    asked = piece(source, tmp_path / "spool")
    with pool.Pool(1) as workers:
        done = workers.extract(asked, 60.0)
    failed = {item.source: done.failed[item.doc_id] for item in asked.items if item.doc_id in done.failed}
    assert failed.keys() == BAD.keys()
    for name, (_, stage, reason) in BAD.items():
        assert failed[name][0] == stage
        assert reason in failed[name][1]
    documents = work.table(Path(done.folder), "documents")["source"].to_pylist()
    assert sorted(documents) == sorted(texts(5))
