"""What was finished is kept: a failing report, a dead worker and a killed run cost the report in hand, no other."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import psutil
import pytest

from flows import journal, work
from tests.flows.support import contents, ingest, piece, rows, start, texts, write_reports


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the stand-in writes down which report it begins."""
    monkeypatch.setenv("STANDIN_LOG", str(tmp_path / "log"))
    (tmp_path / "log").touch()
    return tmp_path / "log"


def begun(log: Path) -> Counter[str]:
    """How often each report was begun since this was last asked."""
    found = Counter(log.read_text(encoding="utf-8").split())
    log.write_text("", encoding="utf-8")
    return found


def test_a_report_that_kills_its_workers_costs_no_other(tmp_path: Path, log: Path) -> None:
    source = write_reports(tmp_path / "in", texts(40) | {"dies.txt": "DIE", "hangs.txt": "HANG", "bug.txt": "BUG"})
    made = ingest(source, tmp_path / "out", batch=43, timeout=1.0)
    assert begun(log) == Counter(texts(40).keys()) + Counter({"dies.txt": 3, "hangs.txt": 1, "bug.txt": 1})
    assert {failure.source for failure in made.failures} == {"dies.txt", "hangs.txt", "bug.txt"}


def test_a_run_that_does_not_publish_leaves_its_work_to_the_next(tmp_path: Path, log: Path) -> None:
    bad = {f"bug{number}.txt": f"BUG{number}" for number in range(6)}
    source = write_reports(tmp_path / "in", texts(20) | bad)
    assert ingest(source, tmp_path / "out", batch=26, max_failed=0.1).error is not None
    begun(log)
    write_reports(source, {name: f"改好了{name}：完成数3个。" for name in bad})
    assert ingest(source, tmp_path / "out", batch=26, max_failed=0.1).failures == ()
    assert begun(log) == Counter(bad.keys())
    ingest(source, tmp_path / "fresh")
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


def test_a_failing_report_is_tried_again_and_no_other(tmp_path: Path, log: Path) -> None:
    bad = {f"bug{number}.txt": f"BUG{number}" for number in range(6)}
    source = write_reports(tmp_path / "in", texts(20) | bad)
    for _ in range(3):
        begun(log)
        assert ingest(source, tmp_path / "out", batch=26, max_failed=0.1).error is not None
    assert begun(log) == Counter(bad.keys())


def test_a_killed_run_loses_only_the_report_in_hand(tmp_path: Path, log: Path) -> None:
    source = write_reports(tmp_path / "in", texts(60, words="SLOW"))
    process = start(source, tmp_path / "out", options="batch=60")
    while len(log.read_text(encoding="utf-8").split()) < 10:
        time.sleep(0.02)
    workers = psutil.Process(process.pid).children()
    process.kill()
    process.wait()
    psutil.wait_procs(workers, timeout=10)
    first = begun(log)
    ingest(source, tmp_path / "out", batch=60)
    again = begun(log)
    assert sum((first & again).values()) <= 1
    assert len(first | again) == 60
    ingest(source, tmp_path / "fresh")
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


def test_a_killed_worker_loses_only_the_report_in_hand(tmp_path: Path, log: Path) -> None:
    source = write_reports(tmp_path / "in", texts(60, words="SLOW"))
    process = start(source, tmp_path / "out", options="batch=60")
    for count in (10, 25):
        while len(log.read_text(encoding="utf-8").split()) < count:
            time.sleep(0.02)
        for worker in psutil.Process(process.pid).children():
            worker.kill()
    assert process.wait(60) == 0
    assert sum((begun(log) - Counter(texts(60).keys())).values()) <= 2
    assert len(rows(tmp_path / "out", "documents")) == 60


# ---- the journal -------------------------------------------------------------------------------------------------


ENTRIES = [journal.Entry(f"{number}", f"{number}.txt", 0.5, {"documents": [{"chars": number}]}) for number in range(4)]


def _written(spool: Path) -> Path:
    with journal.writer(spool, "piece") as write:
        for entry in ENTRIES:
            write(journal.pack(entry))
    return next(spool.glob("*.rows"))


def test_two_workers_write_and_both_are_read(tmp_path: Path) -> None:
    _written(tmp_path)
    _written(tmp_path)
    assert list(journal.read(tmp_path, "piece")) == ENTRIES * 2
    assert journal.pieces(tmp_path) == {"piece"}


@pytest.mark.parametrize("lost", [1, 30])
def test_a_torn_end_is_not_read(tmp_path: Path, lost: int) -> None:
    path = _written(tmp_path)
    path.write_bytes(path.read_bytes()[:-lost])
    assert list(journal.read(tmp_path, "piece")) == ENTRIES[:-1]


def test_what_a_disk_spoilt_is_not_read(tmp_path: Path) -> None:
    path = _written(tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[:-20] + bytes(10) + data[-10:])
    assert list(journal.read(tmp_path, "piece")) == ENTRIES[:-1]


class Code:
    """What runs code where it is loaded as any pickle is."""

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (Path("run"),)


def test_a_strangers_record_runs_no_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with journal.writer(tmp_path, "piece") as write:
        write(journal.pack(ENTRIES[0]._replace(records={"documents": [{"chars": Code()}]})))
        write(journal.pack(ENTRIES[1]))
    assert list(journal.read(tmp_path, "piece")) == [ENTRIES[1]]
    assert not (tmp_path / "run").exists()


# ---- two workers, one piece --------------------------------------------------------------------------------------


def test_of_two_workers_that_finish_the_same_piece_one_is_first(tmp_path: Path) -> None:
    asked = piece(write_reports(tmp_path / "in", texts(3)), tmp_path / "spool")
    others: list[work.Done] = []

    def tell(at: str) -> None:
        if not at and not others:
            others.append(work.extract(asked, lambda _: None))
            before.append(_inodes(asked.folder))

    before: list[dict[str, int]] = []
    assert work.extract(asked, tell).sha256 == others[0].sha256
    assert _inodes(asked.folder) == before[0]
    assert [path.name for path in asked.folder.parent.iterdir()] == [asked.folder.name]


def _inodes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_ino for path in folder.iterdir()}


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"sha256": {}}', '{"sha256": 3, "doc_ids": []}'])
def test_a_half_written_piece_is_done_again(tmp_path: Path, content: str) -> None:
    asked = piece(write_reports(tmp_path / "in", texts(3)), tmp_path / "spool")
    sound = work.extract(asked, lambda _: None)
    (asked.folder / "done.json").write_text(content, encoding="utf-8")
    assert work.finished(asked.folder) is None
    assert work.extract(asked, lambda _: None).sha256 == sound.sha256
