"""Files that a reader finds whole, and that a power cut leaves on the disk."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def write_durably(path: Path, text: str) -> None:
    """Replace the file as a whole: a reader finds the old text or the new one."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fresh.write_text(text, encoding="utf-8")
        sync(fresh)
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


def sync(path: Path) -> None:
    """Wait until the file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def share(old: Path, new: Path) -> None:
    """Let `new` be the same file as `old`: a hard link, or a copy where the file system has none."""
    try:
        os.link(old, new)
    except OSError:
        shutil.copy2(old, new)
