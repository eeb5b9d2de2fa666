"""The ingestion as a Prefect flow; `python -m flows.ingest SOURCE DATASET` does what `jixiao ingest` does."""

import errno
import logging
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.futures import PrefectFuture, as_completed
from prefect.states import Cancelled, Completed, Failed
from prefect.task_runners import ThreadPoolTaskRunner
from prefect.tasks import Task, exponential_backoff

from extractors.errors import JixiaoError
from flows import run, summary, work
from flows.options import Options
from flows.parameters import for_prefect, spelled_out
from flows.store import Busy

PASSING = {errno.EAGAIN, errno.EBUSY, errno.EINTR, errno.EIO, errno.ESTALE, errno.ETIMEDOUT}
"""Faults of file systems, above all of shared ones, that may be gone in a moment."""

logging.getLogger("flows").setLevel(logging.INFO)  # for the log that Prefect keeps of a run


async def may_pass(task: Task[..., Any], task_run: TaskRun, state: State[Any]) -> bool:
    """Whether trying the batch again makes sense."""
    error = await state.aresult(raise_on_failure=False)
    return isinstance(error, OSError) and error.errno in PASSING


@task(
    name="extract",
    task_run_name="extract {batch}",
    retries=3,
    retry_delay_seconds=exponential_backoff(backoff_factor=2),
    retry_jitter_factor=0.5,
    retry_condition_fn=may_pass,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def extract_batch(batch: str, extract: Any, pieces: Any) -> list[work.Done]:
    """Extract one batch of reports in the worker processes; its rows go to disk, its figures come back."""
    done: list[work.Done] = extract(pieces)
    failed = sum(len(piece.failed) for piece in done)
    get_run_logger().log(30 if failed else 20, "%s reports, %s failed", sum(len(p.doc_ids) for p in done), failed)
    return done


def as_tasks(workers: int) -> run.Each:
    """Work the batches off as task runs, two in hand for each worker so that none has to wait for Prefect."""

    def each(extract: run.Extract, batches: Sequence[run.Batch]) -> Iterable[list[work.Done]]:
        in_hand: set[PrefectFuture[list[work.Done]]] = set()
        for number, batch in enumerate(batches, start=1):
            if len(in_hand) == 2 * workers:
                yield _first(in_hand)
            in_hand.add(extract_batch.submit(f"{number} of {len(batches)}", extract, batch))
        while in_hand:
            yield _first(in_hand)

    return each


def _first(in_hand: set[PrefectFuture[list[work.Done]]]) -> list[work.Done]:
    """The result of the task that ends first; it is taken out."""
    future = next(as_completed(list(in_hand)))
    in_hand.remove(future)
    return future.result()


@flow(
    name="ingest",
    flow_run_name="{source} into {dataset}",
    task_runner=ThreadPoolTaskRunner(),  # type: ignore[arg-type]
    persist_result=False,
)
@spelled_out(for_prefect)
def ingest(options: Options) -> State[Any]:
    """Bring the dataset up to date with the folder of reports."""
    logger = get_run_logger()
    try:
        made = run.run(options, as_tasks(options.processes))
    except Busy as busy:
        logger.warning("%s", busy)
        return Cancelled(message=str(busy))
    except JixiaoError as error:
        logger.error("%s", error)
        return Failed(message=str(error))
    _describe(made)
    if made.error is not None:
        logger.error("%s", made.error)
        return Failed(message=made.error)
    told = f"{made.line}\nfailed: {made.failed}" if made.failures else made.line
    logger.info("%s", told)
    return Completed(message=told)


def _describe(made: summary.Summary) -> None:
    """Leave the artifacts of the run: a page, and a table of what went wrong."""
    create_markdown_artifact(summary.markdown(made), key="ingest-run", description=made.line)
    problems = summary.problems(made)
    create_table_artifact(problems, key="ingest-problems", description=f"{len(problems)} reports failed")


if __name__ == "__main__":
    from flows.cli import app

    app(["ingest", *sys.argv[1:]], prog_name="python -m flows.ingest")
