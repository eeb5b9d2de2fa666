"""The same extraction over many machines: Ray runs on each what the pool runs here.

Source and dataset must lie on a file system that all machines see under the same path.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from extractors.errors import JixiaoError
from flows import pool, work

RETRIES = 3


class NoRayError(JixiaoError):
    """Ray is asked for and is not installed."""


def extract(address: str, limit: float, tell: Callable[[int], None], pieces: Sequence[work.Piece]) -> list[work.Done]:
    """Extract the pieces on the cluster; `tell` hears the number of reports of each that is done."""
    ray = _ray()
    ray.init(address=address, log_to_driver=False, logging_level="warning", ignore_reinit_error=True)
    try:
        remote = ray.remote(max_retries=RETRIES, num_cpus=1)(extract_piece)
        waiting = [remote.remote(piece, limit) for piece in pieces]
        done = []
        while waiting:
            ready, waiting = ray.wait(waiting)
            for piece in ray.get(ready):
                tell(len(piece.doc_ids))
                done.append(piece)
        return done
    finally:
        ray.shutdown()


def extract_piece(piece: work.Piece, limit: float) -> work.Done:
    """What runs on the cluster: the piece goes to this Ray process's own worker, under the same watch as anywhere."""
    return pool.extract(_worker(), piece, limit)


@cache
def _worker() -> pool.Worker:
    return pool.Worker()


def _ray() -> Any:
    try:
        import ray  # noqa: PLC0415 -- an optional extra
    except ImportError:
        raise NoRayError("--ray needs Ray: pip install 'jixiao[ray]', or `make ray` in a clone") from None
    return ray
