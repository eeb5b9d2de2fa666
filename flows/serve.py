"""The ingestion as a served deployment: on a schedule, and when asked to in Prefect's UI. It needs no work pool."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from extractors.errors import JixiaoError

STARTS_WITHIN = 120
"""Seconds that a server may take to answer."""


class NoServerError(JixiaoError):
    """The Prefect server did not start."""


def serve(source: Path, dataset: Path, cron: str | None, timezone: str, port: int) -> None:
    """Serve the deployment `ingest/jixiao` until interrupted, with a server of its own unless one is set."""
    with _server(port):
        from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy  # noqa: PLC0415
        from prefect.schedules import Cron  # noqa: PLC0415

        from flows.ingest import ingest  # noqa: PLC0415 -- Prefect must first know its server

        ingest.serve(
            name="jixiao",
            schedule=Cron(cron, timezone=timezone) if cron else None,
            parameters={"source": str(source.absolute()), "dataset": str(dataset.absolute())},
            global_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
            pause_on_shutdown=False,
        )


@contextmanager
def _server(port: int) -> Iterator[None]:
    """The Prefect server that `PREFECT_API_URL` names; else one of our own, on this machine only."""
    if "PREFECT_API_URL" in os.environ:
        yield
        return
    url = f"http://127.0.0.1:{port}/api"
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    server = None if _answers(url) else subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _wait(url, server)
        os.environ["PREFECT_API_URL"] = url
        yield
    finally:
        if server is not None:
            server.terminate()
            server.wait()


def _wait(url: str, server: subprocess.Popen[bytes] | None) -> None:
    end = time.monotonic() + STARTS_WITHIN
    while not _answers(url):
        if time.monotonic() > end or (server is not None and server.poll() is not None):
            raise NoServerError(f"no Prefect server at {url}; see its messages above, or choose another --port")
        time.sleep(0.5)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
