"""How fast one core reads: `python -m benchmarks.extract`, characters a second of `extract` beside merely segmenting.

Everything is measured in turn over the same text in one run and told as a ratio to `jieba.lcut`, for a machine's own
speed says little. Times are processor time, medians of several rounds. JioNLP and Recognizers-Text are measured where
they are installed (`pip install jionlp recognizers-text-suite 'emoji<2'`).
"""

from __future__ import annotations

import argparse
import importlib
import logging
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from extractors import entities, facts, figures, formats, items, linking, parties, pipeline, segment, tables
from extractors.textmap import normalise
from extractors.types import Document

FOLDERS = ("data/reports", "data/development")
LENGTH = 100_000
LINES = {
    "digits": "1",
    "decimals": "1.5",
    "dates": "2023年4月18日",
    "years": "2023、",
    "open brackets": "(",
    "brackets": "()",
    "titles": "《",
    "quotes": "“",
    "一": "一",
    "numerals": "一万",
    "lists": "1、",
    "codes": "A1",
    "blanks": " ",
    "tabs": "\t",
    "pipes": "1|",
    "one cell a line": "12\n",
    "sums": "1万元、",
    "scores": "总得分100",
}


@dataclass
class Clock:
    """Seconds of each part, one figure a round."""

    rounds: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    now: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Add the time of the block to a part of this round."""
        begin = time.process_time()
        yield
        self.now[name] += time.process_time() - begin

    def close(self) -> None:
        """End the round."""
        for name, seconds in self.now.items():
            self.rounds[name].append(seconds)
        self.now.clear()

    def median(self, name: str) -> float:
        """Seconds of a part."""
        return statistics.median(self.rounds[name])


def documents(folders: Iterable[str]) -> list[Document]:
    """All reports of the folders."""
    paths = [path for folder in folders for path in sorted(Path(folder).glob("*.txt"))]
    return [formats.read(path.read_bytes(), path.name) for path in paths]


def stages(doc: Document, clock: Clock) -> None:
    """The steps of `pipeline.extract`, each timed."""
    with clock.part("normalise"):
        text = normalise(doc.raw)
    with clock.part("segment"):
        blocks = segment.blocks(text)
    with clock.part("tables"):
        _, funding, _ = tables.rows(blocks.tables, text)
    with clock.part("facts"):
        year = facts.fiscal_year(text, blocks)
        facts.of(doc, text, blocks, funding)
    with clock.part("figures"):
        statements = list(figures.statements(blocks.sentences, year))
    with clock.part("names"):
        names = entities.read([statement.sentence.text for statement in statements], pipeline.Settings())
        statements = [figures.without(statement, found) for statement, found in zip(statements, names, strict=True)]
    with clock.part("items"):
        list(items.read(statements, pipeline.Settings().segmenter))
    with clock.part("linking"):
        list(linking.read(statements, year))
    with clock.part("parties"):
        [parties.read(statement) for statement in statements]


def measure(docs: Sequence[Document], rounds: int) -> Clock:
    """Segmenting, extracting, and the stages of extracting, in turn."""
    import jieba  # noqa: PLC0415  loads its dictionary

    jieba.setLogLevel("WARNING")
    clock = Clock()
    for round_ in range(rounds + 1):
        for doc in docs:
            with clock.part("jieba.lcut"):
                jieba.lcut(doc.raw)
            with clock.part("extract"):
                pipeline.extract(doc)
            stages(doc, clock)
        if round_:  # the first one loads dictionaries and models
            clock.close()
        clock.now.clear()
    return clock


# ---- others ------------------------------------------------------------------------------------------------------


def jionlp() -> Callable[[str], object]:
    """JioNLP's sums and times, without their values."""
    ner: Any = importlib.import_module("jionlp").ner
    money, times = ner.extract_money, ner.extract_time
    return lambda line: (money(line, with_parsing=False), times(line, with_parsing=False))


def recognizers() -> Callable[[str], object]:
    """Recognizers-Text's currencies, percentages and dates in Chinese."""
    units: Any = importlib.import_module("recognizers_number_with_unit")
    numbers: Any = importlib.import_module("recognizers_number")
    dates: Any = importlib.import_module("recognizers_date_time")
    tongue = "zh-cn"
    return lambda line: (
        units.recognize_currency(line, tongue),
        numbers.recognize_percentage(line, tongue),
        dates.recognize_datetime(line, tongue),
    )


OTHERS = {"JioNLP extract_money + extract_time": jionlp, "Recognizers-Text zh": recognizers}


def others(docs: Sequence[Document], characters: int, jieba: float) -> None:
    """What other libraries take for the same text, line by line."""
    logging.disable(logging.ERROR)  # JioNLP logs what it can't read
    for name, load in OTHERS.items():
        try:
            read = load()
            read("2023年5月拨付12.5万元，占38%。")
        except ImportError as missing:
            print(f"{name:38} skipped: {missing}")
            continue
        begin = time.process_time()
        for doc in docs:
            for line in doc.raw.split("\n"):
                read(line)
        row(name, time.process_time() - begin, characters, jieba)


# ---- the tables --------------------------------------------------------------------------------------------------


def row(name: str, seconds: float, characters: int, jieba: float) -> None:
    """One line: characters a second, microseconds a character, speed as a share of jieba's."""
    print(f"{name:38} {characters / seconds:12,.0f} {seconds / characters * 1e6:8.2f} {jieba / seconds:8.2f}")


def linearity(docs: Sequence[Document]) -> None:
    """What a character of odd lines costs beside one of prose."""
    prose = "\n".join(doc.raw for doc in docs)
    base = cost((prose * (LENGTH // len(prose) + 1))[:LENGTH])
    print(f"\n{f'a line of {LENGTH:,} characters':38} {'µs/char':>12} {'× prose':>8}")
    print(f"{'prose':38} {base:12.2f} {1:8.2f}")
    for name, line in LINES.items():
        spent = cost((line * LENGTH)[:LENGTH])
        print(f"{name:38} {spent:12.2f} {spent / base:8.2f}")


def cost(raw: str) -> float:
    """Microseconds a character."""
    begin = time.process_time()
    pipeline.extract(Document("0" * 32, "line.txt", raw, "utf-8", len(raw)))
    return (time.process_time() - begin) / len(raw) * 1e6


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", default=FOLDERS)
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args(arguments)
    docs = documents(asked.folders)
    characters = sum(len(doc.raw) for doc in docs)
    clock = measure(docs, asked.rounds)
    jieba = clock.median("jieba.lcut")
    print(f"{len(docs)} reports, {characters:,} characters, one core, medians of {asked.rounds} rounds\n")
    print(f"{'':38} {'chars/s':>12} {'µs/char':>8} {'× jieba':>8}")
    for name in clock.rounds:
        row(name if name in ("jieba.lcut", "extract") else f"  {name}", clock.median(name), characters, jieba)
    others(docs, characters, jieba)
    linearity(docs)


if __name__ == "__main__":
    main()
