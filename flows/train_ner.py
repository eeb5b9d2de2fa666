"""Trains the named entity model that the package ships, and measures it (`make model`).

`python -m flows.train_ner` trains on all sentences but a held-out tenth and writes extractors/models/ner;
`python -m flows.train_ner --measure` only measures the model that is there.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, cast, get_args

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example as Lesson
from thinc.api import Adam, Config, fix_random_seed

from extractors import edges, entities, features, ruler, words
from extractors.edges import Name
from extractors.pipeline import Settings
from extractors.textmap import normalise
from extractors.types import Label
from flows import markup
from flows.vary import Annotated, Varier

TRAINING = Path("data/training")
MODEL = Path("extractors/models/ner")
CONFIG = Path("flows/ner.cfg")
LABELS: tuple[Label, ...] = ("ORG", "GPE", "PROJECT")
"""What the model learns. Documents and events are left to the rules: those they tell all, these better than the model
did; and the parser's time grows with the number of labels."""
HELD_OUT = 7
"""Of each field's sentences those whose number ends in this are held out."""


# ---- the sentences -----------------------------------------------------------------------------------------------


def annotated(example: markup.Example) -> Annotated:
    """A sentence as the extractor reads it, with its names at the edges that the guideline asks for."""
    text = normalise(example.text)
    at = {text.raw_span(place, place + 1).start: place for place in range(len(text.text))}
    names = []
    for start, end, label in example.names:
        inside = [at[place] for place in range(start, end) if place in at]
        name = Name(inside[0], inside[-1] + 1, label)
        names.append(edges.settled(text.text, name) or name if label in ("PROJECT", "EVENT") else name)
    return text.text, edges.flat(names)


def parted(examples: Iterable[markup.Example]) -> tuple[list[Annotated], list[Annotated]]:
    """The sentences to train on and those held out, a tenth of every field."""
    taught: list[Annotated] = []
    held: list[Annotated] = []
    numbers: Counter[str] = Counter()
    for example in examples:
        (held if numbers[example.field] % 10 == HELD_OUT else taught).append(annotated(example))
        numbers[example.field] += 1
    return taught, held


# ---- training ----------------------------------------------------------------------------------------------------


def blank(config: Config) -> Language:
    """The pipeline before it has learned anything."""
    nlp = features.prepare(spacy.blank("zh"))
    for name, part in cast(Mapping[str, Any], config["components"]).items():
        nlp.add_pipe(part["factory"], name=name, config={"model": part["model"]})
    for label in LABELS:
        cast(Any, nlp.get_pipe("ner")).add_label(label)
    return nlp


