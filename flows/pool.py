"""Worker processes of one's own: spawned when needed, watched, and replaced when they die or take too long.

Every worker is a fresh Python process that knows nothing of Prefect and talks over a socket: it is sent a function and
its arguments, says which report it is about to begin, and sends the result. So it is known which report a worker died
on, and a death touches no other worker. A worker ends with its parent, whatever it has in hand.
"""

from __future__ import annotations

import fcntl
import logging
import os
import pickle
import queue
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection
from types import TracebackType
from typing import IO, Any, Self, TypeVar

from extractors.errors import JixiaoError, in_words
from flows import work

DEATHS = 3
"""A report that this many workers died on is not tried again in this run."""
BOOT = "import sys; sys.path[:] = sys.argv[3:]; from flows import pool; pool.main(int(sys.argv[1]), int(sys.argv[2]))"
"""A worker finds the modules that its parent finds, in the same order, and none that lie in the working folder."""
PATIENCE = 1.0
"""Seconds that a process whose socket is closed may take to end by itself, so that its exit code tells why."""

Result = TypeVar("Result")
_log = logging.getLogger(__name__)


class WorkerError(JixiaoError):
    """What a worker's function raised, in words; errors of ours and of the system come as they are."""


class WorkerStartError(JixiaoError):
    """No worker process can be started."""


class StoppedError(JixiaoError):
    """The run has ended; nothing more is done for it."""

    def __init__(self) -> None:
        super().__init__("the run has ended")


class WorkerDiedError(JixiaoError):
    """The worker's process ended by itself; `at` is the report that it had in hand, if any."""

    def __init__(self, at: str, code: int, said: str = "") -> None:
        super().__init__(f"a worker process ended with code {code}" + (f" ({said})" if said else ""))
        self.at, self.code = at, code


class TookTooLongError(JixiaoError):
    """The worker was ended because a report took longer than its limit."""

    def __init__(self, at: str, limit: float) -> None:
        super().__init__(f"no result within {limit:g} s")
        self.at = at


class Worker:
    """One process; started by the first call. One thread at a time may call; any thread may `end` it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._lifeline: socket.socket
        self._stderr: IO[bytes]
        self._lock = threading.Lock()
        self._ended = False

    def call(self, function: Callable[..., Result], *arguments: object, limit: float | None = None) -> Result:
        """Call `function(*arguments, tell)` in the process; `limit` is in seconds for each report that `tell` names."""
        at = ""
        try:
            connection = self._connection or self._start()
            connection.send((function, arguments))
            while True:
                if not connection.poll(limit if at else None):
                    raise TookTooLongError(at, limit or 0.0)
                news, value = connection.recv()
                if news != "at":
                    break
                at = value
        except (EOFError, ConnectionError):
            raise self._died(at) from None
        except BaseException:
            self.stop()
            raise
        if news == "error":
            raise value
        result: Result = value
        return result

    def end(self) -> None:
        """End the process and start no other; who is in the middle of a call, and who calls, gets a `StoppedError`."""
        with self._lock:
            self._ended = True
            if self._process is not None:
                self._process.kill()

    def stop(self, patience: float = 0.0) -> tuple[int, str]:
        """End the process, after so many seconds in which it may end by itself: its exit code and its last words."""
        with self._lock:
            process, self._process = self._process, None
        connection, self._connection = self._connection, None
        if process is None or connection is None:
            return 0, ""
        connection.close()
        with self._lifeline, self._stderr as stderr:
            try:
                process.wait(timeout=patience)
            except subprocess.TimeoutExpired:
                process.kill()
            code = process.wait()
            stderr.seek(0)
            lines = stderr.read().decode("utf-8", "replace").split("\n")
        return code, next((line.strip() for line in reversed(lines) if line.strip()), "")

    def _start(self) -> Connection:
        ours, theirs = socket.socketpair()
        self._lifeline, lifeline = socket.socketpair()
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 -- `stop` closes it
        self._connection = connection = Connection(ours.detach())
        with theirs, lifeline, self._lock:
            if self._ended:
                raise StoppedError
            ends = (theirs.fileno(), lifeline.fileno())
            command = [sys.executable, "-P", "-c", BOOT, *map(str, ends), *sys.path]
            self._process = subprocess.Popen(command, pass_fds=ends, stdin=subprocess.DEVNULL, stderr=self._stderr)
        try:
            connection.recv()
        except (EOFError, ConnectionError):
            died = self._died("")
            if isinstance(died, WorkerDiedError) and died.code > 0:
                raise WorkerStartError(
                    f"{sys.executable}: no worker process can be started: {died}; mend this Python's packages"
                ) from None
            raise died from None
        return connection

    def _died(self, at: str) -> JixiaoError:
        """What to raise where the process has closed its socket."""
        code, said = self.stop(PATIENCE)
        return StoppedError() if self._ended else WorkerDiedError(at, code, said)


class Pool:
    """So many workers, lent out one at a time; threads that ask for more wait. Leaving the pool ends all of them."""

    def __init__(self, workers: int) -> None:
        self._workers = [Worker() for _ in range(workers)]
        self._idle: queue.SimpleQueue[Worker | None] = queue.SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.end()
        for _ in self._workers:
            self._idle.get()
        for worker in self._workers:
            worker.stop()
        self._idle.put(None)

    @contextmanager
    def worker(self) -> Iterator[Worker]:
        """A worker of one's own for a while."""
        lent = self._idle.get()
        try:
            if lent is None:
                raise StoppedError
            yield lent
        finally:
            self._idle.put(lent)

    def extract(self, piece: work.Piece, limit: float) -> work.Done:
        """Extract the piece in a worker; see `extract`."""
        with self.worker() as worker:
            return extract(worker, piece, limit)

    def call(self, function: Callable[..., Result], *arguments: object) -> Result:
        """Call the function in a worker; once more if the worker dies, since only a stranger can have killed it."""
        with self.worker() as worker:
            try:
                return worker.call(function, *arguments)
            except WorkerDiedError as died:
                _log.warning("%s; trying once more", died)
                return worker.call(function, *arguments)


