"""The flow in Prefect: states, artifacts, retries, names and the checking of parameters."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import prefect
import pytest
from prefect.artifacts import Artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId
from prefect.client.schemas.objects import State
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ParameterTypeError
from prefect.logging.handlers import APILogHandler
from prefect.testing.utilities import prefect_test_harness
from typer.testing import CliRunner, Result

from flows import ingest as ingestion
from flows import run, store
from flows.cli import app
from flows.pool import Pool
from tests.flows.support import STANDIN, rows, texts, write_reports


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[None]:
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture(autouse=True)
def standin(monkeypatch: pytest.MonkeyPatch) -> None:
    real = run.run
    monkeypatch.setattr(run, "run", lambda options, each: real(replace(options, pipeline=STANDIN), each))


def flow(source: Path, dataset: Path, **parameters: Any) -> State[Any]:
    state: State[Any] = ingestion.ingest(source, dataset, workers=1, return_state=True, **parameters)
    return state


def artifact(key: str) -> Any:
    """What the last artifact of that key holds."""
    found: Any = Artifact.get(key)
    return found.data


def flow_run(state: State[Any]) -> Any:
    with get_client(sync_client=True) as client:
        assert state.state_details.flow_run_id is not None
        return client.read_flow_run(state.state_details.flow_run_id)


def test_a_run_completes_and_says_what_ran(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", texts(8) | {"bug.txt": "BUG|\n", "empty.txt": ""})
    state = flow(source, tmp_path / "out", max_failed=0.5)
    assert state.is_completed()
    assert state.message is not None
    assert state.message.startswith("10 reports: 10 new, 0 changed")
    assert flow_run(state).name == f"{source} into {tmp_path / 'out'}"
    page = artifact("ingest-run")
    for expected in (
        "| new | 10 |",
        "| failed | 2 |",
        "| kind | 产出 |",
        "## Slowest reports",
        "| bug.txt | extract | KeyError",
    ):
        assert expected in page
    assert "empty.txt" in str(artifact("ingest-problems"))
    assert len(rows(tmp_path / "out", "documents")) == 8


def test_too_many_failures_are_a_failed_run(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", texts(1) | {"bug.txt": "BUG"})
    state = flow(source, tmp_path / "out", max_failed=0)
    assert state.is_failed()
    assert state.message is not None
    assert "1 of 2 reports failed, more than the share of 0 that" in state.message
    assert "bug.txt" in str(artifact("ingest-problems"))
    assert store.current(tmp_path / "out") is None


def test_a_second_run_steps_aside(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", texts(1))
    with store.writer(tmp_path / "out"):
        state = flow(source, tmp_path / "out")
    assert state.is_cancelled()
    assert state.message is not None
    assert "is writing this dataset" in state.message


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({"workers": -1}, "workers.*greater than or equal to 0"),
        ({"max_failed": 2}, "max_failed.*less than or equal to 1"),
        ({"timeout": 0}, "timeout.*greater than 0"),
        ({"batch": "many"}, "batch.*valid integer"),
    ],
)
def test_parameters_are_checked(tmp_path: Path, parameters: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ParameterTypeError, match=rf"(?s){complaint}"):
        ingestion.ingest(tmp_path, tmp_path / "out", **{"workers": 1, **parameters})


def test_what_makes_no_sense_fails_with_the_remedy(tmp_path: Path) -> None:
    state = flow(tmp_path / "nowhere", tmp_path / "out")
    assert state.is_failed()
    assert state.message is not None
    assert "no such folder; give the folder that holds the reports" in state.message


def test_two_tasks_a_worker_are_in_hand_however_many_workers() -> None:
    together = threading.Barrier(120)

    def extract(batch: Any) -> list[Any]:
        together.wait(timeout=60)
        return []

    @prefect.flow(task_runner=ingestion.ingest.task_runner)
    def many() -> int:
        return len(list(ingestion.as_tasks(60)(extract, [()] * 240)))

    assert many() == 240


def test_a_fault_that_may_pass_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []
    extract = Pool.extract

    def stumble(pool: Pool, piece: Any, limit: float) -> Any:
        tries.append(1)
        if len(tries) == 1:
            raise OSError(errno.EIO, "the share did not answer")
        return extract(pool, piece, limit)

    monkeypatch.setattr(Pool, "extract", stumble)
    monkeypatch.setattr(ingestion, "extract_batch", ingestion.extract_batch.with_options(retry_delay_seconds=0.1))
    assert flow(write_reports(tmp_path / "in", texts(2)), tmp_path / "out", batch=2).is_completed()
    assert len(tries) == 2


@pytest.mark.slow
def test_a_fault_that_stays_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def full(pool: Pool, piece: Any, limit: float) -> Any:
        tries.append(1)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Pool, "extract", full)
    state = flow(write_reports(tmp_path / "in", texts(2)), tmp_path / "out", batch=2)
    assert state.is_failed()
    assert state.message is not None
    assert "the disk is full" in state.message
    assert len(tries) == 1


def command(*arguments: object) -> Result:
    """`jixiao ingest` as a user calls it."""
    return CliRunner().invoke(app, ["ingest", "--workers", "1", *map(str, arguments)])


NAMES = ["r[/b]", "[red]", "a{b}", "{source}", "{{ x }}", "a:warning:b", "100%#", "绩效[2022]"]


@pytest.mark.parametrize("name", NAMES)
def test_paths_are_text(name: str, tmp_path: Path) -> None:
    source, dataset = write_reports(tmp_path / name, texts(1)), tmp_path / "out" / name
    made = command(source, dataset)
    assert made.exit_code == 0, made.output
    assert made.stdout.splitlines()[1] == f"{dataset}/current"
    with get_client(sync_client=True) as client:
        (last,) = client.read_flow_runs(sort=FlowRunSort.START_TIME_DESC, limit=1)
    assert last.name == f"{source} into {dataset}"
    missing = command(tmp_path / "nowhere" / name, dataset)
    assert missing.stderr.startswith(f"error: source {tmp_path / 'nowhere' / name}: no such folder")


def test_a_run_says_three_lines(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", texts(8))
    made = command(source, tmp_path / "out", "--batch", "1")
    assert made.exit_code == 0
    assert made.stderr == "8 reports, 8 to extract\n"
    assert len(made.stdout.splitlines()) == 2


def test_a_run_may_say_all(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    source = write_reports(tmp_path / "in", texts(2))
    assert command(source, tmp_path / "out", "--verbose").exit_code == 0
    assert "Finished in state Completed()" in caplog.messages
    caplog.clear()
    assert command(source, tmp_path / "out").exit_code == 0
    assert caplog.messages == []


def test_what_failed_is_told_without_being_asked(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", texts(9) | {"bug.txt": "BUG"})
    made = command(source, tmp_path / "out", "--batch", "10")
    assert made.exit_code == 0
    assert made.stderr.splitlines() == ["10 reports, 10 to extract", "10 reports, 1 failed"]


def test_prefect_keeps_the_log_of_a_quiet_run(tmp_path: Path) -> None:
    assert command(write_reports(tmp_path / "in", texts(3)), tmp_path / "out").exit_code == 0
    APILogHandler().flush()
    with get_client(sync_client=True) as client:
        (last,) = client.read_flow_runs(sort=FlowRunSort.START_TIME_DESC, limit=1)
        told = [log.message for log in client.read_logs(LogFilter(flow_run_id=LogFilterFlowRunId(any_=[last.id])))]
    assert "3 reports, 3 to extract" in told


def test_another_run_is_an_exit_code_of_its_own(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", texts(1))
    with store.writer(tmp_path / "out"):
        made = command(source, tmp_path / "out")
    assert made.exit_code == 3
    assert "is writing this dataset" in made.stderr
    assert len(made.stderr.splitlines()) == 1


def test_too_many_failures_are_an_exit_code(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", {f"{name}.txt": f"BUG{name}" for name in "abcd"})
    made = command(source, tmp_path / "out")
    assert made.exit_code == 1
    assert "error: 4 of 4 reports failed" in made.stderr


def test_a_fault_that_nobody_foresaw_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(options: object, each: object) -> None:
        raise KeyError("a fault of ours")

    monkeypatch.setattr(run, "run", stumble)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "home"))
    made = command(write_reports(tmp_path / "in", texts(1)), tmp_path / "out")
    assert made.exit_code == 1
    details = tmp_path / "home" / "error.log"
    assert made.stderr == (
        f"error: KeyError: 'a fault of ours'. This is a fault of Jixiao; {details} has the details, please report it "
        "with them\n"
    )
    assert "in stumble" in details.read_text()
