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
from prefect.client.schemas.objects import State
from prefect.exceptions import ParameterTypeError
from prefect.testing.utilities import prefect_test_harness

from flows import ingest as ingestion
from flows import run, store
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
