"""The command line. Every command imports what it needs when it runs, so that `jixiao --help` answers at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from extractors.errors import JixiaoError
from flows import analyst

BUSY = 3
"""Exit code where another run is writing the dataset."""

app = typer.Typer(
    name="jixiao",
    help="Every figure of a 绩效自评报告, with its place, value and indicator, as a Parquet dataset.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
console = Console(markup=False, emoji=False, highlight=False)
"""Takes texts as they are: a path or a report's word is no markup."""
errors = Console(stderr=True, markup=False, emoji=False, highlight=False)

Dataset = Annotated[Path, typer.Argument(help="Folder of the dataset.", show_default=False)]
Segmenter = Annotated[str, typer.Option(help="Word segmenter: jieba or pkuseg.")]
Model = Annotated[str | None, typer.Option(help="A spaCy model of your own for names, such as zh_core_web_sm.")]


@app.command()
def ingest(
    source: Annotated[Path, typer.Argument(help="Folder of the reports.", show_default=False)],
    dataset: Dataset,
    workers: Annotated[int, typer.Option(help="Worker processes; 0: one a core.")] = 0,
    batch: Annotated[int, typer.Option(help="Reports a task; 0: as fits.")] = 0,
    prune: Annotated[bool, typer.Option("--prune", help="Retire reports whose file is gone.")] = False,
    segmenter: Segmenter = "jieba",
    timeout: Annotated[float, typer.Option(help="Seconds that one report may take.")] = 60.0,
    max_failed: Annotated[float, typer.Option(help="Share that may fail, or three reports; 0: none.")] = 0.1,
    ray: Annotated[str | None, typer.Option(help="Address of a Ray cluster to extract on.")] = None,
    model: Model = None,
) -> None:
    """Bring DATASET up to date with the reports in SOURCE: only what is new or changed is extracted.

    Example: `jixiao ingest reports/ dataset/`
    """
    from flows.options import Options

    options = Options(source, dataset, workers, batch, prune, segmenter, timeout, max_failed, ray, model)
    with readable_errors():
        options.check()
        with _progress():
            state = _run_flow(options)
    if state.is_completed():
        console.print(f"{state.message}\n{dataset / 'current'}", soft_wrap=True)
        return
    errors.print(f"error: {state.message}", style="red", soft_wrap=True)
    raise typer.Exit(BUSY if state.is_cancelled() else 1)


@app.command()
def extract(
    file: Annotated[str, typer.Argument(help="A report, or - for standard input.", show_default=False)],
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line instead of a table.")] = False,
    segmenter: Segmenter = "jieba",
    model: Model = None,
) -> None:
    """Show the figures of one report.

    Example: `echo 收到财政资金928万元，支出率98%。 | jixiao extract -`
    """
    from flows import preview, show

    with readable_errors():
        rows = preview.mentions(file, segmenter, model)
        if json:
            show.json_lines(rows, sys.stdout)
        else:
            console.print(show.table(rows, f"{len(rows)} mentions"))


@app.command()
def evaluate(
    dataset: Dataset,
    gold: Annotated[Path, typer.Argument(help="Folder of the gold files.", show_default=False)],
    confusion: Annotated[bool, typer.Option("--confusion", help="Also what was taken for what, by field.")] = False,
    curve: Annotated[Path | None, typer.Option(help="Also how sure the links are against how often right.")] = None,
) -> None:
    """Hold DATASET against hand-made gold files.

    Example: `jixiao evaluate dataset/ gold/ --confusion --curve curve.png`
    """
    from flows import evaluate as evaluation

    with readable_errors():
        scores = evaluation.evaluate(dataset, gold)
        console.print(evaluation.table(scores))
        if confusion:
            for matrix in evaluation.confusions(scores):
                console.print(matrix)
        if curve:
            from flows import calibration

            bins = calibration.curve(scores.links)
            console.print(calibration.table(bins))
            calibration.plot(bins, curve)


@app.command()
def explain(
    file: Annotated[str, typer.Argument(help="A report, or - for standard input.", show_default=False)],
    at: Annotated[str, typer.Option(help="Offset of the figure (mentions.start), or its mention_id.")],
) -> None:
    """Say why a figure was read and linked as it was: rules, cues, headings, weights, and what was masked nearby.

    Example: `jixiao explain reports/a.txt --at 1254`
    """
    from flows import explain as explaining
    from flows import preview

    with readable_errors():
        console.print(explaining.page(explaining.find(preview.document(file), explaining.offset(at))))


