"""Worker processes of one's own: spawned when needed, watched, and replaced when they die or take too long.

Every worker is a fresh Python process that knows nothing of Prefect and talks over a socket: it is sent a function and
its arguments, says which report it is about to begin, and sends the result. So it is known which report a worker died
on, a death touches no other worker, and a worker whose parent is gone finds its socket closed and ends.
"""

from __future__ import annotations

import logging
import os
import queue
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Self, TypeVar

from extractors.errors import JixiaoError
from flows import work

DEATHS = 3
"""A report that this many workers died on is not tried again in this run."""

Result = TypeVar("Result")
_log = logging.getLogger(__name__)


class WorkerDiedError(JixiaoError):
    """The worker's process ended by itself; `at` is the report that it had in hand, if any."""

    def __init__(self, at: str, code: int) -> None:
        super().__init__(f"a worker process ended with code {code}")
        self.at, self.code = at, code


class TookTooLongError(JixiaoError):
    """The worker was ended because a report took longer than its limit."""

    def __init__(self, at: str, limit: float) -> None:
        super().__init__(f"no result within {limit:g} s")
        self.at = at


class Worker:
    """One process; started by the first call."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None

    def call(self, function: Callable[..., Result], *arguments: object, limit: float | None = None) -> Result:
        """Call `function(*arguments, tell)` in the process; `limit` is in seconds for each report that `tell` names."""
        at = ""
        try:
            connection = self._connection or self._start()
            connection.send((function, arguments))
            while True:
                if not connection.poll(limit if at else None):
                    self.stop()
                    raise TookTooLongError(at, limit or 0.0)
                news, value = connection.recv()
                if news == "at":
                    at = value
                elif news == "result":
                    result: Result = value
                    return result
                else:
                    raise value
        except (EOFError, ConnectionError):
            raise WorkerDiedError(at, self.stop()) from None

    def close(self) -> None:
        """Let the process end when it is done with what it has in hand."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def stop(self) -> int:
        """End the process, at once, and answer its exit code."""
        self.close()
        process, self._process = self._process, None
        if process is None:
            return 0
        if process.poll() is None:
            try:
                process.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                process.kill()
        return process.wait()

    def _start(self) -> Connection:
        ours, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            command = [sys.executable, "-m", "flows.pool", str(number)]
            self._process = subprocess.Popen(command, pass_fds=[number], stdin=subprocess.DEVNULL)
        self._connection = Connection(ours.detach())
        return self._connection


class Pool:
    """So many workers, lent out one at a time; threads that ask for more wait."""

    def __init__(self, workers: int) -> None:
        self._workers = [Worker() for _ in range(workers)]
        self._idle: queue.SimpleQueue[Worker] = queue.SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.close()
        for worker in self._workers:
            worker.stop()

    @contextmanager
    def worker(self) -> Iterator[Worker]:
        """A worker of one's own for a while."""
        lent = self._idle.get()
        try:
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


def serve(number: int) -> None:
    """The worker's side: do what is asked until the parent is gone."""
    connection = Connection(number)
    while True:
        try:
            function, arguments = connection.recv()
        except (EOFError, ConnectionError):
            return
        try:
            answer = ("result", function(*arguments, lambda at: connection.send(("at", at))))
        except (JixiaoError, OSError, ImportError) as error:
            answer = ("error", error)
        connection.send(answer)


if __name__ == "__main__":
    try:
        serve(int(sys.argv[1]))
    except (BrokenPipeError, KeyboardInterrupt):
        os._exit(1)
