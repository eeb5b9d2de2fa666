"""One ingestion run from beginning to end, without Prefect: `ingest.ingest` makes a flow of it."""

from __future__ import annotations

import errno
import hashlib
import logging
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from extractors.dataset import SCHEMA_VERSION
from extractors.errors import DatasetError, JixiaoError, in_words
from flows import cluster, journal, mend, plan, publish, scan, store, summary, work
from flows.options import REPORTS_PER_PIECE, Options
from flows.plan import Known, Outcome, Plan
from flows.pool import Pool, StoppedError
from flows.summary import Failure, Summary

Batch = tuple[work.Piece, ...]
Extract = Callable[[Batch], list[work.Done]]
Each = Callable[[Extract, Sequence[Batch]], Iterable[list[work.Done]]]
Listener = Callable[[int, int], None]
Given = TypeVar("Given")
Made = TypeVar("Made")

listener: ContextVar[Listener | None] = ContextVar("listener", default=None)
"""Who wants to hear how many reports of how many are done: the command line's progress bar."""

FEW = 3
"""So many reports may fail whatever their share, unless all do."""
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_log = logging.getLogger(__name__)


@dataclass
class Clock:
    """Seconds by step of the run."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time one step."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(time.perf_counter() - begin, 3)


class Progress:
    """Counts finished reports, from any thread, and tells the listener."""

    def __init__(self, tell: Listener | None, total: int, done: int) -> None:
        self._tell, self._total, self._done = tell, total, done
        self._ended = False
        self._lock = threading.Lock()
        self.add(0)

    def add(self, reports: int) -> None:
        """So many more reports are done; raises where nobody waits for them any more."""
        with self._lock:
            if self._ended:
                raise StoppedError
            self._done += reports
            if self._tell:
                self._tell(self._done, self._total)


    def end(self) -> None:
        """Let whoever is still at work know that the run has ended."""
        with self._lock:
            self._ended = True


def in_threads(workers: int) -> Each:
    """Hand the batches to as many threads as there are workers."""
    return partial(_threaded, workers)


def _threaded(workers: int, function: Callable[[Given], Made], given: Sequence[Given]) -> Iterator[Made]:
    threads = ThreadPoolExecutor(workers)
    try:
        yield from threads.map(function, given)
    finally:  # not waited for: whoever is still at work when the run breaks off ends with the pool
        threads.shutdown(wait=False, cancel_futures=True)


def run(options: Options, each: Each | None = None) -> Summary:
    """Bring the dataset up to date with the source folder; `each` says how the batches are worked off.

    However the run ends, `last-run.json` tells of it; where it was killed, that it did not end.
    """
    options.check()
    options = options.absolute
    try:
        with store.writer(options.dataset):
            run = Run(options)
            try:
                made = run.run(each or in_threads(options.processes))
            except BaseException as error:
                run.record(_said(error, options.dataset))
                raise
            run.record(made.error)
            return made
    except OSError as error:
        raise _explained(error, options.dataset) from error


class Run:
    """A run under way; `summary` holds what is known of it so far."""

    def __init__(self, options: Options) -> None:
        self.options, self.clock = options, Clock()
        self.summary = Summary(datetime.now(UTC).isoformat(timespec="seconds"), str(options.dataset))

    def record(self, error: str | None) -> None:
        """Leave word of the run; on a full disk in the place of the last run's."""
        dataset, told = self.options.dataset, replace(self.summary, seconds=self.clock.seconds, error=error)
        try:
            told.write(dataset)
        except OSError:
            try:
                summary.forget(dataset)
                told.write(dataset)
            except OSError as fault:
                _log.warning("%s: the run's record could not be written: %s", dataset, fault)

    def run(self, each: Each) -> Summary:
        """Scan, extract, judge, publish."""
        options = self.options
        self.record("it has not ended: it is under way, or was killed")
        store.remove_leftovers(options.dataset)
        mend.require_unchanged(options.dataset)
        with self.clock.step("scan"):
            recipe = work.Recipe.of(options.pipeline, options.segmenter, options.model)
            before = plan.known(options.dataset)
            found = scan.scan(options.source)
            todo = plan.plan(found, before, recipe.version, recipe.digest, prune=options.prune)
        self.summary = _planned(self.summary, recipe, before)
        _log.info("%s reports, %s to extract", len(todo.sources), len(todo.todo))
        spool = _spool(options.dataset, recipe)
        with Pool(options.processes) as pool:
            with self.clock.step("extract"):
                done = _extract(options, recipe, todo, spool, pool, each)
            outcome = plan.settle(todo, [identity for piece in done for identity in piece.failed])
            self.summary = _judged(_extracted(self.summary, outcome, done), options.max_failed)
            with self.clock.step("publish"):
                if self.summary.error is None and (outcome.publishes(before) or _news(before, done)):
                    merge = partial(_merge, pool, options)
                    number = publish.publish(options.dataset, before, outcome, done, recipe, merge)
                    self.summary = replace(self.summary, snapshot=number, published=number != self.summary.snapshot)
        if self.summary.error is None:
            store.discard(spool.parent)
        return replace(self.summary, seconds=self.clock.seconds)


def _spool(dataset: Path, recipe: work.Recipe) -> Path:
    """The folder of finished pieces: one for each way to extract; those of other ways are no longer of use."""
    made_by = f"{SCHEMA_VERSION} {recipe.version} {recipe.digest}"
    spool = dataset / ".work" / "pieces" / hashlib.sha256(made_by.encode()).hexdigest()[:16]
    spool.mkdir(parents=True, exist_ok=True)
    for other in spool.parent.iterdir():
        if other != spool:
            store.discard(other, dataset / ".work")
    for half in spool.glob(".*"):
        shutil.rmtree(half, ignore_errors=True)
    return spool


