"""The whole row of a figure: what it is about, which year, whose money, how sure, which row of the form, as a table."""

from __future__ import annotations

import pytest

from extractors import dataset, formats, pipeline
from tests.extractors.cases import marked, params

Cells = dict[str, str]


@pytest.mark.parametrize("case", params("mentions.tsv"))
def test_mention(case: Cells) -> None:
    raw, ((start, text),) = marked(case["text"])
    report = pipeline.extract(formats.read(raw.encode(), "report.txt"))
    rows = dataset.rows(report, extractor_version="", lexicon_digest="")
    (found,) = [row for row in rows["mentions"] if (row["start"], row["text"]) == (start, text)]
    names = {row["indicator_id"]: row["level3"] for row in rows["indicators"]}
    value = names.get(found["indicator_id"]) if case["column"] == "indicator_id" else found[case["column"]]
    assert holds(case["holds"], value), value


def holds(expected: str, value: object) -> bool:
    """Whether a value is as expected: equal, empty for null, `<0.9` and `>0.9` for numbers, `…list` for a part."""
    if expected[:1] in ("<", ">"):
        assert isinstance(value, float)
        return value < float(expected[1:]) if expected[0] == "<" else value > float(expected[1:])
    if expected[:1] == "…":
        return expected[1:] in str(value)
    return ("" if value is None else str(value)) == expected
