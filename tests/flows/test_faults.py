"""Real processes, real kills: after the next run the dataset is that of an undisturbed run, byte for byte."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from extractors.errors import DatasetError
from flows import disk, publish, run, store, summary, work
from tests.flows.kills import copy, main
from tests.flows.support import Reader, contents, files, ingest, rows, start, texts, write_reports

KILLS = 50
LONGER = 1.3
"""A run may take so much longer than the one that was timed: some of the moments then lie behind its end."""


def problems(dataset: Path) -> dict[str, tuple[str, str]]:
    return {row["source"]: (row["stage"], row["reason"]) for row in rows(dataset, "problems")}


def tonight(folder: Path) -> Path:
    """A folder some nights later: reports changed, gone, and new."""
    write_reports(folder, texts(60))
    for number in range(0, 60, 7):
        (folder / f"{number:03}.txt").unlink()
    return write_reports(folder, {f"{number:03}.txt": f"改过的报告{number}：完成数5个。" for number in range(3, 90, 3)})


@pytest.fixture
def yesterday(tmp_path: Path) -> Path:
    """A dataset of the reports as they were."""
    ingest(write_reports(tmp_path / "yesterday", texts(60)), tmp_path / "out")
    return tmp_path / "out"


@pytest.mark.slow
def test_killed_at_fifty_random_moments(tmp_path: Path, yesterday: Path) -> None:
    source = tonight(tmp_path / "in")
    old = files(store.require_current(yesterday))
    quiet = copy(yesterday, tmp_path / "quiet")
    begin = time.monotonic()
    assert start(source, quiet).wait() == 0
    takes = time.monotonic() - begin
    undisturbed = files(store.require_current(quiet))
    assert undisturbed != old
    moments = random.Random(20261120)
    seen: list[dict[str, str]] = []
    for round in range(KILLS):
        dataset = copy(yesterday, tmp_path / f"{round}")
        process = start(source, dataset)
        time.sleep(moments.uniform(0, takes * LONGER))
        process.kill()
        process.wait()
        seen.append(files(store.require_current(dataset)))
        assert seen[-1] in (old, undisturbed)
        ingest(source, dataset)
        assert files(store.require_current(dataset)) == undisturbed
        assert [path.name for path in (dataset / ".work").rglob("*")] == []
    assert old in seen
    assert undisturbed in seen


@pytest.mark.slow
def test_the_real_pipeline_killed_at_random_moments() -> None:
    kills = int(os.environ.get("JIXIAO_KILLS", "3"))
    assert main(["--kills", str(kills)]).identical == kills


@pytest.mark.slow
def test_a_reader_sees_the_old_dataset_or_the_new_one(tmp_path: Path, yesterday: Path) -> None:
    source = tonight(tmp_path / "in")
    reader = Reader(yesterday)
    old = frozenset(files(store.require_current(yesterday)).values())
    reader.start()
    ingest(source, yesterday)
    new = frozenset(files(store.require_current(yesterday)).values())
    time.sleep(0.2)
    reader.stop.set()
    reader.join()
    assert len(reader.seen) > 3
    assert set(reader.seen) == {old, new}


def test_a_kill_leaves_no_process_behind(tmp_path: Path) -> None:
    process = start(write_reports(tmp_path / "in", texts(400, words="SLOW")), tmp_path / "out")
    workers = _workers(process.pid)
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert workers
    assert not alive


def _workers(pid: int) -> list[psutil.Process]:
    """The worker processes of a run, as soon as there are any."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        workers: list[psutil.Process] = psutil.Process(pid).children()
        if workers:
            return workers
        time.sleep(0.01)
    return []


def test_what_a_killed_run_finished_is_not_done_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    source = write_reports(tmp_path / "in", texts(120, words="SLOW"))
    process = start(source, tmp_path / "out")
    spool = tmp_path / "out" / ".work" / "pieces"
    while not list(spool.glob("*/[0-9a-f]*/done.json")):
        time.sleep(0.02)
    process.kill()
    process.wait()
    with caplog.at_level("INFO"):
        ingest(source, tmp_path / "out")
    assert "were finished by a run that did not end" in caplog.text
    assert len(rows(tmp_path / "out", "documents")) == 120


