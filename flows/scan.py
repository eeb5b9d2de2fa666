"""What lies in the source folder: every report by its content, and all that is no report or can't be read.

A file is called by its name below the folder as it reads, see `labels`; where that is not how the file system has it,
`Scan.paths` leads to the file.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

from extractors.errors import DatasetError
from extractors.formats import FORMATS, doc_id, suffix

HIDDEN = frozenset({"thumbs.db", "desktop.ini", "__macosx"})
"""What Windows and macOS leave in folders, beside names that begin with one of `HIDDEN_STARTS`; in lower case."""
HIDDEN_STARTS = (".", "~$")
"""Hidden files, and those that Office and WPS keep beside an open document."""


@dataclass(frozen=True)
class Scan:
    """What was found below `folder`; names are unique, and sorted within a report.

    `sources` are the reports by `doc_id` with their names; `unreadable` are files, folders and links that could not be
    read and `others` files of other kinds, both by name with the reason; `paths` lead to the files whose name does not
    lead to them; `hidden` counts files and folders that were left out.
    """

    folder: Path
    sources: Mapping[str, tuple[str, ...]]
    unreadable: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, str] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)
    hidden: int = 0

    @cached_property
    def at(self) -> Mapping[str, str]:
        """The `doc_id` of the report that each name holds."""
        return {name: identity for identity, names in self.sources.items() for name in names}

    def path(self, name: str) -> str:
        """Where the file lies."""
        return self.paths.get(name) or str(self.folder / name)

    def may_be_there(self, name: str) -> bool:
        """Whether the file, or a folder above it, could not be read: it can't be said to be gone."""
        return any(str(path) in self.unreadable for path in (name, *PurePosixPath(name).parents))


def scan(source: Path) -> Scan:
    """Read and hash every report below the folder."""
    if not source.is_dir():
        raise DatasetError(f"{source}: no such folder; give the folder that holds the reports")
    tree = _Tree(source)
    if tree.root in tree.unreadable:
        raise DatasetError(f"{source}: {tree.unreadable[tree.root]}; nothing was changed")
    if not tree.reports:
        raise DatasetError(f"{source}: {_no_report(tree)}; nothing was changed")
    sources: defaultdict[str, list[str]] = defaultdict(list)
    with ThreadPoolExecutor() as threads:
        files = sorted(tree.reports.items())
        found = threads.map(_identify, (path for _, path in files))
        for (name, _), (identity, reason) in zip(files, found, strict=True):
            if identity is None:
                tree.unreadable[name] = reason
            else:
                sources[identity].append(name)
    return Scan(
        folder=source,
        sources={identity: tuple(names) for identity, names in sources.items()},
        unreadable=tree.unreadable,
        others=tree.others,
        paths={name: path for name, path in tree.reports.items() if path != str(source / name)},
        hidden=tree.hidden,
    )


def labels(names: Iterable[str]) -> dict[str, str]:
    r"""How the file names of one folder read, by name: UTF-8, else GB18030, else bytes as `\xNN`; no two the same.

    >>> labels([os.fsdecode("报告.txt".encode("gbk"))])
    {'\udcb1\udca8\udcb8\udce6.txt': '报告.txt'}
    """
    strange = [name for name in names if not _is_text(name)]
    found = {name: name for name in names if _is_text(name)}
    taken = set(found)
    for name in strange:
        found[name] = next(label for label in _readings(os.fsencode(name)) if label not in taken)
        taken.add(found[name])
    return found


class _Tree:
    """Lists the folder: first all real folders, then what links lead to, each folder once.

    Only links are held against what was listed: not every file system gives its folders numbers of their own.
    """

    root = "."

    def __init__(self, source: Path) -> None:
        self.reports: dict[str, str] = {}
        self.unreadable: dict[str, str] = {}
        self.others: dict[str, str] = {}
        self.hidden = 0
        self._seen: set[tuple[int, int]] = set()
        self._links: deque[tuple[str, str]] = deque()
        self._walk(self.root, str(source), linked=False)
        while self._links:
            self._walk(*self._links.popleft(), linked=True)

    def _walk(self, name: str, path: str, *, linked: bool) -> None:
        waiting = [(name, path)]
        while waiting:
            name, path = waiting.pop()
            try:
                status = Path(path).stat()
                if linked and (status.st_dev, status.st_ino) in self._seen:
                    continue
                self._seen.add((status.st_dev, status.st_ino))
                with os.scandir(path) as entries:
                    found = {entry.name: entry for entry in entries}
            except OSError as error:
                self.unreadable[name] = (
                    f"the folder cannot be listed ({error.strerror}), what was read from it stays; "
                    "let the account that runs the ingestion list it"
                )
                continue
            for file, label in labels(sorted(found)).items():
                whole = label if name == self.root else f"{name}/{label}"
                waiting += self._entry(found[file], label, whole)

    def _entry(self, entry: os.DirEntry[str], label: str, name: str) -> Iterator[tuple[str, str]]:
        """Note what the entry is; answers it if it is a folder to be listed next."""
        if label.startswith(HIDDEN_STARTS) or label.lower() in HIDDEN:
            self.hidden += 1
            return
        try:
            if entry.is_dir():
                if entry.is_symlink():
                    self._links.append((name, entry.path))
                else:
                    yield name, entry.path
            elif not entry.is_file():
                self._strange(entry, name)
            elif suffix(label) in FORMATS:
                self.reports[name] = entry.path
            else:
                self.others[name] = _not_read(suffix(label))
        except OSError as error:
            self.unreadable[name] = f"{error.strerror}; let the account that runs the ingestion read it"

    def _strange(self, entry: os.DirEntry[str], name: str) -> None:
        if entry.is_symlink() and not Path(entry.path).exists():
            self.unreadable[name] = "the link leads nowhere; mend or remove it"
        else:
            self.others[name] = "neither a file nor a folder; it is not read"


def _is_text(name: str) -> bool:
    """Whether the file name is UTF-8; what is not stands in it as lone surrogates."""
    return name.isascii() or not any("\udc80" <= character <= "\udcff" for character in name)


def _readings(name: bytes) -> Iterator[str]:
    """What a file name that is not UTF-8 may be called, without end."""
    with suppress(UnicodeDecodeError):
        yield name.decode("gb18030")
    label = name.decode("utf-8", "backslashreplace")
    while True:
        yield label
        label = "\\" + label


def _identify(path: str) -> tuple[str | None, str]:
    """The file's `doc_id`, or None and the reason why it can't be read."""
    try:
        return doc_id(Path(path).read_bytes()), ""
    except OSError as error:
        return None, f"{error.strerror}; let the account that runs the ingestion read the file"


def _not_read(kind: str) -> str:
    files = f"{kind} files" if kind else "files without a suffix"
    return f"{files} are not read; save the report as one of: {', '.join(FORMATS)}"


def _no_report(tree: _Tree) -> str:
    """What there is in a folder without a report."""
    reason = f"the folder holds no report ({', '.join(FORMATS)})"
    if tree.others:
        kinds = Counter(suffix(name) or "without a suffix" for name in tree.others)
        reason += ", only files that are not read: " + ", ".join(
            f"{many} {kind}" for kind, many in sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0]))
        )
    for name, why in tree.unreadable.items():
        reason += f"; {name}: {why}"
    return reason
