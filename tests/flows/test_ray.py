"""The same reports on a local Ray cluster of two workers, one of which is killed in the middle."""

from __future__ import annotations

import contextlib
import os
import pickle
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from extractors.errors import JixiaoError
from flows import cluster, pool, run, work
from tests.flows.support import ROOT, contents, ingest, piece, start, texts, write_reports

RAY = [sys.executable, "-m", "ray.scripts.scripts"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Two nodes of one worker each on this machine."""
    pytest.importorskip("ray", reason="the optional extra: make ray")
    port = 20000 + os.getpid() % 10000
    nodes = [_node("--head", "--port", str(port), "--include-dashboard", "false")]
    _wait_for(port)
    nodes.append(_node("--address", f"127.0.0.1:{port}"))
    yield f"127.0.0.1:{port}"
    for node in nodes:
        for process in (*node.children(recursive=True), node):
            with contextlib.suppress(psutil.Error):
                process.kill()


def _node(*arguments: str) -> psutil.Popen:
    common = ["--num-cpus", "1", "--object-store-memory", "100000000", "--disable-usage-stats", "--block"]
    return psutil.Popen([*RAY, "start", *arguments, *common], cwd=ROOT, stdout=subprocess.DEVNULL)


def _wait_for(port: int) -> None:
    """Until the head node answers."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.2)
    raise AssertionError("the Ray head node did not start")


@pytest.mark.slow
def test_a_worker_of_the_cluster_dies_and_the_dataset_is_the_same(tmp_path: Path, address: str) -> None:
    source = write_reports(tmp_path / "in", texts(80, words="SLOW") | {"bug.txt": "BUG"})
    process = start(source, tmp_path / "out", options=f"ray={address!r}, batch=10")
    victim = _busy_worker()
    victim.kill()
    output, complaint = process.communicate(timeout=180)
    assert process.returncode == 0, complaint
    assert "81 new" in output
    ingest(source, tmp_path / "here")
    assert contents(tmp_path / "out") == contents(tmp_path / "here")


def _busy_worker() -> psutil.Process:
    """A Ray process that has extraction in hand: its own worker is one of ours."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for process in psutil.process_iter(["cmdline"]):
            with contextlib.suppress(psutil.Error):
                parent = process.parent()
                ours = "flows import pool" in " ".join(process.info["cmdline"] or [])
                if ours and parent and "ray::" in " ".join(parent.cmdline()):
                    time.sleep(0.5)
                    return parent
        time.sleep(0.05)
    raise AssertionError("no Ray worker had anything to do")


def test_without_ray_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(JixiaoError, match=r"pip install 'jixiao\[ray\]'"):
        cluster.extract("auto", 1.0, print, [])


class FakeRay:
    """Ray as `cluster` uses it, in this process; what is done crosses a pickle as it does on its way from a node."""

    class exceptions:  # noqa: N801
        RayError = type("RayError", (Exception,), {})

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault

    def init(self, **_: object) -> None:
        pass

    shutdown = init

    def remote(self, **_: object) -> Callable[[Callable[..., object]], SimpleNamespace]:
        return lambda function: SimpleNamespace(remote=lambda *given: (function, pickle.dumps(given)))

    def wait(self, waiting: list[Any], timeout: float) -> tuple[list[Any], list[Any]]:
        return waiting[:1], waiting[1:]

    def get(self, ready: list[Any]) -> list[Any]:
        if self.fault:
            raise self.fault
        return [pickle.loads(pickle.dumps(function(*pickle.loads(given)))) for function, given in ready]


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRay]:
    fake = FakeRay()
    monkeypatch.setattr(cluster, "_ray", lambda: fake)
    yield fake
    cluster._worker().stop()


def test_an_error_of_ours_comes_back_from_the_cluster_as_it_is(tmp_path: Path, ray: FakeRay) -> None:
    asked = piece(write_reports(tmp_path / "in", texts(2)), tmp_path / "spool")
    other = replace(asked, recipe=replace(asked.recipe, digest="of another node"))
    with pytest.raises(work.OtherRecipeError, match="be the same on all machines"):
        cluster.extract("auto", 60.0, lambda _: None, [other])
    (done,) = cluster.extract("auto", 60.0, lambda _: None, [asked])
    assert set(done.doc_ids) == {item.doc_id for item in asked.items}


def test_an_error_of_the_cluster_is_one_line(ray: FakeRay, tmp_path: Path) -> None:
    asked = piece(write_reports(tmp_path / "in", texts(2)), tmp_path / "spool")
    ray.fault = ray.exceptions.RayError("the node\nis gone")
    with pytest.raises(cluster.ClusterError, match=r"auto: .* \(RayError: the node is gone.* start again"):
        cluster.extract("auto", 60.0, lambda _: None, [asked])


def test_a_run_that_has_ended_waits_for_no_cluster(ray: FakeRay, tmp_path: Path) -> None:
    asked = piece(write_reports(tmp_path / "in", texts(2)), tmp_path / "spool")
    progress = run.Progress(None, 2, 0)
    progress.end()
    with pytest.raises(pool.StoppedError):
        cluster.extract("auto", 60.0, progress.add, [asked])


@pytest.mark.slow
def test_the_sample_reports_are_the_same_on_the_cluster(tmp_path: Path, address: str) -> None:
    source, real = ROOT / "data" / "reports", "pipeline='extractors.pipeline'"
    process = start(source, tmp_path / "out", options=f"ray={address!r}, batch=2, {real}")
    _, complaint = process.communicate(timeout=180)
    assert process.returncode == 0, complaint
    assert ingest(source, tmp_path / "here", pipeline="extractors.pipeline").failures == ()
    assert contents(tmp_path / "out") == contents(tmp_path / "here")