def test_a_damaged_piece_of_a_killed_run_is_done_again(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", texts(3))
    piece = _finished_piece(source, tmp_path)
    with (piece / "mentions.arrow").open("r+b") as file:
        file.seek(100)
        file.write(b"\0" * 100)
    assert work.finished(piece) is None
    ingest(source, tmp_path / "out")
    ingest(source, tmp_path / "fresh")
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


def _finished_piece(source: Path, tmp_path: Path) -> Path:
    """What a run leaves that finished its piece and died before it published."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publish, "publish", _die)
        with pytest.raises(KeyboardInterrupt):
            ingest(source, tmp_path / "out")
    return next(path.parent for path in (tmp_path / "out" / ".work" / "pieces").rglob("done.json"))


def _die(*_: object) -> int:
    raise KeyboardInterrupt


@pytest.mark.slow
def test_a_worker_that_is_killed_is_replaced(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", texts(60, words="SLOW"))
    process = start(source, tmp_path / "out")
    for wait in (0.6, 0.9, 1.2):
        time.sleep(wait)
        for worker in psutil.Process(process.pid).children():
            worker.send_signal(signal.SIGKILL)
    assert process.wait(60) == 0
    ingest(source, tmp_path / "fresh")
    assert problems(tmp_path / "out") == {}
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


BAD = {
    "bug.txt": ("BUG", "extract", "KeyError: 'BUG' (standin.py:"),
    "dies.txt": ("DIE", "worker", "a worker process ended with code -9, 3 times"),
    "hangs.txt": ("HANG", "timeout", "no result within 1 s; raise the limit with --timeout"),
    "misplaced.txt": ("MISPLACED数3个", "check", "mentions.text '错' is not what stands at"),
    "mistyped.txt": ("MISTYPED数3个", "check", "a value does not fit its column"),
    "empty.txt": ("", "read", "the file is empty"),
    "binary.txt": ("\0\x01\x02\x03" * 50, "read", ""),
}


def test_bad_reports_are_problems_and_the_others_are_done(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", texts(20) | {name: text for name, (text, _, _) in BAD.items()})
    made = ingest(source, tmp_path / "out", timeout=1.0)
    found = problems(tmp_path / "out")
    assert found.keys() == BAD.keys()
    for name, (_, stage, reason) in BAD.items():
        assert found[name][0] == stage
        assert reason in found[name][1]
    assert len(made.failures) == len(BAD)
    assert len(rows(tmp_path / "out", "documents")) == 20


@pytest.mark.slow
def test_only_faults_that_may_pass_are_tried_again(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", texts(3) | {name: text for name, (text, _, _) in BAD.items()})
    first = ingest(source, tmp_path / "out", timeout=1.0)
    again = ingest(source, tmp_path / "out", timeout=1.0)
    assert {failure.source for failure in again.failures} == {"dies.txt", "hangs.txt"}
    assert (first.published, again.published) == (True, False)


def test_a_report_that_fails_once_is_done_in_the_same_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDIN_MARK", str(tmp_path / "mark"))
    source = write_reports(tmp_path / "in", texts(5) | {"once.txt": "ONCE数3个"})
    assert ingest(source, tmp_path / "out").failures == ()


def test_a_file_that_cannot_be_opened_keeps_its_rows(tmp_path: Path, yesterday: Path) -> None:
    source = tmp_path / "yesterday"
    (source / "003.txt").unlink()
    (source / "003.txt").symlink_to(source / "004.txt" / "nowhere")
    (source / "005.txt").rename(source / "006.bak")
    (source / "005.txt").mkdir()
    before = rows(yesterday, "mentions")
    ingest(source, yesterday)
    assert rows(yesterday, "mentions") == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_a_problem(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", texts(3))
    (source / "001.txt").chmod(0)
    ingest(source, tmp_path / "out")
    assert problems(tmp_path / "out")["001.txt"][0] == "open"


@pytest.mark.slow
def test_a_full_disk_leaves_the_dataset_as_it_was(tmp_path: Path, yesterday: Path) -> None:
    before = contents(yesterday)
    source = write_reports(tmp_path / "in", texts(200))
    process = start(
        source, yesterday, limits="import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))"
    )
    _, complaint = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "the disk is full" in complaint
    assert contents(yesterday) == before
    ingest(source, yesterday, prune=True)
    ingest(source, tmp_path / "fresh")
    assert contents(yesterday) == contents(tmp_path / "fresh")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of eight megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"nothing may be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.slow
def test_a_small_disk_fills_up_at_every_stage_of_a_run(tmp_path: Path, small_disk: Path) -> None:
    moments = random.Random(20261121)
    source = write_reports(tmp_path / "in", texts(60))
    ingest(source, tmp_path / "yesterday")
    figures = ["".join(f"完成数{moments.randrange(10**9)}个。" for _ in range(120)) for _ in range(100)]
    write_reports(source, {f"big{number}.txt": text for number, text in enumerate(figures)})
    quiet = copy(tmp_path / "yesterday", tmp_path / "quiet")
    ingest(source, quiet, batch=20)
    old, new = (files(store.require_current(dataset)) for dataset in (tmp_path / "yesterday", quiet))
    dataset, ended = small_disk / "out", []
    for left in (0, 8, 150, 800, 2500, 6000):
        shutil.rmtree(dataset, ignore_errors=True)
        shutil.copytree(tmp_path / "yesterday", dataset, symlinks=True)
        _fill(small_disk / "others", left)
        with contextlib.suppress(DatasetError):
            ingest(source, dataset, batch=20)
        ended.append(files(store.require_current(dataset)))
        assert ended[-1] == new or "disk is full" in summary.last(dataset)["error"]
        assert {path.name for path in dataset.glob(".*")} == {".lock", ".work"}
        (small_disk / "others").unlink()
        ingest(source, dataset, batch=20)
        assert files(store.require_current(dataset)) == new
        assert [path.name for path in (dataset / ".work").rglob("*")] == []
    assert ended[:3] == [old] * 3
    assert ended[-1] == new
    assert all(seen in (old, new) for seen in ended)


def _fill(path: Path, left: int) -> None:
    """Write into the file until so many kilobytes are left on its disk."""
    free = os.statvfs(path.parent)
    path.write_bytes(bytes(max(0, free.f_bavail * free.f_frsize - left * 1024)))


def test_a_full_disk_at_the_last_moment(tmp_path: Path, yesterday: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, text: str) -> None:
        if path.name == "manifest.json":
            raise OSError(28, "No space left on device", str(path))
        write(path, text)

    write = disk.write_durably
    before = files(store.require_current(yesterday))
    monkeypatch.setattr(disk, "write_durably", full)
    with pytest.raises(DatasetError, match="the disk is full"):
        ingest(tonight(tmp_path / "in"), yesterday)
    assert files(store.require_current(yesterday)) == before
    assert not list((yesterday / ".work").glob("next-*"))


def test_two_runs_at_once_one_steps_aside(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", texts(40, words="SLOW"))
    process = start(source, tmp_path / "out")
    _workers(process.pid)
    with pytest.raises(store.Busy, match=rf"another run \(process {process.pid}\) is writing"):
        ingest(source, tmp_path / "out")
    assert process.wait(60) == 0
    assert len(rows(tmp_path / "out", "documents")) == 40


def test_too_many_failures_publish_nothing(tmp_path: Path, yesterday: Path) -> None:
    before = files(store.require_current(yesterday))
    source = write_reports(tmp_path / "in", {f"{number}.txt": f"{number}BUG" for number in range(5)} | texts(5))
    made = ingest(source, yesterday, max_failed=0.05)
    assert made.error is not None
    assert "5 of 65 reports failed, more than the share of 0.05" in made.error
    assert files(store.require_current(yesterday)) == before
    assert ingest(source, yesterday, max_failed=0.5).published


def test_failures_of_a_run_that_published_nothing_are_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STANDIN_BROKEN", "1")
    source = write_reports(tmp_path / "in", texts(5))
    assert ingest(source, tmp_path / "out", max_failed=0.1).error is not None
    monkeypatch.delenv("STANDIN_BROKEN")
    assert ingest(source, tmp_path / "out", max_failed=0.1).failures == ()


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    lock = threading.Lock()

    def listen(done: int, total: int) -> None:
        with lock:
            told.append((done, total))

    token = run.listener.set(listen)
    try:
        ingest(write_reports(tmp_path / "in", texts(10)), tmp_path / "out")
    finally:
        run.listener.reset(token)
    assert told[0] == (0, 10)
    assert told[-1] == (10, 10)
