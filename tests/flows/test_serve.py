"""A real server: the served deployment is run through it, and `prefect.yaml` deploys with its schedule."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.flows.support import ROOT, write_reports

pytestmark = pytest.mark.slow
PORT = 20000 + (os.getpid() + 1) % 10000
API = f"http://127.0.0.1:{PORT}/api"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    write_reports(folder / "in", {"a.txt": "2022年收到财政资金928万元，支出率98%。", "empty.txt": ""})
    return folder


@pytest.fixture(scope="module", autouse=True)
def served(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`jixiao serve` with a schedule, started where a package of our name lies around."""
    write_reports(folder, {"flows/__init__.py": "raise SystemExit('not ours')"})
    process = subprocess.Popen(_command(folder / "out", "--cron", "0 2 * * *", "--max-failed", "0.5"), cwd=folder)
    _until(lambda: deployment("out"), 120)
    yield process
    process.send_signal(signal.SIGINT)
    process.wait(60)
    _until(_is_gone, 15)


def _command(dataset: Path, *options: str) -> list[str]:
    source = dataset.parent / "in"
    command = [sys.executable, "-P", "-m", "flows.cli", "serve", str(source), str(dataset)]
    return [*command, "--port", str(PORT), "--workers", "1", *options]


def _is_gone() -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", PORT)) != 0


def _until(ask: Any, seconds: float) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            answer = ask()
        except httpx.HTTPError:
            answer = None
        if answer:
            return answer
        time.sleep(0.5)
    raise AssertionError("the server had no answer in time")


def _get(path: str) -> Any:
    answer = httpx.get(f"{API}/{path}")
    return answer.json() if answer.status_code == 200 else None


def _post(path: str, **body: Any) -> Any:
    return httpx.post(f"{API}/{path}", json=body, timeout=30).raise_for_status().json()


def deployment(name: str) -> Any:
    return _get(f"deployments/name/ingest/{name}")


def _create_run(name: str, **parameters: Any) -> str:
    """Ask for a run of the deployment; a busy server is asked again."""
    path = f"deployments/{deployment(name)['id']}/create_flow_run"
    return str(_until(lambda: _post(path, parameters=parameters), 60)["id"])


def _outcome(run: str) -> Any:
    """The run's state once it has ended."""
    ended = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
    made = _until(lambda: (found := _get(f"flow_runs/{run}")) and found["state_type"] in ended and found, 90)
    return made["state"]


def _prefect(*arguments: str) -> None:
    environment = {**os.environ, "PREFECT_API_URL": API}
    command = [sys.executable, "-m", "prefect", *arguments]
    made = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert made.returncode == 0, made.stdout + made.stderr


def test_a_run_triggered_through_the_server_leaves_its_artifacts(folder: Path) -> None:
    run = _create_run("out")
    state = _outcome(run)
    assert state["type"] == "COMPLETED", state
    assert state["message"].startswith("2 reports: 2 new")
    artifacts = _post("artifacts/filter", artifacts={"flow_run_id": {"any_": [run]}})
    found = {artifact["key"]: artifact["data"] for artifact in artifacts}
    assert "| amount |" in found["ingest-run"]
    assert "the file is empty" in found["ingest-problems"]
    assert (folder / "out" / "current" / "mentions").is_dir()


def test_the_schedule_is_set() -> None:
    made = deployment("out")
    assert [(each["schedule"]["cron"], each["schedule"]["timezone"]) for each in made["schedules"]] == [
        ("0 2 * * *", "Asia/Shanghai")
    ]
    assert made["global_concurrency_limit"]["limit"] == 1
    assert made["parameters"]["max_failed"] == 0.5
    assert made["parameters"]["prune"] is False


def test_the_page_asks_the_server_that_it_came_from() -> None:
    assert httpx.get(f"http://127.0.0.1:{PORT}/ui-settings").json()["api_url"] == API


def test_another_dataset_does_not_take_the_name(folder: Path) -> None:
    before = deployment("out")
    write_reports(folder / "other" / "in", {"b.txt": "2022年支出1万元。"})
    command = _command(folder / "other" / "out", "--cron", "0 3 * * *")
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert made.returncode == 1
    assert made.stderr.splitlines() == [
        f"error: name out: already serves the dataset {folder / 'out'}; choose another --name, or free it with: "
        f"PREFECT_API_URL={API} prefect deployment delete ingest/out"
    ]
    assert deployment("out")["schedules"] == before["schedules"]


def test_prefect_yaml_deploys_and_a_worker_runs_it(folder: Path) -> None:
    _prefect("work-pool", "create", "--type", "process", "jixiao")
    _prefect("--no-prompt", "deploy", "--all")
    nightly = deployment("nightly")
    assert [each["schedule"]["cron"] for each in nightly["schedules"]] == ["0 2 * * *"]
    assert nightly["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    assert nightly["parameters"]["prune"] is False
    run = _create_run("nightly", max_failed=0.5, workers=1, source=str(folder / "in"), dataset=str(folder / "out"))
    _prefect("worker", "start", "--pool", "jixiao", "--run-once")
    state = _outcome(run)
    assert state["type"] == "COMPLETED", state


def test_after_a_crash_the_same_dataset_is_served_again(folder: Path, served: subprocess.Popen[bytes]) -> None:
    served.kill()
    served.wait()
    _until(_is_gone, 15)
    again = subprocess.Popen(_command(folder / "out"), cwd=folder, stdout=subprocess.PIPE, text=True)
    assert again.stdout is not None
    place = f"http://127.0.0.1:{PORT}"
    assert again.stdout.readline() == f"Serving ingest/out for {folder / 'out'}; see {place}, end with Ctrl-C\n"
    _until(lambda: deployment("out")["schedules"] == [], 30)
    again.terminate()
    again.wait(60)
    _until(_is_gone, 15)