def _extract(options: Options, recipe: work.Recipe, todo: Plan, spool: Path, pool: Pool, each: Each) -> list[work.Done]:
    """Extract what is to do, less what an earlier run that was killed had finished."""
    wanted = {item.doc_id for item in todo.todo}
    done = [piece for piece in _leftovers(spool, pool) if wanted & set(piece.doc_ids)]
    finished = {identity for piece in done for identity in piece.doc_ids}
    if finished:
        _log.info("%s reports were finished by a run that did not end", len(finished & wanted))
    items = tuple(item for item in todo.todo if item.doc_id not in finished)
    progress = Progress(listener.get(), len(todo.todo), len(todo.todo) - len(items))
    size = options.batch_size(len(items))
    if options.ray is None:
        batches = _batches(items, size, recipe, str(spool))
        extract: Extract = partial(_extract_batch, pool, options.timeout, progress.add)
    else:
        batches = [sum(_batches(items, size, recipe, str(spool)), ())] if items else []
        extract = partial(cluster.extract, options.ray, options.timeout, progress.add)
    try:
        for pieces in each(extract, batches):
            done += pieces
    finally:
        progress.end()
    return done


def _leftovers(spool: Path, pool: Pool) -> Iterator[work.Done]:
    """What earlier runs that did not publish had done, without what failed: what made it fail may be mended."""
    if journal.pieces(spool):
        pool.call(work.salvage, spool)
    for folder in sorted(spool.iterdir()):
        piece = work.finished(folder)
        if piece is None or not piece.sound.doc_ids:
            shutil.rmtree(folder)
        else:
            yield piece.sound


def _extract_batch(pool: Pool, timeout: float, tell: Callable[[int], None], batch: Batch) -> list[work.Done]:
    done = []
    for piece in batch:
        done.append(pool.extract(piece, timeout))
        tell(len(piece.items))
    return done


def _batches(items: Sequence[work.Item], size: int, recipe: work.Recipe, spool: str) -> list[Batch]:
    """The reports cut into tasks, each of one or more pieces."""
    batches = []
    for begin in range(0, len(items), size):
        batch = items[begin : begin + size]
        cuts = range(0, len(batch), REPORTS_PER_PIECE)
        batches.append(tuple(work.Piece(tuple(batch[cut : cut + REPORTS_PER_PIECE]), recipe, spool) for cut in cuts))
    return batches


def _merge(pool: Pool, options: Options, buckets: Sequence[publish.Bucket]) -> Iterable[dict[str, store.Part]]:
    return _threaded(options.processes, partial(pool.call, publish.write_bucket), buckets)


def _news(before: Known, done: Iterable[work.Done]) -> bool:
    """Whether anything came out that the dataset does not hold: not where reports failed again as they had before."""
    return any(
        before.failed.get(identity) != piece.failed.get(identity, ("",))[0]
        for piece in done
        for identity in piece.doc_ids
    )


def _planned(made: Summary, recipe: work.Recipe, before: Known) -> Summary:
    """The summary with what the run begins with."""
    return replace(
        made,
        extractor_version=recipe.version,
        lexicon_digest=recipe.digest,
        snapshot=int(before.snapshot.name) if before.snapshot else 0,
    )


def _extracted(made: Summary, outcome: Outcome, done: Sequence[work.Done]) -> Summary:
    """The summary with what came of the files."""
    failures = [
        Failure(names[0], stage, plan.told(reason, outcome.kept.get(identity, ())), names[1:])
        for piece in done
        for identity, (stage, reason) in piece.failed.items()
        if (names := outcome.sources.get(identity))
    ]
    files = [Failure(name, stage, reason) for name, (stage, reason) in sorted(outcome.files.items())]
    unreadable = [file for file in files if file.stage == "open"]
    mentions: Counter[str] = Counter()
    for piece in done:
        mentions.update(piece.mentions)
    return replace(
        made,
        reports=len(outcome.sources) + len(unreadable),
        new=outcome.new,
        changed=outcome.changed,
        redone=outcome.redone,
        skipped=outcome.skipped,
        removed=len(outcome.removed),
        retired=outcome.retired,
        hidden=outcome.hidden,
        failures=(*sorted(failures, key=lambda failure: failure.source), *unreadable),
        others=tuple(file for file in files if file.stage == "format"),
        mentions=dict(mentions),
        slowest=tuple(sorted((slow for piece in done for slow in piece.slowest), reverse=True)[: work.SLOWEST]),
    )


def _judged(made: Summary, max_failed: float) -> Summary:
    """The summary with an error where too many reports failed to publish what is left: more than the share and more
    than a few, or all of them. A share of 0 means that none may.
    """
    failed, few = len(made.failures), FEW if max_failed else 0
    if failed <= max_failed * made.reports or failed <= min(few, made.reports - 1):
        return made
    return replace(
        made,
        error=(
            f"{failed} of {made.reports} reports failed, more than the share of {max_failed:g} that may: "
            f"nothing was published; mend the reports or the lexicons, or raise --max-failed; what was extracted is "
            f"kept and not done again. Failed: {made.failed}"
        ),
    )


def _said(error: BaseException, dataset: Path) -> str:
    """What the last run's record says of the error that ended it."""
    if isinstance(error, OSError):
        error = _explained(error, dataset)
    return str(error) if isinstance(error, JixiaoError) else f"it was ended by {in_words(error)}"


def _explained(error: OSError, dataset: Path) -> DatasetError:
    if error.errno in _FULL:
        return DatasetError(
            f"{dataset}: the disk is full ({error.strerror}); the published dataset is as it was. Free some space and "
            "start again: what was finished is kept and not done again"
        )
    return DatasetError(f"{error.filename or dataset}: {error.strerror or error}; the published dataset is as it was")
