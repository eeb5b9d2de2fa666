"""How many processors a run takes: as many as it may, not as many as there are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows import machine
from flows.options import REPORTS_PER_TASK, Options


@pytest.fixture(autouse=True)
def eight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of sixteen processors, on eight of which the process may run, without control groups."""
    monkeypatch.setattr(machine, "ROOT", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 16)


def put(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")


def old(group: str, quota: str) -> dict[str, str]:
    """The files of a group of version 1."""
    return {f"{group}/cpu.cfs_quota_us": quota, f"{group}/cpu.cfs_period_us": "100000"}


@pytest.mark.parametrize(
    ("group", "files", "cpus"),
    [
        ("0::/", {}, 8),
        ("0::/", {"cpu.max": "200000 100000"}, 2),
        ("0::/", {"cpu.max": "250000 100000"}, 3),
        ("0::/", {"cpu.max": "50000 100000"}, 1),
        ("0::/", {"cpu.max": "max 100000"}, 8),
        ("0::/", {"cpu.max": "9900000 100000"}, 8),
        ("0::/a/b", {"a/b/cpu.max": "max 100000", "a/cpu.max": "400000 100000"}, 4),
        ("0::/a/b", {"a/b/cpu.max": "200000 100000", "a/cpu.max": "400000 100000"}, 2),
        ("4:cpu,cpuacct:/a", old("cpu,cpuacct/a", "300000"), 3),
        ("4:cpu:/of/the/host", old("cpu", "200000"), 2),
        ("4:cpu:/", old("cpu", "-1"), 8),
        ("4:cpuset:/", old("cpu", "200000"), 8),
        ("4:memory:/\n0::/", {"cpu.max": "500000 100000"}, 5),
    ],
)
def test_as_many_as_control_groups_pay_for(tmp_path: Path, group: str, files: dict[str, str], cpus: int) -> None:
    put(tmp_path, {"proc/self/cgroup": group} | {f"sys/fs/cgroup/{name}": text for name, text in files.items()})
    assert machine.cpus() == cpus


def test_without_affinity_as_many_as_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    assert machine.cpus() == 16


def test_a_run_takes_them_unless_told_otherwise(tmp_path: Path) -> None:
    assert Options(tmp_path, tmp_path).processes == 8
    assert Options(tmp_path, tmp_path, workers=3).processes == 3


@pytest.mark.parametrize("workers", [1, 8, 64, 500])
def test_each_worker_has_a_task(tmp_path: Path, workers: int) -> None:
    options = Options(tmp_path, tmp_path, workers=workers)
    for reports in (500, 9_999, 10_000, 100_000):
        tasks = -(-reports // options.batch_size(reports))
        assert tasks >= workers
        assert options.batch_size(reports) <= max(REPORTS_PER_TASK, reports // 100)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system binds no process to processors")
def test_a_process_bound_to_one_processor_takes_one() -> None:
    bound = "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])"
    code = f"{bound}; from flows import machine; print(machine.cpus())"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "1\n"
