"""The mentions of one report, without a dataset."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import cast

from extractors import formats, pipeline
from extractors.dataset import Row, rows
from extractors.errors import JixiaoError, UnreadableReport
from extractors.types import Document
from extractors.words import Segmenter
from flows.options import OptionError, is_model, no_model, segmenter_fault


def mentions(file: str, segmenter: str, model: str | None = None) -> list[Row]:
    """The mentions of a report file, or of standard input where `file` is a dash."""
    chosen = settings(segmenter, model)
    report = pipeline.extract(document(file), chosen)
    made = rows(report, extractor_version=pipeline.version(chosen), lexicon_digest=pipeline.digest(chosen))
    return made["mentions"]


def settings(segmenter: str, model: str | None = None) -> pipeline.Settings:
    """What the user chose, checked."""
    if fault := segmenter_fault(segmenter):
        raise OptionError(fault)
    if model is not None and not is_model(model):
        raise OptionError(no_model(model))
    return pipeline.Settings(cast(Segmenter, segmenter), model)


def document(file: str) -> Document:
    """The report in a file, or on standard input where `file` is a dash."""
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return formats.read(data, "standard input" if file == "-" else file)
    except UnreadableReport as error:
        raise UnreadableReport(f"{file}: {error}") from None
    except OSError as error:
        raise JixiaoError(f"{file}: {error.strerror}; give the path of a report, or - for standard input") from None
