"""The same extraction over many machines: Ray runs on each what the pool runs here.

Source and dataset must lie on a file system that all machines see under the same path.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from extractors.errors import JixiaoError, in_words
from flows import pool, work

RETRIES = 3
ASKED = 1.0
"""Seconds after which it is asked whether the run still wants the work."""


class ClusterError(JixiaoError):
    """Ray could not do what it was asked, for a reason of its own."""


class NoRayError(JixiaoError):
    """Ray is asked for and is not installed."""


def extract(address: str, limit: float, tell: Callable[[int], None], pieces: Sequence[work.Piece]) -> list[work.Done]:
    """Extract the pieces on the cluster; `tell` hears the number of reports of each that is done.

    It is asked every second, too, with nothing done, and breaks the work off by raising.
    """
    ray = _ray()
    ray.init(address=address, log_to_driver=False, logging_level="warning", ignore_reinit_error=True)
    try:
        remote = ray.remote(max_retries=RETRIES, num_cpus=1)(extract_piece)
        waiting = [remote.remote(piece, limit) for piece in pieces]
        done = []
        while waiting:
            ready, waiting = ray.wait(waiting, timeout=ASKED)
            tell(0)
            for piece in ray.get(ready):
                if isinstance(piece, Exception):
                    raise piece
                tell(len(piece.doc_ids))
                done.append(piece)
        return done
    except ray.exceptions.RayError as error:
        what = f"{address}: the cluster gave up ({in_words(error)})"
        raise ClusterError(f"{what}; see to its nodes and start again") from None
    finally:
        ray.shutdown()


def extract_piece(piece: work.Piece, limit: float) -> work.Done | Exception:
    """What runs on the cluster: the piece goes to this Ray process's own worker, under the same watch as anywhere.

    An error is answered, not raised: Ray would wrap it in classes of its own making.
    """
    try:
        return pool.extract(_worker(), piece, limit)
    except (JixiaoError, OSError) as error:
        return pool.portable(error)


@cache
def _worker() -> pool.Worker:
    return pool.Worker()


def _ray() -> Any:
    try:
        import ray  # noqa: PLC0415 -- an optional extra
    except ImportError:
        raise NoRayError("--ray needs Ray: pip install 'jixiao[ray]', or `make ray` in a clone") from None
    return ray
