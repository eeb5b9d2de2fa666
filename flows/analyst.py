"""The analyst's commands: ask the dataset, and hold it against the page that it came from."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

Dataset = Annotated[Path, typer.Argument(help="Folder of the dataset.", show_default=False)]


def query(
    dataset: Dataset,
    question: Annotated[str, typer.Argument(help="A SELECT, or the name of a question.", show_default=False)] = "",
    known: Annotated[bool, typer.Option("--list", help="Say which named questions there are.")] = False,
    sql: Annotated[bool, typer.Option("--sql", help="Show the named question's SQL instead, to build on.")] = False,
    chosen: Annotated[str | None, typer.Option("--format", help="table, csv, json or parquet.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; its suffix tells the format.")
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds that the answer may take.")] = 300.0,
    memory: Annotated[str, typer.Option(help="Memory that it may take: 4GB, or a share of the machine's.")] = "50%",
) -> None:
    """Ask DATASET in SQL (DuckDB, read-only): its tables are views, and common questions have names.

    Example: `jixiao query dataset/ "select kind, count(*) from mentions group by kind"`

    Example: `jixiao query dataset/ spent-against-planned -o money.csv`
    """
    from flows import answers
    from flows import query as asking
    from flows.fence import QueryError
    from flows.terminal import console, readable_errors

    with readable_errors():
        if known or not question:
            for named in asking.questions().values():
                console.print(named.name, style="bold")
                console.print(f"{named.description}\n")
            return
        select = asking.sql_of(question)
        if sql:
            sys.stdout.write(select)
            return
        form = answers.format_of(chosen, output)
        if not timeout > 0:
            raise QueryError(f"timeout is {timeout:g}: give the seconds that the answer may take")
        with asking.session(dataset, timeout, memory) as session:
            answer = session.ask(select)
            if output:
                answers.save(answer, form, output, dataset)
            elif form == "table":
                console.print(answers.table(answer))
            else:
                answers.FORMATS[form](answer, sys.stdout.buffer)


def review(
    dataset: Dataset,
    doc: Annotated[str | None, typer.Option(help="Only this report: doc_id, its beginning, or file name.")] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="The page to write, .html.")] = Path("review.html"),
) -> None:
    """Write a page on which every figure of DATASET can be checked against the report's text, for any browser.

    Example: `jixiao review dataset/ -o review.html`
    """
    from flows import review as reviewing
    from flows.terminal import console, readable_errors

    with readable_errors():
        pages = reviewing.write(dataset, output, doc)
        beside = f" and {len(pages) - 1} pages beside it" if len(pages) > 1 else ""
        console.print(f"{pages[0]}{beside}: open it in a browser", soft_wrap=True)
