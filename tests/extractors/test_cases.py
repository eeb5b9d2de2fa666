"""The case tables themselves: each phenomenon of real reports has a row, each row names one."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.extractors.cases import CASES, rows

PHENOMENA = {row.cells["code"]: row.cells["where"] for row in rows("phenomena.tsv")}
HEADS = {path.name: path.read_text("utf-8").split("\n")[0].split("\t") for path in sorted(CASES.glob("*.tsv"))}
TABLES = [name for name, columns in HEADS.items() if "code" in columns]
TABLES.remove("phenomena.tsv")
CODED = Counter(row.cells["code"] for name in TABLES for row in rows(name))


@pytest.mark.parametrize("code", [code for code, where in PHENOMENA.items() if where == "prose"])
def test_a_phenomenon_of_prose_has_a_row(code: str) -> None:
    assert CODED[code]


def test_a_phenomenon_of_forms_has_its_form_and_the_rest_a_reason() -> None:
    for code, where in PHENOMENA.items():
        assert where == "prose" or (CASES / where).is_file() or where.startswith("none: "), code


@pytest.mark.parametrize("name", TABLES)
def test_a_row_names_a_known_phenomenon(name: str) -> None:
    assert {row.cells["code"] for row in rows(name)} <= PHENOMENA.keys()


def test_no_case_stands_twice() -> None:
    for path in CASES.glob("*.tsv"):
        lines = Counter(line.split("\t")[0] for line in path.read_text("utf-8").split("\n") if line)
        if path.name in TABLES and path.name != "segment.tsv":
            assert [text for text, times in lines.items() if times > 1] == [], path.name
