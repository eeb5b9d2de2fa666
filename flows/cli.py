"""The command line. Every command imports what it needs when it runs, so that `jixiao --help` answers at once."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from flows import analyst
from flows.options import Options
from flows.parameters import for_command_line, names, spelled_out
from flows.terminal import BUSY, FAILED, console, errors, fail, progress, readable_errors, say, unforeseen

app = typer.Typer(
    name="jixiao",
    help="Every figure of a 绩效自评报告, with its place, value and indicator, as a Parquet dataset.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)

Dataset = Annotated[Path, typer.Argument(help="Folder of the dataset.", show_default=False)]
Segmenter = Annotated[str, typer.Option(help="Word segmenter: jieba or pkuseg.")]
Model = Annotated[str | None, typer.Option(help="A spaCy model of your own for names, such as zh_core_web_sm.")]


@app.command()
@spelled_out(for_command_line)
def ingest(
    options: Options,
    verbose: Annotated[bool, typer.Option("--verbose", envvar="JIXIAO_VERBOSE", help="Prefect's whole log.")] = False,
) -> None:
    """Bring DATASET up to date with the reports in SOURCE: only what is new or changed is extracted.

    Exit codes: 0 done; 1 an error, or too many reports failed; 2 a wrong command line; 3 another run is at it.

    Example: `jixiao ingest reports/ dataset/`
    """
    with readable_errors():
        options.check()
        state = _run_flow(options, verbose)
        if state.is_completed():
            say(f"{state.message}\n{options.dataset / 'current'}")
        else:
            fail(_reason(state), BUSY if state.is_cancelled() else FAILED)


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
    segmenter: Segmenter = "jieba",
    model: Model = None,
) -> None:
    """Say why a figure was read and linked as it was: rules, cues, headings, weights, and what was masked nearby.

    Give the segmenter and the model that the dataset was made with, as in `documents.extractor_version`.

    Example: `jixiao explain reports/a.txt --at 1254`
    """
    from flows import explain as explaining
    from flows import preview

    with readable_errors():
        doc = preview.document(file)
        found = explaining.find(doc, explaining.offset(doc, at), preview.settings(segmenter, model))
        console.print(explaining.page(found))


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
        console.print(show.status(dataset, snapshot, whole=not faults))
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
@spelled_out(for_command_line)
def serve(
    options: Options,
    cron: Annotated[str | None, typer.Option(help="When to run, as in a crontab; none: when asked to.")] = None,
    timezone: Annotated[str, typer.Option(help="Time zone of the schedule.")] = "Asia/Shanghai",
    name: Annotated[str | None, typer.Option(help="Name in Prefect; none: that of the dataset's folder.")] = None,
    port: Annotated[int, typer.Option(help="Port of the Prefect server, if none runs yet.")] = 4200,
) -> None:
    """Run the ingestion on a schedule and when asked to in Prefect's UI, until interrupted; needs no work pool.

    Example: `jixiao serve reports/ dataset/ --cron "0 2 * * *"`
    """
    from flows import serve as serving

    with readable_errors():
        serving.serve(serving.Service(options, cron, timezone, name, port))


app.command()(analyst.query)
app.command()(analyst.review)


def _run_flow(options: Options, verbose: bool) -> Any:
    """The state in which the flow ended."""
    from flows import server

    with server.running():
        from flows.ingest import ingest as flow

        chosen = {name: getattr(options, name) for name in names()}
        with nullcontext() if verbose else progress():
            return flow(**chosen, return_state=True)


def _reason(state: Any) -> str:
    """Why the run is not done: what it said itself, else a fault that nobody foresaw."""
    error = state.result(raise_on_failure=False)
    return unforeseen(error) if isinstance(error, Exception) else str(state.message)


if __name__ == "__main__":
    app()
