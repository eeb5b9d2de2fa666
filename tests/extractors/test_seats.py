"""The place of the reporting unit, as a table, and the words beside a place's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractors import edges, facts, formats, lexicon, regions, segment, textmap
from extractors.errors import LexiconError
from tests.extractors.cases import params


@pytest.mark.parametrize("case", params("regions.tsv"))
def test_region(case: dict[str, str]) -> None:
    doc = formats.read(case["text"].replace("⏎", "\n").encode(), "report.txt")
    text = textmap.normalise(doc.raw)
    found = facts.of(doc, text, segment.blocks(text))
    assert (found.region or "", found.region_code or "") == (case["region"], case["region_code"]), case["why"]


@pytest.mark.parametrize("name", sorted(regions.common()))
def test_a_common_name_is_a_place_only_where_words_leave_room_for_it(name: str) -> None:
    for around, places in (("在{}，", [name]), ("在{}级部门", []), ("推进{}域经济", [])):
        text = around.format(name)
        part = edges.rules()["part"].match(name)
        assert [text[start:end] for start, end in regions.named(text)] == ([] if part else places)


def test_a_wrong_common_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = regions.regions()
    (tmp_path / "common_places.tsv").write_text("name\tregion\n岭塘\t岭塘县", encoding="utf-8")
    monkeypatch.setattr(regions, "regions", lambda: known)
    monkeypatch.setattr(lexicon, "folder", lambda: tmp_path)
    with pytest.raises(LexiconError, match=r"common_places\.tsv:2: no region 岭塘县; name one of regions\.tsv"):
        regions.common.__wrapped__()
