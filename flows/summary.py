"""What a run did: for the log, for `last-run.json` and as the artifacts that Prefect shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from flows import disk

LISTED = 100
"""Files that the page names of those that are not read or gone; `last-run.json` and `problems` name all."""
NAMED = 10
"""Failed reports that a message names; `last-run.json` names all."""
_BREAKS = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_SIGNS = re.compile(r"[\\`*_{}\[\]<>#|!~&:@$^]|^[-+=]|(?<=\d)\.(?= )|(?<=www)\.", re.IGNORECASE)
"""What may mean something to a reader of Markdown."""


@dataclass(frozen=True)
class Failure:
    """A file that was not read, and why; `other_sources` hold the same bytes."""

    source: str
    stage: str
    reason: str
    other_sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Summary:
    """The figures of one run; times in seconds. Where it ended early they are those that were known by then.

    `others` are files of other kinds, `hidden` counts what was left out, `retired` names what was pruned.
    """

    started: str
    dataset: str
    extractor_version: str = ""
    lexicon_digest: str = ""
    reports: int = 0
    new: int = 0
    changed: int = 0
    redone: int = 0
    skipped: int = 0
    removed: int = 0
    snapshot: int = 0
    published: bool = False
    error: str | None = None
    failures: tuple[Failure, ...] = ()
    others: tuple[Failure, ...] = ()
    hidden: int = 0
    retired: tuple[str, ...] = ()
    mentions: Mapping[str, int] = field(default_factory=dict)
    slowest: tuple[tuple[float, str], ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def line(self) -> str:
        """The run in one line."""
        nothing = "nothing published" if self.error else "nothing to publish"
        others = f", {len(self.others)} of other kinds" if self.others else ""
        state = f"snapshot {self.snapshot} published" if self.published else nothing
        return (
            f"{self.reports} reports: {self.new} new, {self.changed} changed, {self.redone} redone, "
            f"{self.skipped} skipped, {self.removed} removed, {len(self.failures)} failed{others}; {state} "
            f"in {sum(self.seconds.values()):.1f} s"
        )

    @property
    def failed(self) -> str:
        """The reports that failed, each with its reason, up to a sensible number."""
        named = [f"{one.source} ({one.stage}: {one.reason})" for one in self.failures[:NAMED]]
        more = len(self.failures) - len(named)
        return ", ".join(named) + (f", and {more} more: {self.dataset}/last-run.json names all" if more else "")

    def write(self, dataset: Path) -> None:
        """Keep the figures as the dataset's last run."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        # Half a character of a name that is no UTF-8 becomes `\udc80`, which is also how JSON writes it.
        disk.write_durably(dataset / "last-run.json", text.encode("utf-8", "backslashreplace").decode("utf-8"))


def last(dataset: Path) -> Mapping[str, Any]:
    """The figures of the dataset's last run; empty where there was none."""
    try:
        facts: dict[str, Any] = json.loads((dataset / "last-run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return facts


def forget(dataset: Path) -> None:
    """Remove the figures of the last run, so that nobody takes them for those of this one."""
    (dataset / "last-run.json").unlink(missing_ok=True)


def ended(last: Mapping[str, Any]) -> str:
    """When the last run was and how it ended, in one line."""
    state = last.get("error") or ("published" if last.get("published") else "nothing to publish")
    return f"{last.get('started')}, {sum(last.get('seconds', {}).values()):.1f} s; {state}"


def markdown(summary: Summary) -> str:
    """The run as a page."""
    counts = ("reports", "new", "changed", "redone", "skipped", "removed")
    figures = [(name, getattr(summary, name)) for name in counts] + [("failed", len(summary.failures))]
    sections = [
        f"# Ingestion into {plain(summary.dataset)}",
        summary.line + ".",
        f"Extractor {summary.extractor_version}, recipe {summary.lexicon_digest}.",
        _table(("", "reports"), figures),
        "## Mentions of this run, by kind and category",
        _mentions(summary.mentions),
        "## Slowest reports",
        _table(("seconds", "report"), [(f"{seconds:.2f}", source) for seconds, source in summary.slowest]),
        "## Time by step",
        _table(("step", "seconds"), [(step, f"{seconds:.1f}") for step, seconds in summary.seconds.items()]),
        "## Problems",
        _files(summary.failures),
        f"## Files of other kinds ({len(summary.others)}; hidden and left out: {summary.hidden})",
        _files(summary.others[:LISTED]),
        f"## Retired reports ({len(summary.retired)})",
        _table(("report",), [(name,) for name in summary.retired[:LISTED]]),
    ]
    return "\n\n".join(sections)


def _files(files: Iterable[Failure]) -> str:
    return _table(("file", "stage", "reason"), [(file.source, file.stage, file.reason) for file in files])


def problems(summary: Summary) -> list[dict[str, str]]:
    """The failures as rows of a table, whose cells Prefect reads as Markdown too."""
    return [
        {"report": plain(failure.source), "stage": plain(failure.stage), "reason": plain(failure.reason)}
        for failure in summary.failures
    ]


def plain(text: object) -> str:
    """The Markdown of one line that shows the text as it is: no link, image, HTML or cell of its own comes of it.

    >>> plain("a|b.txt")
    'a&#124;b.txt'
    """
    line = _BREAKS.sub(" ", str(text)).encode("utf-8", "backslashreplace").decode("utf-8").strip()
    return _SIGNS.sub(lambda sign: f"&#{ord(sign[0])};", line)


def _mentions(counts: Mapping[str, int]) -> str:
    pairs = {tuple(name.split("/")): count for name, count in counts.items()}
    kinds = sorted({kind for kind, _ in pairs})
    categories = sorted({category for _, category in pairs})
    rows = [(kind, *(pairs.get((kind, category), 0) for category in categories)) for kind in kinds]
    return _table(("kind", *(category or "none" for category in categories)), rows)


def _table(head: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    lines = [_line(row) for row in rows]
    if not lines:
        return "None."
    names = list(head)
    return "\n".join([_line(names), "|" + " --- |" * len(names), *lines])


def _line(cells: Iterable[object]) -> str:
    return "| " + " | ".join(map(plain, cells)) + " |"
