"""The page and the table of a run in Prefect: file names and reasons are text there, whatever they hold."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

from flows import summary
from flows.summary import Failure, Summary

NAMES = [
    ("a pipe", "a|b.txt"),
    ("backticks", "`id`.txt"),
    ("two backticks and a pipe", "``|``"),
    ("a link", "[click](http://example.org)"),
    ("an image that tells who looks", "![](http://example.org/x.png)"),
    ("a reference", "[a][b]"),
    ("an HTML image", "<img src=x onerror=alert(1)>"),
    ("a script", "<script>alert(1)</script>.txt"),
    ("a comment", "<!-- -->"),
    ("an entity", "&lt;b&gt; &#60;"),
    ("an address", "http://example.org/a"),
    ("an address in brackets", "<http://example.org>"),
    ("a bare address", "www.example.org"),
    ("a mail address", "a@example.org"),
    ("emphasis", "*a* **b** _c_ __d__ ~~e~~"),
    ("a heading", "# 一、概况"),
    ("a list", "- a"),
    ("a number in a list", "1. a"),
    ("a rule", "---"),
    ("a backslash", "a\\b\\|c"),
    ("braces", "{source} {{ x }}"),
    ("a formula", "$x$ ^2^"),
    ("markup of rich", "r[/b][red]"),
    ("an emoji's name", "a:warning:b"),
    ("Chinese", "绩效自评报告（2022年）.txt"),
]
TORN = [
    ("a line break", "a\n# b", "a # b"),
    ("a Windows line break", "a\r\nb", "a b"),
    ("a line separator", "a\u2028b\u2029c\x85d", "a b c d"),
    ("a tab", "a\tb", "a b"),
    ("a control character", "a\x1b[31mb\x00", "a [31mb"),
    ("half a character", "a\udcb2", "a\\udcb2"),
]
PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
CASES = [pytest.param(name, name, id=case) for case, name in NAMES] + [
    pytest.param(name, shown, id=case) for case, name, shown in TORN
]


def made(name: str) -> Summary:
    failure = Failure(name, "extract", name)
    return Summary("", name, "1", "x", 1, 1, 0, 0, 0, 0, failures=(failure,), slowest=((0.1, name),))


def lines(page: str) -> list[list[str]]:
    """The texts of the page's inline parts, which must be nothing but text."""
    found = [token.children or [] for token in PARSER.parse(page) if token.type == "inline"]
    assert {leaf.type for inline in found for leaf in inline} <= {"text", "text_special"}
    return [[leaf.content for leaf in inline] for inline in found]


@pytest.mark.parametrize(("name", "shown"), CASES)
def test_a_name_is_text_on_the_page(name: str, shown: str) -> None:
    page = summary.markdown(made(name))
    texts = ["".join(parts) for parts in lines(page)]
    assert texts[0] == f"Ingestion into {shown}"
    assert texts.count(shown) == 3
    kinds = [token.type for token in PARSER.parse(page)]
    plain = [token.type for token in PARSER.parse(summary.markdown(made("a.txt")))]
    assert kinds == plain


@pytest.mark.parametrize(("name", "shown"), CASES)
def test_a_name_is_text_in_the_table(name: str, shown: str) -> None:
    (row,) = summary.problems(made(name))
    assert list(row) == ["report", "stage", "reason"]
    assert ["".join(parts) for parts in lines(row["report"])] == [shown]
    row["reason"].encode("utf-8")


@pytest.mark.parametrize("name", ["http://example.org/a", "ftp://a.b", "www.example.org", "WWW.a.b", "a@example.org"])
def test_no_reader_makes_a_link_of_a_name(name: str) -> None:
    """Readers of GitHub's Markdown, as Prefect's page is one, make links of bare addresses."""
    assert not re.search(r"(?i)[a-z]://|www\.|\w@\w", summary.problems(made(name))[0]["report"])
