"""Texts that nobody writes: `python -m benchmarks.fuzz 100000`, mutated reports and sentences through the extractor.

Text `n` of a seed is always the same, so that one that fails can be read again: `--first N` begins with it. The whole
of a text is read as the pipeline reads a report, and turned into the rows of the dataset.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from random import Random

import regex

from extractors import dataset, pipeline
from extractors.types import Document, Report
from tests.extractors import cases

DATA = Path(__file__).parents[1] / "data"
LENGTH = 120
"""A text begins as a stretch of up to so many characters of a report."""
STEPS = 6
"""A text is changed up to so many times."""
BATCH = 500
"""So many texts make a table."""
FORM = "一级指标\t二级指标\t三级指标\t年度指标值\t实际完成值\t分值\t得分\n"


def sources() -> tuple[str, ...]:
    """What the texts are made of: the sample reports and the training sentences."""
    paths = [*sorted(DATA.glob("reports/*.txt")), *sorted(DATA.glob("training/**/*.tsv"))]
    return tuple(str(_MARKUP.sub("", path.read_text(encoding="utf-8"))) for path in paths)


_MARKUP = regex.compile(r"\|[^{}\[\]\n]*+\}\}|\{\{|\]\]|\[\[[A-Z]++:")
"""What marks figures and names in the training sentences (`flows/markup.py`)."""


def text(seed: int, number: int, taken: Sequence[str]) -> str:
    """One text: a stretch of a source, changed a few times."""
    random = Random(f"{seed}:{number}")
    source = random.choice(taken)
    start = random.randrange(len(source))
    made = source[start : start + random.randint(0, LENGTH)]
    if random.random() < 0.2:
        made = FORM + made.replace("，", "\t")
    for _ in range(random.randint(1, STEPS)):
        made = _changed(made, random)
    return made


def _changed(made: str, random: Random) -> str:
    """The text with a piece put in, in place of a character or of a stretch, or with a stretch twice or moved."""
    start, end = sorted(random.choices(range(len(made) + 1), k=2))
    end = min(end, start + random.choice((0, 0, 1, 2, 20)))
    change = random.random()
    if change < 0.7:
        return made[:start] + "".join(_piece(random) for _ in range(random.randint(1, 4))) + made[end:]
    if change < 0.8:
        return made[:end] + made[start:end] * random.randint(1, 5) + made[end:]
    return made[:start] + made[end:] + made[start:end] * (change < 0.9)


def _piece(random: Random) -> str:
    """A hostile piece, or any character of any plane."""
    if random.random() < 0.1:
        code = random.randrange(random.choice((0x250, 0x3000, 0xA000, 0x10000, 0x110000)))
        return chr(code) if not 0xD800 <= code < 0xE000 else "\ufffd"
    return random.choice(random.choice(pieces()))


@cache
def pieces() -> tuple[tuple[str, ...], ...]:
    """The hostile pieces, by sort."""
    return tuple(tuple(map(cases.written, row.cells["pieces"].split(" "))) for row in cases.rows("pieces.tsv"))


def faults(raw: str, report: Report) -> Iterator[str]:
    """What does not hold of a report's rows that must hold."""
    for name, rows in dataset.rows(report, extractor_version="fuzz", lexicon_digest="fuzz").items():
        for row in rows:
            if any(isinstance(value, float) and not math.isfinite(value) for value in row.values()):
                yield f"{name}: a number that is not finite in {row}"
            if name != "documents" and row["start"] is not None:
                span = raw[row["start"] : row["end"]]
                if not span or row.get("text") not in (None, span):
                    yield f"{name}: {row.get('text')!r} does not stand at {row['start']}"


def read(raw: str) -> Report:
    """All that a text states."""
    return pipeline.extract(Document("0" * 32, "report.txt", raw, "utf-8", len(raw.encode())))


def run(count: int, seed: int, first: int = 0, read: Callable[[str], Report] = read) -> Iterator[str]:
    """Reads so many texts and tells each fault with the number of its text."""
    taken, reports = sources(), []
    for number in range(first, first + count):
        raw = text(seed, number, taken)
        try:
            report = read(raw)
        except Exception as error:  # noqa: BLE001  whatever it is, it is what is looked for
            yield f"{number}: {type(error).__name__}: {error}: {raw!r}"
            continue
        yield from (f"{number}: {fault}: {raw!r}" for fault in faults(raw, report))
        reports.append(report)
        if len(reports) == BATCH or number == first + count - 1:
            _stored(reports)
            reports = []


def _stored(reports: Sequence[Report]) -> None:
    """The rows as the dataset's tables: what Arrow can't hold raises."""
    made = [dataset.rows(report, extractor_version="fuzz", lexicon_digest="fuzz") for report in reports]
    for name in dataset.SCHEMAS:
        dataset.table(name, (row for rows in made for row in rows[name])).validate(full=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    asked = parser.parse_args(arguments)
    begin, found = time.process_time(), 0
    for fault in run(asked.count, asked.seed, asked.first):
        found += 1
        print(fault, flush=True)
    taken = time.process_time() - begin
    print(f"{asked.count:,} texts of seed {asked.seed}: {found} faults, {taken:.0f} s of processor time")
    raise SystemExit(found > 0)


if __name__ == "__main__":
    main()
