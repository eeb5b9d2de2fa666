"""Names in sentences: what the rules can tell (`ruler`) and what a trained model can (spaCy's `ner`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from spacy.language import Language
from spacy.tokens import Doc

from extractors import edges, features, ruler, words
from extractors.edges import Name
from extractors.ruler import Marks
from extractors.types import Entity, Label, TextSpan

if TYPE_CHECKING:
    from extractors.pipeline import Settings

Use = Literal["both", "rules", "model"]
BATCH = 64
"""How many sentences of one report the model reads at once; batches never span reports, so a report's names don't hang
on its neighbours."""


def read(sentences: Sequence[str], settings: Settings, use: Use = "both") -> list[tuple[Entity, ...]]:
    """The names in each of a report's sentences, flat, from left to right; places are those in the sentence."""
    marks = [ruler.marks(sentence) for sentence in sentences]
    told = _told(sentences, marks, settings) if use != "rules" else {}
    pairs = enumerate(zip(sentences, marks, strict=True))
    found = [_merged(text, seen, told.get(place), use) for place, (text, seen) in pairs]
    return _repeated(sentences, found) if use != "rules" else found


# ---- the model ---------------------------------------------------------------------------------------------------


@cache
def trained() -> Language:
    """The model that the package ships."""
    import spacy  # noqa: PLC0415  takes a second: only for who asks for names

    with as_file(files("extractors") / "models" / "ner") as folder:
        nlp = features.prepare(spacy.load(folder))
    for word in list(nlp.vocab.strings):
        nlp.vocab[word]  # kept: what a report alone brings is forgotten after it, and would be reckoned anew
    return nlp


def _told(sentences: Sequence[str], marks: Sequence[Marks], settings: Settings) -> Mapping[int, tuple[Name, ...]]:
    """What the model names, for the sentences that it is asked about."""
    shown = [features.windows(text, seen) for text, seen in zip(sentences, marks, strict=True)]
    asked = [place for place, windows in enumerate(shown) if windows]
    if settings.model is not None:
        return dict(zip(asked, _foreign([sentences[place] for place in asked], settings), strict=True))
    nlp, cut = trained(), words.cutter(settings.segmenter)
    with nlp.memory_zone():
        spans = [features.spans(sentences[place], marks[place], shown[place], cut) for place in asked]
        docs = [
            features.document(nlp.vocab, sentences[place], marks[place], one)
            for place, one in zip(asked, spans, strict=True)
        ]
        for start in range(0, len(docs), BATCH):
            for _, part in nlp.pipeline:
                batch = docs[start : start + BATCH]
                cast(Any, part).set_annotations(batch, cast(Any, part).predict(batch))
        return {place: tuple(_named(doc, one)) for place, one, doc in zip(asked, spans, docs, strict=True)}


def _named(doc: Doc, spans: Sequence[TextSpan]) -> Iterator[Name]:
    """The names of a document that the model has read, by place in the sentence."""
    for name in doc.ents:
        yield Name(spans[name.start].start, spans[name.end - 1].end, cast(Label, name.label_))


FOREIGN: Mapping[str, Label] = {"ORG": "ORG", "GPE": "GPE", "LOC": "GPE", "EVENT": "EVENT", "LAW": "POLICY"}
"""The labels of spaCy's Chinese models (OntoNotes) that are names here."""


def _foreign(sentences: Iterable[str], settings: Settings) -> Iterator[tuple[Name, ...]]:
    """What a model of the user's own names."""
    nlp = words.pipeline(settings.segmenter, settings.model)
    for doc in nlp.pipe(sentences, batch_size=BATCH):
        labels = ((name, FOREIGN.get(name.label_) or _own(name.label_)) for name in doc.ents)
        yield tuple(Name(name.start_char, name.end_char, label) for name, label in labels if label is not None)


def _own(label: str) -> Label | None:
    return cast(Label, label) if label in get_args(Label) else None


# ---- rules and model together ------------------------------------------------------------------------------------


def _merged(text: str, seen: Marks, told: tuple[Name, ...] | None, use: Use) -> tuple[Entity, ...]:
    """The names of a sentence: documents by rule; where the model was asked, the rest by the model."""
    if told is None or use == "rules":
        return tuple(Entity(*name, "rule") for name in (seen.names if use != "model" else ()))
    known = {name[:2]: name for name in seen.names}
    names = [known.get(name[:2], name) for one in told if (name := edges.settled(text, one))]
    names = list(_headed(names, seen))
    if use == "both":
        closed = [name for name in seen.names if name.label in CLOSED]
        taken = edges.Cover(closed)
        names = closed + [name for name in names if not taken.meets(name)]
    return tuple(Entity(*name, "rule" if name[:2] in known else "model") for name in edges.flat(names))


def _headed(names: Iterable[Name], seen: Marks) -> Iterator[Name]:
    """The names; the place alone where a body begins with a place and ends in no body's head."""
    ends = {head.end for head in seen.heads if head.label == "ORG"} | {name.end for name in seen.names}
    places = {name.start: name for name in seen.names if name.label == "GPE"}
    for name in names:
        body = name.label != "ORG" or name.end in ends
        yield name if body else places.get(name.start, name)


CLOSED: tuple[Label, ...] = ("POLICY", "EVENT")
"""Where the rules name one of these, the model is not heard; of other names that both see, the rule has the label."""


# ---- the report as a whole ---------------------------------------------------------------------------------------

LONG = 5
"""A name as long as this is a name wherever the report repeats it (characters)."""


def _repeated(sentences: Sequence[str], found: list[tuple[Entity, ...]]) -> list[tuple[Entity, ...]]:
    """The names, with those places where a long name of the report stands once more and was not seen."""
    labels = {
        sentence[name.start : name.end]: name.label
        for sentence, names in zip(sentences, found, strict=True)
        for name in names
        if name.end - name.start >= LONG and name.label in ("ORG", "PROJECT", "EVENT")
    }
    if not labels:
        return found
    known = edges.any_of((name, "", "") for name in labels)
    return [_with(sentence, names, known, labels) for sentence, names in zip(sentences, found, strict=True)]


def _with(
    text: str, names: tuple[Entity, ...], known: re.Pattern[str], labels: Mapping[str, Label]
) -> tuple[Entity, ...]:
    """The names of a sentence with the report's names that it repeats."""
    taken = edges.Cover(names)
    added = [
        Entity(match.start(), match.end(), labels[match[0]], "model")
        for match in known.finditer(text)
        if not taken.meets(match.span())
    ]
    return tuple(sorted((*names, *added))) if added else names