@app.command()
def status(
    dataset: Dataset,
    check: Annotated[bool, typer.Option("--check", help="Read every file and compare it with its hash.")] = False,
) -> None:
    """Say what is in DATASET: reports, rows, snapshots, versions, the last run, problems, damaged files.

    Example: `jixiao status dataset/ --check`
    """
    from flows import mend, show, store, summary

    with readable_errors():
        if store.current(dataset) is None and summary.last(dataset):
            console.print(show.status(dataset, None))
            return
        snapshot = store.open(dataset)
        if check:
            with show.progress(errors) as tell:
                faults = mend.damaged(snapshot, tell)
        else:
            faults = mend.changed(snapshot)
        console.print(show.status(dataset, snapshot))
        if faults:
            fail(f"{snapshot.folder}: {mend.told(faults)}; {mend.remedy(dataset, snapshot)}")
        if check:
            console.print(f"all {len(snapshot.manifest.parts)} files are as they were published")


@app.command()
def restore(
    dataset: Dataset,
    number: Annotated[int | None, typer.Argument(help="The snapshot; none: the newest whole one.")] = None,
    without_damaged: Annotated[
        bool, typer.Option("--without-damaged", help="Leave out the reports that share a bucket with damaged files.")
    ] = False,
) -> None:
    """Make a snapshot of DATASET current again, after damage, a copy without its link, or a run to take back.

    Example: `jixiao restore dataset/ 7`
    """
    from flows import mend

    with readable_errors():
        made = mend.restore(dataset, number, without_damaged=without_damaged)
        console.print(f"{dataset / 'current'} leads to snapshot {made}", soft_wrap=True)


@app.command()
def show(
    dataset: Dataset,
    rows: Annotated[int, typer.Option(help="How many mentions.")] = 12,
) -> None:
    """Show the first mentions of DATASET and where it lies.

    Example: `jixiao show dataset/ --rows 20`
    """
    from flows import show as shown

    with readable_errors():
        found, total = shown.mentions(dataset, rows)
        console.print(shown.table(found, f"first {len(found)} of {total} mentions"))
        where = f"The dataset lies in {dataset / 'current'}: one folder a table."
        console.print(where, soft_wrap=True)


@app.command()
def serve(
    source: Annotated[Path, typer.Argument(help="Folder of the reports.", show_default=False)],
    dataset: Dataset,
    cron: Annotated[str | None, typer.Option(help="When to run, as in a crontab; none: when asked to.")] = None,
    timezone: Annotated[str, typer.Option(help="Time zone of the schedule.")] = "Asia/Shanghai",
    port: Annotated[int, typer.Option(help="Port of the Prefect server, if none runs yet.")] = 4200,
) -> None:
    """Run the ingestion on a schedule and when asked to in Prefect's UI, until interrupted; needs no work pool.

    Example: `jixiao serve reports/ dataset/ --cron "0 2 * * *"`
    """
    from flows import serve as serving
    from flows.options import Options

    with readable_errors():
        Options(source, dataset).check()
        serving.serve(source, dataset, cron, timezone, port)


app.command()(analyst.query)
app.command()(analyst.review)


@contextmanager
def readable_errors() -> Iterator[None]:
    """Show an error that the user can mend as one line, without a traceback."""
    try:
        yield
    except JixiaoError as error:
        fail(str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def fail(message: str) -> NoReturn:
    """Say what is wrong and end."""
    errors.print(f"error: {message}", style="red", soft_wrap=True)
    raise typer.Exit(1)


def _run_flow(options: Any) -> Any:
    from flows.ingest import ingest as flow

    names = ("source", "dataset", "workers", "batch", "prune", "segmenter", "timeout", "max_failed", "ray", "model")
    return flow(**{name: getattr(options, name) for name in names}, return_state=True)


@contextmanager
def _progress() -> Iterator[None]:
    """A progress bar on a terminal; elsewhere Prefect's log lines."""
    if not errors.is_terminal:
        yield
        return
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from flows.run import listener

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def update(done: int, total: int) -> None:
            bar.update(task, description="reports", completed=done, total=total)

        token = listener.set(update)
        try:
            yield
        finally:
            listener.reset(token)


if __name__ == "__main__":
    app()
