"""What an ingestion may be asked, and what makes sense; the command line and the flow both check here."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from pydantic import Field

from extractors.errors import JixiaoError
from extractors.recipe import is_package
from extractors.words import NO_PKUSEG
from flows import machine

SEGMENTERS = ("jieba", "pkuseg")
TASKS = 100
"""At most about as many task runs a flow run, or two a worker: more only slow Prefect down."""
REPORTS_PER_TASK = 100
REPORTS_PER_PIECE = 500
"""What a worker does at most before it writes: the work that a kill can undo."""


def segmenter_fault(name: str) -> str:
    """Why the segmenter can't be used here, with the remedy; empty where it can."""
    if name not in SEGMENTERS:
        return f"segmenter is {name!r}: choose one of {', '.join(SEGMENTERS)}"
    return NO_PKUSEG if name == "pkuseg" and find_spec("pkuseg") is None else ""


def is_model(name: str) -> bool:
    """Whether a spaCy model can be loaded by this name: an installed package, or a folder."""
    return Path(name).is_dir() or (name.isidentifier() and find_spec(name) is not None)


def no_model(name: str | None) -> str:
    """What to say where it can't."""
    return f"model is {name!r}: give the name of an installed spaCy model, such as zh_core_web_sm, or its folder"


class OptionError(JixiaoError):
    """An option has a value that makes no sense; the message says which would."""


@dataclass(frozen=True)
class Options:
    """One ingestion: `timeout` in seconds a report, `max_failed` a share between 0 and 1, `batch` in reports a task.

    A field that has a description is an option: the command line and the flow take it from here (`flows.parameters`).
    """

    source: Annotated[Path, Field(description="Folder of the reports.")]
    dataset: Annotated[Path, Field(description="Folder of the dataset; made if it is not there.")]
    workers: Annotated[int, Field(ge=0, description="Worker processes; 0: one a core.")] = 0
    batch: Annotated[int, Field(ge=0, description="Reports a task; 0: as fits.")] = 0
    prune: Annotated[bool, Field(description="Retire reports whose file is gone.")] = False
    segmenter: Annotated[str, Field(description="Word segmenter: jieba or pkuseg.")] = "jieba"
    timeout: Annotated[float, Field(gt=0, description="Seconds that one report may take.")] = 60.0
    max_failed: Annotated[
        float, Field(ge=0, le=1, description="Share of reports that may fail, or three reports; 0: none.")
    ] = 0.1
    ray: Annotated[str | None, Field(description="Address of a Ray cluster to extract on; none: this machine.")] = None
    model: Annotated[
        str | None, Field(description="A spaCy model of your own for names, such as zh_core_web_sm.")
    ] = None
    pipeline: str = "extractors.pipeline"

    def check(self) -> None:
        """Refuse what makes no sense."""
        wrong = [
            (self.workers < 0, f"workers is {self.workers}: give a number of processes, or 0 for one a core"),
            (self.batch < 0, f"batch is {self.batch}: give a number of reports a task, or 0 to let the run choose"),
            (segmenter_fault(self.segmenter) != "", segmenter_fault(self.segmenter)),
            (self.model is not None and not is_model(self.model), no_model(self.model)),
            (not self.timeout > 0, f"timeout is {self.timeout:g}: give the seconds that one report may take"),
            (not 0 <= self.max_failed <= 1, f"max-failed is {self.max_failed:g}: give a share between 0 and 1"),
            (not self.source.is_dir(), f"source {self.source}: no such folder; give the folder that holds the reports"),
            (self.dataset.is_file(), f"dataset {self.dataset}: is a file; give a folder, new or made by jixiao"),
            (
                _is_strange(self.dataset),
                f"dataset {self.dataset}: holds other files; give a folder that is new or empty",
            ),
            (
                _inside(self.dataset, self.source),
                f"dataset {self.dataset}: lies in the source folder; put it elsewhere",
            ),
        ]
        for is_wrong, message in wrong:
            if is_wrong:
                raise OptionError(message)

    @property
    def absolute(self) -> Options:
        """The same with absolute paths, so that it means the same on any machine."""
        model = self.model
        if model is not None and not is_package(model):
            model = str(Path(model).absolute())
        return replace(self, source=self.source.absolute(), dataset=self.dataset.absolute(), model=model)

    @property
    def processes(self) -> int:
        """Worker processes: as asked, else one for each core that this process may use."""
        return self.workers or machine.cpus()

    def batch_size(self, reports: int) -> int:
        """Reports a task: as asked, else enough that no process idles and few enough tasks for Prefect."""
        if self.batch:
            return self.batch
        even = math.ceil(reports / (4 * self.processes))
        tasks = max(TASKS, 2 * self.processes)
        return max(1, min(even, REPORTS_PER_TASK), math.ceil(reports / tasks))


def _is_strange(folder: Path) -> bool:
    """Whether the folder holds something that no ingestion made: its files are not ours to touch."""
    ours = (".lock", "snapshots")
    return folder.is_dir() and any(folder.iterdir()) and not any((folder / name).exists() for name in ours)


def _inside(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())
