"""What lies in the source folder: every report by its content."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from extractors.errors import DatasetError
from extractors.formats import FORMATS, doc_id


@dataclass(frozen=True)
class Scan:
    """The reports by `doc_id` with the paths that hold them, sorted; files that can't be opened, with the reason."""

    sources: Mapping[str, tuple[str, ...]]
    unreadable: Mapping[str, str]

    @property
    def files(self) -> int:
        """How many files were seen."""
        return sum(map(len, self.sources.values())) + len(self.unreadable)


def scan(source: Path) -> Scan:
    """Read and hash every report below the folder, in file name order."""
    if not source.is_dir():
        raise DatasetError(f"{source}: no such folder; give the folder that holds the reports")
    names = sorted(_names(source))
    if not names:
        suffixes = ", ".join(FORMATS)
        raise DatasetError(f"{source}: the folder holds no report ({suffixes}); nothing was changed")
    with ThreadPoolExecutor() as threads:
        return _collect(zip(names, threads.map(lambda name: _identify(source / name), names), strict=True))


def _names(source: Path) -> Iterator[str]:
    for path in source.rglob("*"):
        relative = path.relative_to(source)
        if (
            path.suffix.lower() in FORMATS
            and not any(part.startswith(".") for part in relative.parts)
            and path.is_file()
        ):
            yield relative.as_posix()


def _identify(path: Path) -> tuple[str | None, str]:
    """The file's `doc_id`, or None and the reason why it can't be read."""
    try:
        return doc_id(path.read_bytes()), ""
    except OSError as error:
        return None, f"{error.strerror}; let the account that runs the ingestion read the file"


def _collect(found: Iterable[tuple[str, tuple[str | None, str]]]) -> Scan:
    sources: defaultdict[str, list[str]] = defaultdict(list)
    unreadable: dict[str, str] = {}
    for name, (identity, reason) in found:
        if identity is None:
            unreadable[name] = reason
        else:
            sources[identity].append(name)
    return Scan({identity: tuple(names) for identity, names in sources.items()}, unreadable)
