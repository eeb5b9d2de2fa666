"""Prefect's server: it starts where nothing is prepared, says in a line why it did not, and ends with its parent."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from flows import server
from tests.flows.support import ROOT, texts, write_reports


def jixiao(*arguments: object, home: Path, **environment: str) -> subprocess.Popen[str]:
    """The command as a process of its own, with Prefect's folder in `home`."""
    return subprocess.Popen(
        [sys.executable, "-m", "flows.cli", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PREFECT_HOME": str(home / "a" / "prefect"), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a file where a folder is wanted")
    source = write_reports(tmp_path / "in", texts(1))
    run = jixiao("ingest", source, tmp_path / "out", home=tmp_path)
    stdout, stderr = run.communicate(timeout=60)
    assert (run.returncode, stdout) == (1, "")
    folder = tmp_path / "a" / "prefect"
    assert stderr == (
        f"error: {folder}: Not a directory; Prefect keeps its history here; set PREFECT_HOME to a folder that you may "
        "write to\n"
    )


def test_a_port_that_is_taken_is_a_clear_error(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", texts(1))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        run = jixiao("serve", source, tmp_path / "out", "--port", port, home=tmp_path)
        _, stderr = run.communicate(timeout=60)
    assert run.returncode == 1
    assert stderr == f"error: port {port}: Address already in use; choose another --port\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ({"PREFECT_SERVER_DATABASE_CONNECTION_URL": "sqlite+aiosqlite:////dev/null/x.db"}, "ended while it started"),
        ({"PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "0"}, "did not start within 0 s"),
    ],
)
def test_a_server_that_does_not_start_is_a_clear_error(
    environment: dict[str, str], complaint: str, tmp_path: Path
) -> None:
    source = write_reports(tmp_path / "in", texts(1))
    run = jixiao("ingest", source, tmp_path / "out", home=tmp_path, **environment)
    _, stderr = run.communicate(timeout=120)
    assert run.returncode == 1
    assert len(stderr.splitlines()) == 1
    assert complaint in stderr
    assert f"{tmp_path / 'a' / 'prefect' / 'server.log'}" in stderr
    assert "PREFECT_API_URL" in stderr


def test_a_server_that_was_named_and_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", texts(1))
    run = jixiao("ingest", source, tmp_path / "out", home=tmp_path, PREFECT_API_URL="http://127.0.0.1:9/api")
    _, stderr = run.communicate(timeout=120)
    assert run.returncode == 1
    assert len(stderr.splitlines()) == 1
    assert stderr.startswith("error: http://127.0.0.1:9/api: no Prefect server answers here")
    assert "unset PREFECT_API_URL" in stderr


@pytest.mark.slow
@pytest.mark.parametrize("exempt", [{}, {"no_proxy": "intranet.example.org"}], ids=["none", "another"])
def test_a_proxy_does_not_stand_between(exempt: dict[str, str], tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", texts(1))
    proxies = dict.fromkeys(("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"), "http://127.0.0.1:9")
    run = jixiao("ingest", source, tmp_path / "out", home=tmp_path, **proxies, **exempt)
    _, stderr = run.communicate(timeout=300)
    assert run.returncode == 0, stderr


def has_a_server(run: psutil.Process) -> bool:
    """As soon as the run has started one."""
    return any(server.BOOT in child.cmdline() for child in run.children())


def extracts(run: psutil.Process) -> bool:
    """While workers are at it."""
    return has_a_server(run) and len(run.children()) > 1


@pytest.mark.slow
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGKILL], ids=["terminated", "killed"])
@pytest.mark.parametrize(
    ("moment", "later"),
    [(has_a_server, 0.0), (has_a_server, 1.0), (has_a_server, 2.5), (has_a_server, 4.0), (extracts, 0.5)],
)
def test_no_server_outlives_its_run(
    moment: Callable[[psutil.Process], bool], later: float, sent: signal.Signals, tmp_path: Path
) -> None:
    source = write_reports(tmp_path / "in", texts(40))
    run = jixiao("ingest", source, tmp_path / "out", "--workers", "1", home=tmp_path)
    process = psutil.Process(run.pid)
    while run.poll() is None and not moment(process):
        time.sleep(0.05)
    time.sleep(later)
    children = process.children(recursive=True)
    assert children
    run.send_signal(sent)
    run.communicate(timeout=30)
    assert run.returncode == -sent
    _, alive = psutil.wait_procs(children, timeout=15)
    assert alive == []


@pytest.mark.slow
def test_an_interrupted_run_says_so_in_its_exit_code(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", texts(1))
    run = jixiao("ingest", source, tmp_path / "out", "--workers", "1", home=tmp_path)
    process = psutil.Process(run.pid)
    while run.poll() is None and not has_a_server(process):
        time.sleep(0.05)
    children = process.children(recursive=True)
    run.send_signal(signal.SIGINT)
    _, stderr = run.communicate(timeout=30)
    assert run.returncode == 130
    assert "Traceback" not in stderr
    assert psutil.wait_procs(children, timeout=15)[1] == []


@pytest.mark.slow
def test_runs_of_long_ago_are_forgotten(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", texts(1))
    assert jixiao("ingest", source, tmp_path / "out", home=tmp_path).wait(120) == 0
    with sqlite3.connect(tmp_path / "a" / "prefect" / "prefect.db") as database:
        assert counted(database) == (1, 2)
        database.execute("update flow_run set end_time = datetime(end_time, '-31 days')")
    database.close()
    assert jixiao("ingest", source, tmp_path / "out", home=tmp_path).wait(120) == 0
    with sqlite3.connect(tmp_path / "a" / "prefect" / "prefect.db") as database:
        assert counted(database) == (1, 2)
    database.close()


def counted(database: sqlite3.Connection) -> tuple[int, ...]:
    """How many runs and artifacts Prefect remembers."""
    return tuple(database.execute(f"select count(*) from {name}").fetchone()[0] for name in ("flow_run", "artifact"))


def test_a_long_log_is_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "server.log"
    monkeypatch.setattr(server, "BOOT", "print('hello')")
    for before, after in (("x" * server.MAX_LOG, "hello\n"), ("old\n", "old\nhello\n")):
        log.write_text(before)
        with server._bound(None) as listener:
            server._start(listener, 1, log, {}).wait(30)
        assert log.read_text() == after
