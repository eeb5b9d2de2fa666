"""How time grows with length: `python -m benchmarks.scaling`, the constructs that grow fastest when twice as long.

Each row of `tests/cases/constructs.tsv` is written out at a length, at twice and at four times that length, and read.
Times are processor time, the least of several rounds; what one report leaves for the next (bounded caches) is thrown
away before each.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections.abc import Iterator, Sequence
from functools import _lru_cache_wrapper
from math import inf
from typing import NamedTuple

from extractors import pipeline
from extractors.types import Document
from tests.extractors import cases

LENGTH = 5_000
"""About so many characters is the shortest of the three texts long."""
LIMIT = 2.5
"""Twice the length costs at most so many times the time."""
ROUNDS, MAX_ROUNDS = 3, 12


class Construct(NamedTuple):
    """Something that a report may hold over and over; `{n}` is the running number."""

    name: str
    before: str
    repeated: str
    joiner: str
    beside: str

    def text(self, count: int) -> str:
        """A report that holds it so many times."""
        return self.before + self.joiner.join(_numbered(self.repeated, count)) + "".join(_numbered(self.beside, count))

    def count(self, length: int) -> int:
        """How many times make a report of about that length (characters)."""
        return max(1, length // len(self.repeated + self.joiner + self.beside))


def _numbered(text: str, count: int) -> Iterator[str]:
    return (text.replace("{n}", str(number)) for number in range(1, count + 1))


def constructs() -> list[Construct]:
    """The rows of the table."""
    return [Construct(*map(cases.written, row.cells.values())) for row in cases.rows("constructs.tsv")]


class Growth(NamedTuple):
    """What a construct cost at n, 2n and 4n (seconds)."""

    name: str
    seconds: tuple[float, float, float]

    @property
    def worst(self) -> float:
        """The larger of the two ratios."""
        once, twice, four = self.seconds
        return max(twice / once, four / twice)


def growth(construct: Construct, length: int = LENGTH, rounds: int = ROUNDS) -> Growth:
    """The time of a construct at three lengths, the least of the rounds; one above the limit gets more rounds.

    What other work on the machine adds to one round it does not add to each.
    """
    count = construct.count(length)
    texts = [construct.text(count * times) for times in (1, 2, 4)]
    found = Growth(construct.name, (inf, inf, inf))
    for number in range(1, MAX_ROUNDS + 1):
        once, twice, four = (min(least, _seconds(text)) for least, text in zip(found.seconds, texts, strict=True))
        found = Growth(construct.name, (once, twice, four))
        if number >= rounds and found.worst <= LIMIT:
            break
    return found


def _seconds(text: str) -> float:
    """Processor time of reading one report with empty caches."""
    for cache in _caches():
        cache.cache_clear()
    gc.collect()
    gc.disable()  # a collection walks the models too, at whatever moment it falls
    begin = time.process_time()
    pipeline.extract(Document("0" * 32, "report.txt", text, "utf-8", len(text)))
    taken = time.process_time() - begin
    gc.enable()
    return taken


def _caches() -> Iterator[_lru_cache_wrapper[object]]:
    """The bounded caches of the extractor; those without a bound hold lexicons and models, no text."""
    modules = [module for name, module in sys.modules.items() if name.startswith("extractors.")]
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, _lru_cache_wrapper) and value.cache_parameters()["maxsize"]:
                yield value


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only these constructs")
    parser.add_argument("--length", type=int, default=LENGTH)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--show", type=int, default=10)
    asked = parser.parse_args(arguments)
    chosen = [one for one in constructs() if not asked.names or one.name in asked.names]
    _seconds(chosen[0].text(1))  # loads lexicons and models
    found = sorted((growth(one, asked.length, asked.rounds) for one in chosen), key=lambda one: -one.worst)
    print(f"{len(found)} constructs of {asked.length:,}, twice and four times as many characters\n")
    print(f"{'':44} {'ms':>8} {'2n':>8} {'4n':>8} {'worst':>6}")
    for one in found[: asked.show]:
        print(f"{one.name:44}", *(f"{seconds * 1000:8.1f}" for seconds in one.seconds), f"{one.worst:6.2f}")


if __name__ == "__main__":
    main()