def train(sentences: Sequence[Annotated], config: Config) -> tuple[Language, Any]:
    """A model of the sentences, the same each time, and the averages of its weights over the training."""
    plan = cast(Mapping[str, Any], config["training"])
    fix_random_seed(plan["seed"])
    random, varier, nlp = Random(plan["seed"]), Varier(sentences, plan["seed"]), blank(config)
    lessons_of = [(lesson(nlp, text, names), (text, names)) for text, names in sentences]
    sentences = [sentence for one, sentence in lessons_of if len(one.predicted)]
    first = [one for one, _ in lessons_of if len(one.predicted)]
    common = Counter(word for one in first for word in {token.text for token in one.reference})
    nlp.initialize(lambda: first)
    optimizer = Adam(plan["rate"], use_averages=True)
    steps = plan["epochs"] * (len(first) // plan["batch"] + 1)
    done = 0
    for epoch in range(plan["epochs"]):
        lessons = list(_lessons(nlp, sentences, first, varier, random, common, plan))
        random.shuffle(lessons)
        losses: dict[str, float] = {}
        for start in range(0, len(lessons), plan["batch"]):
            optimizer.learn_rate = plan["rate"] * max(0.03, 1 - done / steps) * min(1, 0.05 + done / 50)
            nlp.update(lessons[start : start + plan["batch"]], sgd=optimizer, drop=plan["dropout"], losses=losses)
            done += 1
        print(f"epoch {epoch + 1}: loss {losses['ner']:.0f}", flush=True)
    return nlp, optimizer.averages or {}


def lesson(nlp: Language, text: str, names: Sequence[Name]) -> Lesson:
    """A sentence as the model sees it, beside its names; a name that cuts a word in two is left out."""
    marks = ruler.marks(text)
    spans = features.spans(text, marks, features.windows(text, marks, wide=True), words.cutter("jieba"))
    doc = features.document(nlp.vocab, text, marks, spans)
    starts = {span.start: place for place, span in enumerate(spans)}
    ends = {span.end: place + 1 for place, span in enumerate(spans)}
    told = [
        (starts[name.start], ends[name.end], name.label)
        for name in names
        if name.start in starts and name.end in ends and name.label in LABELS
    ]
    return Lesson(doc, _reference(doc, told))


def _reference(doc: Doc, names: Iterable[tuple[int, int, str]]) -> Doc:
    reference = Doc(doc.vocab, words=[token.text for token in doc])
    reference.ents = tuple(Span(reference, start, end, label=label) for start, end, label in names)
    return reference


def _lessons(
    nlp: Language,
    sentences: Iterable[Annotated],
    first: Iterable[Lesson],
    varier: Varier,
    random: Random,
    common: Mapping[str, int],
    plan: Mapping[str, Any],
) -> Iterator[Lesson]:
    """The lessons of an epoch: sentences varied, words hidden."""
    for (text, names), plain in zip(sentences, first, strict=True):
        vary = bool(names) and random.random() < plan["varied"]
        one = lesson(nlp, *varier.vary(text, names)) if vary else plain
        one = one if len(one.predicted) else plain
        hide = [
            random.random() < (plan["hidden_rare"] if common.get(token.text, 0) < 3 else plan["hidden"])
            for token in one.predicted
        ]
        yield _hidden(one, hide)


def _hidden(one: Lesson, hide: Sequence[bool]) -> Lesson:
    """The lesson with some words put out of sight, all but their length."""
    tokens = zip(one.predicted, hide, strict=True)
    shown = [HIDDEN * min(len(token.text), 3) if hidden else token.text for token, hidden in tokens]
    doc = Doc(one.predicted.vocab, words=shown)
    cast(Any, doc).from_array(features.SLOTS, cast(Any, one.predicted).to_array(features.SLOTS))
    return Lesson(doc, _reference(doc, ((name.start, name.end, name.label_) for name in one.reference.ents)))


HIDDEN = "〓"


# ---- measuring ---------------------------------------------------------------------------------------------------


class Score(NamedTuple):
    """How many names were found, and how many of them rightly, of how many there are."""

    right: int
    found: int
    there: int

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.right / (self.found + self.there) if self.found + self.there else 1.0


def measure(sentences: Sequence[Annotated], use: entities.Use = "both") -> dict[str, Score]:
    """The scores by label and over all, exact span and label, each sentence read for itself."""
    counts: Counter[tuple[str, str]] = Counter()
    for text, names in sentences:
        found = {Name(*entity[:3]) for entity in entities.read([text], Settings(), use)[0]}
        for what, group in (("right", found & set(names)), ("found", found), ("there", set(names))):
            counts.update((what, label) for name in group for label in (name.label, "all"))
    return {
        label: Score(*(counts[what, label] for what in ("right", "found", "there")))
        for label in (*get_args(Label), "all")
    }


def write(nlp: Language, averages: Any, config: Config) -> None:
    """Writes the model with its averaged weights, and the digest of its data."""
    nlp.meta["name"], nlp.meta["version"] = "jixiao_names", "1.0.0"
    nlp.meta["description"] = "Names in Chinese performance reports: ORG GPE PROJECT POLICY EVENT"
    nlp.meta["training"] = {"data": markup.digest(TRAINING), **config["training"]}
    with nlp.use_params(averages):
        nlp.to_disk(MODEL)


def note(scores: Mapping[str, Score], rules: Score, sentences: int) -> None:
    """Writes into the model's meta how well it does on the held-out tenth, and how well the rules do alone."""
    path = MODEL / "meta.json"
    meta = json.loads(path.read_text(encoding="utf-8"))
    rows = {**scores, "rules alone": rules}
    meta["performance"] = {
        "held_out_sentences": sentences,
        **{name: {**score._asdict(), "f1": round(score.f1, 4)} for name, score in rows.items()},
    }
    path.write_text(json.dumps(meta, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def retrain() -> None:
    """Trains on all sentences but the held-out tenth, and writes the model that the package ships."""
    taught, held = parted(markup.examples(TRAINING))
    config = Config().from_disk(CONFIG)
    write(*train(taught, config), config)
    entities.trained.cache_clear()
    note(measure(held), measure(held, "rules")["all"], len(held))
    report(held)


def report(held: Sequence[Annotated]) -> None:
    """Prints how well rules and model do on the held-out tenth."""
    for use in get_args(entities.Use):
        scores = measure(held, use)
        print(f"{use:6}", *(f"{label} {score.f1:.3f}" for label, score in scores.items()), sep="  ")


def main() -> None:
    """Trains and measures, or only measures."""
    parser = argparse.ArgumentParser(description="Trains and measures the named entity model.")
    parser.add_argument("--measure", action="store_true", help="measure the model that is there")
    if parser.parse_args().measure:
        report(parted(markup.examples(TRAINING))[1])
    else:
        retrain()


if __name__ == "__main__":
    main()
