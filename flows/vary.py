"""Variations of a training sentence: other places, other names of its kind, a year before a project.

The sentences bring the variety; this only keeps the model from learning by heart which names stand in them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from random import Random

from extractors import lexicon, places, regions
from extractors.edges import Name
from extractors.regions import REGION_COLUMNS
from extractors.types import Label

Annotated = tuple[str, tuple[Name, ...]]
"""A sentence and its names."""

SWAP: dict[Label, float] = {"PROJECT": 0.3, "EVENT": 0.3, "ORG": 0.15}
"""How often a name gives way to another of its label."""
PLACE = 0.5
"""How often a name's places give way to others."""
FRONT = 0.35
"""How often a project gets a year, a level or a place before it."""
FRONTS = ("Y", "Y", "Y", "Y", "PY", "P", "LY", "YL", "L", "CY", "YC")
"""What stands there: a year, a place, a level, the centre."""


class Varier:
    """Varies sentences, each time anew, by a seed."""

    def __init__(self, sentences: Iterable[Annotated], seed: int) -> None:
        self._random = Random(seed)
        self._names: defaultdict[Label, list[str]] = defaultdict(list)
        for text, names in sentences:
            for name in names:
                self._names[name.label].append(text[name.start : name.end])
        self._regions: defaultdict[str, list[str]] = defaultdict(list)
        for _, row in lexicon.rows("regions.tsv", REGION_COLUMNS, ("code", "name")):
            if row["state"] == "current" and 2 < len(row["name"]) < 7:
                self._regions[row["name"][-1]].append(row["name"])
        rows = lexicon.rows("short_places.tsv", ("name", "region"), ("name",))
        self._short = [row["name"] for _, row in rows if len(row["name"]) < 4]

    def vary(self, text: str, names: Sequence[Name]) -> Annotated:
        """The sentence with other names in the places of its own."""
        varied, found, done = "", [], 0
        for name in names:
            varied += text[done : name.start]
            done = name.end
            other = self._other(text[name.start : name.end], name.label)
            found.append(Name(len(varied), len(varied) + len(other), name.label))
            varied += other
        return varied + text[done:], tuple(found)

    def _other(self, name: str, label: Label) -> str:
        if self._random.random() < SWAP.get(label, 0):
            name = self._random.choice(self._names[label])
        if self._random.random() < PLACE:
            name = self._moved(name)
        if label == "PROJECT" and not name.startswith(("1", "2", "“")) and self._random.random() < FRONT:
            name = self._front() + name
        return name

    def _moved(self, name: str) -> str:
        """The name in another place."""
        for find, choose in ((regions.named, self._division), (places.short, self._shorter)):
            moved, done = "", 0
            for start, end in find(name):
                moved += name[done:start] + choose(name[start:end])
                done = end
            name = moved + name[done:]
        return name

    def _division(self, place: str) -> str:
        return self._random.choice(self._regions[place[-1]] or [place])

    def _shorter(self, _: str) -> str:
        return self._random.choice(self._short)

    def _front(self) -> str:
        parts = {
            "Y": f"{self._random.randint(2015, 2025)}{self._random.choice(('年', '年', '年度'))}",
            "P": self._division(self._random.choice("县县市区")),
            "L": self._random.choice(("省级", "市级", "县级", "区级")),
            "C": self._random.choice(("中央", "中央财政")),
        }
        return "".join(parts[part] for part in self._random.choice(FRONTS))
