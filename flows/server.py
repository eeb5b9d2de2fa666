"""Prefect's server as a child of ours: on this machine only, its messages in a file, and gone when its parent is.

Prefect would start one by itself, but leaves it behind where the parent is killed. Ours holds the reading end of a pipe
whose writing end nobody but the parent has: when that closes, however the parent ended, the server ends too.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from extractors.errors import JixiaoError

HOST = "127.0.0.1"
ENDS_WITHIN = 5
"""Seconds that a server may take to end before it is killed."""
MAX_LOG = 1_000_000
"""Bytes of its messages that a new server adds to; a longer log is begun anew."""
BOOT = "import sys; sys.path[:] = sys.argv[2:]; from flows import server; server.main(int(sys.argv[1]))"
"""The server finds the modules that its parent finds, and none that lie in the working folder."""

_FOR_ONE_RUN = {
    "PREFECT_SERVER_UI_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false",
}
"""What a server does without that lives as long as one run: the page, and everybody else's schedules."""


class NoServerError(JixiaoError):
    """The Prefect server did not start."""


@contextmanager
def running(port: int | None = None) -> Iterator[str]:
    """A Prefect server that this process and its children talk to; answers the address of its API.

    It is the one that `PREFECT_API_URL` names, else one that answers at the port, else one of our own: with its page
    and its schedules at that port; without a port, for one run only, at any port. Raises `NoServerError`.
    """
    folder = home()
    _reach_directly()
    from prefect.settings import get_current_settings  # it looks into its folder

    there = get_current_settings().api.url
    if there is not None:
        _require(there)
        yield there
    elif port is not None and _answers(_url(port)):
        with _known(_url(port)) as url:
            yield url
    else:
        with _own(port, folder / "server.log") as own, _known(own) as url:
            yield url


def _reach_directly() -> None:
    """No proxy stands between this machine and itself, whatever an office's environment says of others."""
    for name in ("no_proxy", "NO_PROXY"):
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), HOST)))


def _require(url: str) -> None:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        error = client.api_healthcheck()
    if error is not None:
        raise NoServerError(
            f"{url}: no Prefect server answers here ({error}); start it with prefect server start, or unset "
            "PREFECT_API_URL so that a server of ours is started"
        )


@contextmanager
def _known(url: str) -> Iterator[str]:
    """Prefect takes the server for the one that was set."""
    from prefect.context import refresh_global_settings_context

    os.environ["PREFECT_API_URL"] = url
    refresh_global_settings_context()
    try:
        yield url
    finally:
        del os.environ["PREFECT_API_URL"]
        refresh_global_settings_context()


@contextmanager
def _own(port: int | None, log: Path) -> Iterator[str]:
    """A server of our own; answers its address."""
    with _bound(port) as listener:
        number = listener.getsockname()[1]
        server = _start(listener, number, log, _FOR_ONE_RUN if port is None else {})
    try:
        _wait(_url(number), server, log)
        yield _url(number)
        _hand_in()
    finally:
        _end(server)


def home() -> Path:
    """Prefect's folder, made where it is not there."""
    folder = Path(os.environ["PREFECT_HOME"]).expanduser()
    remedy = "Prefect keeps its history here; set PREFECT_HOME to a folder that you may write to"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NoServerError(f"{folder}: {error.strerror}; {remedy}") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise NoServerError(f"{folder}: Permission denied; {remedy}")
    return folder


def _url(port: int) -> str:
    return f"http://{HOST}:{port}/api"


def _bound(port: int | None) -> socket.socket:
    """A socket that holds the port for the server, so that nobody takes it meanwhile."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port or 0))
    except OSError as error:
        listener.close()
        raise NoServerError(f"port {port}: {error.strerror}; choose another --port") from None
    return listener


def _start(listener: socket.socket, port: int, log: Path, settings: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", BOOT, str(listener.fileno()), *sys.path]
    place = {"PREFECT_SERVER_API_HOST": HOST, "PREFECT_SERVER_API_PORT": str(port)}
    with log.open("ab" if log.exists() and log.stat().st_size < MAX_LOG else "wb") as messages:
        return subprocess.Popen(
            command,
            env={**os.environ, **place, **settings},
            stdin=subprocess.PIPE,
            stdout=messages,
            stderr=messages,
            pass_fds=[listener.fileno()],
            start_new_session=True,
        )


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    from prefect.settings import get_current_settings

    seconds = get_current_settings().server.ephemeral.startup_timeout_seconds
    end = time.monotonic() + seconds
    while not _answers(url):
        if server.poll() is not None:
            raise NoServerError(
                f"Prefect's server ended while it started; {log} says why. Mend that, or set PREFECT_API_URL to the "
                "address of a server that runs"
            )
        if time.monotonic() > end:
            raise NoServerError(
                f"Prefect's server did not start within {seconds} s; {log} holds its messages. Set "
                "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS to more, or PREFECT_API_URL to the address of a "
                "server that runs"
            )
        time.sleep(0.1)


def _answers(url: str) -> bool:
    """Whether a Prefect server is there; asked directly, whatever proxy the environment names."""
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{url}/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _hand_in() -> None:
    """Let Prefect send what it has in hand for a server: it does so in threads of its own."""
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    APILogWorker.drain_all(timeout=ENDS_WITHIN)
    EventsWorker.drain_all(timeout=ENDS_WITHIN)


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def main(descriptor: int) -> None:
    """The child: Prefect's server on the socket, until told to end or left alone."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import uvicorn
    from prefect.server.api.server import create_app

    config = uvicorn.Config(create_app(final=True), log_level="warning")
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


def _end_with_parent() -> None:
    """End at once: nobody is left to be served, and the database survives a kill at any moment."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)
