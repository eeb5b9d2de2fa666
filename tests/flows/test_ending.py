"""How workers start and end: from any folder, never without their run, and at once when it is stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from flows import pool, store, work
from tests.flows.support import ROOT, ingest, piece, rows, start, texts, write_reports


def workers_of(pid: int, count: int = 1) -> list[psutil.Process]:
    """The worker processes of a run, as soon as there are so many."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        with contextlib.suppress(psutil.Error):
            children = psutil.Process(pid).children()
            workers = [child for child in children if "flows import pool" in " ".join(child.cmdline())]
            if len(workers) >= count:
                return workers
        time.sleep(0.01)
    raise AssertionError("the run started no workers")


def until(path: Path) -> None:
    """Wait until a report is in hand."""
    while not path.exists() or not path.read_text(encoding="utf-8"):
        time.sleep(0.01)


@pytest.mark.parametrize("word", ["SLOW", "HANG", "SEARCH"])
@pytest.mark.parametrize("ends", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_worker_outlives_its_run(
    tmp_path: Path, word: str, ends: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STANDIN_LOG", str(tmp_path / "log"))
    source = write_reports(tmp_path / "in", texts(400, words=word))
    process = start(source, tmp_path / "out", options="workers=2, batch=50")
    workers = workers_of(process.pid, 2)
    until(tmp_path / "log")
    begin = time.monotonic()
    process.send_signal(ends)
    process.wait(20)
    _, alive = psutil.wait_procs(workers, timeout=2)
    assert not alive
    assert time.monotonic() - begin < 5
    with store.writer(tmp_path / "out"):
        pass


def test_ctrl_c_in_a_terminal_reaches_the_workers_too_and_only_the_run_decides(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", texts(60, words="SLOW"))
    process = start(source, tmp_path / "out", options="batch=60")
    (worker,) = workers_of(process.pid)
    time.sleep(1)
    worker.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    assert len(rows(tmp_path / "out", "documents")) == 60


def test_an_interrupted_run_is_taken_up_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDIN_LOG", str(tmp_path / "log"))
    source = write_reports(tmp_path / "in", texts(60, words="SLOW"))
    process = start(source, tmp_path / "out", options="workers=2, batch=30")
    until(tmp_path / "log")
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    process.wait(20)
    ingest(source, tmp_path / "out")
    begun = (tmp_path / "log").read_text(encoding="utf-8").split()
    assert len(set(begun)) == 60
    assert len(begun) <= 62


@pytest.mark.slow
@pytest.mark.parametrize("ends", [signal.SIGTERM, signal.SIGINT])
def test_the_command_ends_when_it_is_told_to(tmp_path: Path, ends: signal.Signals) -> None:
    command = [sys.executable, "-m", "flows.cli", "ingest", str(ROOT / "data" / "reports"), str(tmp_path / "out")]
    process = subprocess.Popen([*command, "--batch", "100", "--workers", "1"], cwd=ROOT, stderr=subprocess.DEVNULL)
    workers = workers_of(process.pid)
    begin = time.monotonic()
    process.send_signal(ends)
    process.wait(60)
    _, alive = psutil.wait_procs(workers, timeout=2)
    assert not alive
    assert process.returncode != 0
    assert time.monotonic() - begin < 20
    with store.writer(tmp_path / "out"):
        pass


# ---- starting ----------------------------------------------------------------------------------------------------


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A user's folder that holds packages of our names."""
    for name in ("flows", "extractors", "lexicons"):
        (tmp_path / "user" / name).mkdir(parents=True)
        (tmp_path / "user" / name / "__init__.py").write_text("raise SystemExit('the user’s own')\n", encoding="utf-8")
    return tmp_path / "user"


def test_a_worker_does_not_take_the_users_packages_for_ours(
    tmp_path: Path, foreign: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = piece(write_reports(tmp_path / "in", texts(3)), tmp_path / "spool")
    monkeypatch.chdir(foreign)
    monkeypatch.setenv("PYTHONPATH", "")
    with pool.Pool(1) as workers:
        assert workers.extract(asked, 60.0).failed == {}


@pytest.mark.slow
def test_the_command_runs_in_a_folder_with_packages_of_our_names(tmp_path: Path, foreign: Path) -> None:
    source = write_reports(tmp_path / "in", {"a.txt": "收到财政资金928万元。\n"})
    script = tmp_path / "bin" / "jixiao"
    script.parent.mkdir()
    script.write_text("from flows.cli import app\napp()\n", encoding="utf-8")
    command = [sys.executable, str(script), "ingest", str(source), str(tmp_path / "out"), "--workers", "1"]
    done = subprocess.run(command, cwd=foreign, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(rows(tmp_path / "out", "documents")) == 1


def test_a_worker_that_cannot_start_gives_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken" / "pyarrow").mkdir(parents=True)
    (tmp_path / "broken" / "pyarrow" / "__init__.py").write_text("import nothing_of_the_sort\n", encoding="utf-8")
    source = write_reports(tmp_path / "in", texts(40))
    monkeypatch.syspath_prepend(str(tmp_path / "broken"))
    begin = time.monotonic()
    with pytest.raises(pool.WorkerStartError) as raised:
        ingest(source, tmp_path / "out", workers=3, batch=1)
    assert "No module named 'nothing_of_the_sort'); mend this Python's packages" in str(raised.value)
    assert "\n" not in str(raised.value)
    assert capfd.readouterr().err.count("\n") <= 1
    assert time.monotonic() - begin < 20


def test_a_worker_that_is_killed_as_it_starts_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kills: list[int] = []
    popen = subprocess.Popen

    def start_and_kill(*arguments: object, **options: object) -> object:
        process = popen(*arguments, **options)  # type: ignore[call-overload]
        if len(kills) < 2:
            kills.append(process.pid)
            process.kill()
        return process

    monkeypatch.setattr(subprocess, "Popen", start_and_kill)
    asked = piece(write_reports(tmp_path / "in", texts(3)), tmp_path / "spool")
    with pool.Pool(1) as workers:
        assert workers.extract(asked, 60.0).failed == {}
    assert len(kills) == 2


def test_leaving_the_pool_ends_who_waits_for_it(tmp_path: Path) -> None:
    asked = piece(write_reports(tmp_path / "in", {"hangs.txt": "HANG"}), tmp_path / "spool")
    met: list[BaseException] = []

    def ask() -> None:
        try:
            workers.extract(asked, 600.0)
        except pool.StoppedError as error:
            met.append(error)

    with pool.Pool(1) as workers:
        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(1)
    for thread in threads:
        thread.join(5)
    assert len(met) == 3
    with pytest.raises(pool.StoppedError):
        workers.call(os.getpid)


def test_a_worker_is_as_new_after_a_call_that_failed(tmp_path: Path) -> None:
    worker = pool.Worker()
    with pytest.raises(Exception, match=r"pickle"):
        worker.call(lambda tell: None)
    assert worker.call(work.salvage, tmp_path) is None
    worker.stop()
