"""What people see of a command: lines, one-line errors, and the progress of a run."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import NoReturn

import typer
from rich.console import Console

from extractors.errors import JixiaoError

FAILED = 1
"""Exit code of an error, or of too many reports that failed."""
BUSY = 3
"""Exit code where another run is writing the dataset."""

console = Console(markup=False, emoji=False, highlight=False)
"""Takes texts as they are: a path or a report's word is no markup."""
errors = Console(stderr=True, markup=False, emoji=False, highlight=False)


def say(text: str, to: Console = console, style: str | None = None) -> None:
    """Print a line that is not wrapped."""
    to.print(text, style=style, soft_wrap=True)


def fail(message: str, code: int = FAILED) -> NoReturn:
    """Say what is wrong and end."""
    say(f"error: {message}", errors, "red")
    raise typer.Exit(code)


@contextmanager
def readable_errors() -> Iterator[None]:
    """Show an error as one line: what the user can mend with its remedy, a fault of ours with where its details are."""
    try:
        yield
    except (typer.Exit, typer.Abort):
        raise
    except JixiaoError as error:
        fail(str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:  # noqa: BLE001 -- nobody but a developer reads a traceback
        fail(unforeseen(error))


def unforeseen(error: BaseException) -> str:
    """A line on a fault that nobody foresaw; its traceback goes to a file, or follows where there can be none."""
    from flows import server

    line = f"{type(error).__name__}: {error}".splitlines()[0]
    details = "".join(traceback.format_exception(error))
    try:
        path = server.home() / "error.log"
        path.write_text(details, encoding="utf-8", errors="backslashreplace")
    except (JixiaoError, OSError):
        return f"{line}\n{details}"
    return f"{line}. This is a fault of Jixiao; {path} has the details, please report it with them"


class Lines(logging.Handler):
    """Log records as plain lines on standard error: our own, and everybody's warnings, without their tracebacks."""

    def __init__(self, level: int) -> None:
        super().__init__()
        self._level = level

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is shown: how the flow or one of its tasks failed is not, since the command says it."""
        own = record.name.startswith("flows.")
        return record.levelno >= (self._level if own else logging.WARNING) and not _tells_the_end(record)

    def emit(self, record: logging.LogRecord) -> None:
        """Print the record's message; a progress bar below it stays whole."""
        say(record.getMessage(), errors, "yellow" if record.levelno >= logging.WARNING else None)


def _tells_the_end(record: logging.LogRecord) -> bool:
    failed = record.name.startswith("prefect.task_runs") and record.levelno >= logging.ERROR
    return failed or record.name.startswith("prefect.flow_runs")


@contextmanager
def progress() -> Iterator[None]:
    """Our own log lines instead of Prefect's; on a terminal, a bar instead of ours."""
    import prefect.main  # noqa: F401 -- it sets up the logging that is put aside here

    root, bar = logging.getLogger(), errors.is_terminal
    aside, root.handlers = root.handlers, [Lines(logging.WARNING if bar else logging.INFO)]
    try:
        with _bar() if bar else nullcontext():
            yield
    finally:
        root.handlers = aside


@contextmanager
def _bar() -> Iterator[None]:
    """How many of the reports are done, and how long the rest will take."""
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
