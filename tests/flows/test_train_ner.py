"""The training of the named entity model: what it is shown, and that it comes out the same."""

from __future__ import annotations

from pathlib import Path

from thinc.api import Config

from extractors.edges import Name
from flows import markup, train_ner
from flows.vary import Varier

ROOT = Path(__file__).parents[2]
EXAMPLES = markup.examples(ROOT / "data" / "training")


def test_names_stand_in_the_text_that_the_extractor_reads() -> None:
    parsed = markup.parse("（[[ORG:县 水利局]]）支出[[PROJECT:供水工程]]")
    text, names = train_ner.annotated(markup.Example("", (), *parsed, "", 1))
    assert [text[name.start : name.end] for name in names] == ["县水利局", "供水工程"]


def test_a_tenth_of_every_field_is_held_out() -> None:
    taught, held = train_ner.parted(EXAMPLES)
    assert len(taught) + len(held) == len(EXAMPLES)
    assert 0.07 < len(held) / len(EXAMPLES) < 0.12
    assert not {text for text, _ in taught} & {text for text, _ in held}


def test_varied_sentences_keep_their_names() -> None:
    sentences = [train_ner.annotated(example) for example in EXAMPLES[:300]]
    varier, again = Varier(sentences, 1), Varier(sentences, 1)
    changed = 0
    for text, names in sentences:
        varied, found = varier.vary(text, names)
        assert (varied, found) == again.vary(text, names)
        assert [name.label for name in found] == [name.label for name in names]
        done, rest = 0, ""
        for name in names:
            rest, done = rest + text[done : name.start], name.end
        left, done = "", 0
        for name in found:
            left, done = left + varied[done : name.start], name.end
        assert left == rest
        changed += varied != text
    assert changed > 50


def test_training_comes_out_the_same() -> None:
    config = Config().from_disk(ROOT / "flows" / "ner.cfg")
    config["training"] |= {"epochs": 1, "batch": 20}
    sentences = [train_ner.annotated(example) for example in EXAMPLES[:60]]
    one, other = (train_ner.train(sentences, config)[0] for _ in range(2))
    assert one.get_pipe("ner").to_bytes() == other.get_pipe("ner").to_bytes()  # type: ignore[attr-defined]


def test_scores() -> None:
    text, names = train_ner.annotated(markup.Example("", (), *markup.parse("[[POLICY:《会计法》]]施行"), "", 1))
    assert train_ner.measure([(text, names)], "rules")["POLICY"].f1 == 1
    assert train_ner.measure([(text, (Name(0, 2, "ORG"),))], "rules")["all"].f1 == 0