def extract(worker: Worker, piece: work.Piece, limit: float) -> work.Done:
    """Extract the piece, whatever befalls the worker: a report that it dies on or that takes too long is given up."""
    deaths: Counter[str] = Counter()
    while True:
        try:
            return worker.call(work.extract, piece, limit=limit)
        except TookTooLongError as late:
            lost = (late.at, "timeout", f"{late}; raise the limit with --timeout if the report is sound")
        except WorkerDiedError as died:
            deaths[died.at] += 1
            _log.warning("%s%s; a new one takes over", died, f" on report {died.at}" if died.at else "")
            if deaths[died.at] < DEATHS:
                continue
            if not died.at:
                raise
            lost = (died.at, "worker", f"{died}, {DEATHS} times, on this report; it may need more memory than there is")
        _log.warning("report %s is given up: %s", lost[0], lost[2])
        piece = replace(piece, lost={**piece.lost, lost[0]: (lost[1], lost[2])})


# ---- in the worker's process -------------------------------------------------------------------------------------


def main(number: int, lifeline: int) -> None:
    """Do what is asked over the socket of that number until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes of a terminal; the parent decides
    _end_with_parent(lifeline)
    connection = Connection(number)
    connection.send(("ready", None))
    while True:
        try:
            asked = connection.recv_bytes()
        except (EOFError, ConnectionError):
            return
        connection.send(_answer(asked, lambda at: connection.send(("at", at))))


def _answer(asked: bytes, tell: work.Tell) -> tuple[str, Any]:
    try:
        function, arguments = pickle.loads(asked)
        return "result", function(*arguments, tell)
    except BaseException as error:  # noqa: BLE001 -- the border: whatever is raised is told to the parent
        return "error", portable(error)


def portable(error: BaseException) -> Exception:
    """The error as it can cross a border: ours and the system's as they are, any other in words."""
    if isinstance(error, JixiaoError):
        return error
    if isinstance(error, OSError) and error.errno is not None:
        return OSError(error.errno, error.strerror, error.filename)
    return WorkerError(in_words(error))


def _end_with_parent(lifeline: int) -> None:
    """Be killed by the system when the parent's end of the line closes, even in the middle of a search that hangs.

    Nothing is ever sent on the line, so the only signal that it can raise is that of its end.
    """
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    poll = select.poll()  # not `select`, which knows no number beyond 1,023
    poll.register(lifeline, select.POLLIN)
    if poll.poll(0):
        os._exit(1)
