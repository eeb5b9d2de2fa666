"""When a run publishes, and what is known of one that did not."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path

import pytest
from rich.console import Console

from extractors.errors import DatasetError
from flows import publish, show, store, summary
from tests.flows.support import ingest, rows, start, texts, write_reports


def bugs(count: int) -> dict[str, str]:
    return {f"bug{number:02}.txt": f"BUG{number}" for number in range(count)}


def status(dataset: Path) -> str:
    """What `jixiao status` says, on one long line a row."""
    page = io.StringIO()
    Console(file=page, width=5000).print(show.status(dataset, store.open(dataset) if store.current(dataset) else None))
    return page.getvalue()


@pytest.mark.parametrize(
    ("sound", "failing", "max_failed", "published"),
    [
        (21, 3, 0.1, True),
        (20, 4, 0.1, False),
        (40, 4, 0.1, True),
        (1, 3, 0.1, True),
        (0, 3, 0.1, False),
        (0, 1, 0.1, False),
        (0, 3, 1.0, True),
        (40, 1, 0.0, False),
        (40, 0, 0.0, True),
    ],
)
def test_few_failures_hold_nothing_back(
    tmp_path: Path, sound: int, failing: int, max_failed: float, published: bool
) -> None:
    source = write_reports(tmp_path / "in", texts(sound) | bugs(failing))
    made = ingest(source, tmp_path / "out", max_failed=max_failed)
    assert (made.published, made.error is None) == (published, published)
    assert summary.last(tmp_path / "out")["error"] == made.error


def test_the_message_names_all_that_failed_or_says_how_many_more(tmp_path: Path) -> None:
    few = ingest(write_reports(tmp_path / "few", bugs(4)), tmp_path / "one", max_failed=0.1).error
    assert few is not None
    assert all(name in few for name in bugs(4))
    assert "KeyError: 'BUG' (standin.py:" in few
    many = ingest(write_reports(tmp_path / "many", bugs(14)), tmp_path / "two", max_failed=0.1).error
    assert many is not None
    assert "bug09.txt" in many
    assert "bug10.txt" not in many
    assert many.endswith(f", and 4 more: {tmp_path / 'two'}/last-run.json names all")
    assert [failure["source"] for failure in summary.last(tmp_path / "two")["failures"]] == list(bugs(14))


def test_a_report_under_two_names_failed_once(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", texts(3) | {"a.txt": "BUG", "b\nb.txt": "BUG"})
    made = ingest(source, tmp_path / "out")
    assert [(failure.source, failure.other_sources) for failure in made.failures] == [("a.txt", ("b\nb.txt",))]


def test_a_name_that_is_not_utf_8_can_be_told(tmp_path: Path) -> None:
    failure = summary.Failure(os.fsdecode(b"\xbc\xa8.txt"), "read", "绩效")
    summary.Summary("now", "out", failures=(failure,)).write(tmp_path)
    assert summary.last(tmp_path)["failures"][0]["source"] == failure.source
    assert "绩效" in (tmp_path / "last-run.json").read_text(encoding="utf-8")


def test_status_tells_of_a_run_that_did_not_publish(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", texts(20))
    ingest(source, tmp_path / "out")
    write_reports(source, bugs(4) | {"[b]bug.txt": "BUG[/b]"})
    ingest(source, tmp_path / "out", max_failed=0.1)
    page = status(tmp_path / "out")
    assert "snapshot 1" in page
    assert "5 of 25 reports failed" in page
    assert all(name in page for name in [*bugs(4), "[b]bug.txt"])


def test_status_tells_of_a_first_run_that_did_not_publish(tmp_path: Path) -> None:
    ingest(write_reports(tmp_path / "in", bugs(4)), tmp_path / "out", max_failed=0.1)
    page = status(tmp_path / "out")
    assert "no run has published yet" in page
    assert "4 of 4 reports failed" in page


def test_status_tells_of_a_run_that_was_killed(tmp_path: Path) -> None:
    process = start(write_reports(tmp_path / "in", texts(60, words="SLOW")), tmp_path / "out")
    while not (tmp_path / "out" / "last-run.json").exists():
        time.sleep(0.01)
    assert "it has not ended: it is under way, or was killed" in status(tmp_path / "out")
    process.kill()
    process.wait()
    assert "it has not ended: it is under way, or was killed" in status(tmp_path / "out")


def _fail(error: BaseException) -> object:
    def fail(*_: object) -> int:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(28, "No space left on device", "part"), "the disk is full (No space left on device)"),
        (DatasetError("what; the remedy"), "what; the remedy"),
        (KeyError("BUG"), "it was ended by KeyError: 'BUG' (test_last_run.py:"),
        (KeyboardInterrupt(), "it was ended by KeyboardInterrupt"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_run_that_ends_with_an_error_says_so(
    tmp_path: Path, error: BaseException, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_reports(tmp_path / "in", texts(3))
    ingest(source, tmp_path / "out")
    write_reports(source, bugs(1))
    monkeypatch.setattr(publish, "publish", _fail(error))
    with pytest.raises((type(error), DatasetError)):
        ingest(source, tmp_path / "out")
    last = summary.last(tmp_path / "out")
    assert told in last["error"]
    assert (last["published"], last["reports"], len(last["failures"])) == (False, 4, 1)
    assert told in status(tmp_path / "out")


def test_a_run_that_steps_aside_says_nothing_of_the_other(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", texts(3))
    ingest(source, tmp_path / "out")
    before = summary.last(tmp_path / "out")
    with store.writer(tmp_path / "out"), pytest.raises(store.Busy):
        ingest(source, tmp_path / "out")
    assert summary.last(tmp_path / "out") == before
    assert len(rows(tmp_path / "out", "documents")) == 3
