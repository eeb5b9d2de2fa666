"""What of the machine the process may use."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

ROOT = Path("/")
"""Where `proc` and `sys` lie."""


def cpus() -> int:
    """The processors that this process may use: those it may run on, at most as many as its control groups pay for."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([allowed, *(math.ceil(quota) for quota in _quotas())]))


def _quotas() -> Iterator[float]:
    """The limits of the control groups that hold this process, in processors; none where there is no limit.

    A group's folder may be named as the host sees it and mounted as the container does, so each part of the path above
    it is looked at, up to the mount itself.
    """
    for line in _text(ROOT / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        for mount in _mounts(controllers):
            for folder in (PurePosixPath(path), *PurePosixPath(path).parents):
                yield from _quota(mount / str(folder).lstrip("/"))


def _mounts(controllers: str) -> tuple[Path, ...]:
    """Where the groups of a line of `/proc/self/cgroup` lie: version 2 names no controllers."""
    groups = ROOT / "sys/fs/cgroup"
    if not controllers:
        return (groups, groups / "unified")
    return (groups / "cpu", groups / controllers) if "cpu" in controllers.split(",") else ()


def _quota(group: Path) -> Iterator[float]:
    """The group's limit: version 2 holds `max 100000` or `150000 100000`, version 1 the two in files of their own."""
    two = _text(group / "cpu.max").split()
    one = [_text(group / f"cpu.cfs_{name}_us").strip() for name in ("quota", "period")]
    for quota, period in (pair for pair in (two, one) if len(pair) == 2):
        if quota.isdecimal() and period.isdecimal() and int(quota) and int(period):
            yield int(quota) / int(period)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
