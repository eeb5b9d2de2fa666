"""Paths are text, never markup, patterns, formats or addresses: every command on datasets in odd places."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from typer.testing import CliRunner, Result

from flows import review, store
from flows.cli import app
from tests.conftest import ROOT
from tests.flows.browser import Page, chromium
from tests.flows.made import document, mention, write
from tests.flows.support import ingest, rows, texts, write_reports

PLACES = (
    "a*/what?/g[1]",
    "r[/b]/[bold red]/绩效[2022]",
    "{}/{0}/%s/a{b}",
    "a%20b/a?b#c/100%#",
    "it's/$HOME/a\\b/a;b/a\"b",
    " a /~/a b/a,b&c/...",
    "-d/--help",
    ":smile:/s3:/a:b",
    "\u2028/\u202eb/a\nb",
    "snapshots/current/part-0000.parquet",
)
"""Every folder on the way has a name with a meaning somewhere: to a shell, a pattern, markup, a format, an address."""
FIRST, SECOND = "a" * 32, "b" * 32


def jixiao(*arguments: object) -> Result:
    return CliRunner(env={"COLUMNS": "500"}).invoke(app, [str(argument) for argument in arguments])


@pytest.mark.parametrize("place", PLACES)
def test_every_command_reads_a_dataset_wherever_it_lies(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_reports(tmp_path / "in" / place, texts(3))
    dataset = tmp_path / "out" / place
    csv, page = (dataset.with_name(f"{dataset.name}.{suffix}") for suffix in ("csv", "html"))
    assert ingest(source, dataset).published
    (source / "001.txt").unlink()
    monkeypatch.setenv("STANDIN_VERSION", "1")
    assert ingest(source, dataset).redone == 3
    assert len(rows(dataset, "documents")) == 3, "also that whose file is gone was read again, from the dataset"

    answers = [
        (jixiao("status", dataset, "--check"), "are as they were published"),
        (jixiao("show", dataset), str(dataset / "current")),
        (jixiao("query", dataset, "select count(*) as n from documents", "--format", "json"), '{"n": 3}'),
        (jixiao("query", dataset, "from documents", "-o", csv), ""),
        (jixiao("review", dataset, "-o", page), str(page)),
        (jixiao("evaluate", dataset, ROOT / "data" / "reports" / "gold"), "precision"),
    ]
    for answer, said in answers:
        assert answer.exit_code == 0, answer.output
        assert said in answer.stdout
    assert csv.read_bytes().count(b"\n") == 4

    monkeypatch.chdir(dataset.parent)
    (dataset / "current").unlink()
    for asked in (dataset, Path(dataset.name)):
        answer = jixiao("status", "--", asked)
        assert answer.exit_code == 1
        assert str(asked) in answer.stderr
        remedy = shlex.split(answer.stderr.split("with: ")[1])
        assert (remedy[:2], Path(remedy[2])) == (["jixiao", "restore"], asked)
    assert jixiao(*remedy[1:]).exit_code == 0


@pytest.mark.slow
def test_an_ingestion_with_its_flow_publishes_and_ends_well(tmp_path: Path) -> None:
    dataset = tmp_path / "g[1]" / "r[" / "b]" / "[/b]" / ":smile: {x} %s #?*\n"
    made = jixiao("ingest", write_reports(tmp_path / "in [/i]", {"a.txt": "支出9万元。"}), dataset, "--workers", "1")
    assert made.exit_code == 0, made.output
    assert str(dataset / "current") in made.stdout


PAGES = (
    *("a{b}.html", "{}.html", "100%#.html", "a?b.html", "a:b.html", "it's \"so\".html", "a b.HTM", "<i>.html"),
    *("a\nb.html", "a\\b.html", "绩效.html"),
)


@pytest.mark.parametrize("name", PAGES)
def test_the_index_and_its_pages_find_each_other(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = write(tmp_path / "out", {"documents": [document(FIRST, chars=8), document(SECOND, chars=8)]})
    monkeypatch.setattr(review, "ONE_PAGE", 10)
    index, *pages = review.write(dataset, tmp_path / name)
    assert index == tmp_path / name
    links = re.findall(r'data-href="([^"]*)"', index.read_text(encoding="utf-8"))
    assert [(index.parent / unquote(link)).resolve() for link in links] == pages
    for page in pages:
        home = re.search(r'class="brand" href="([^"]*)"', page.read_text(encoding="utf-8"))
        assert home
        assert not re.match(r"[^/]*:", home[1]), "no scheme"
        assert (page.parent / unquote(home[1])).resolve() == index


@pytest.mark.parametrize(
    ("asked", "made"),
    [("page", "page.html"), ("page.2022", "page.2022.html"), ("p.txt", "p.txt.html"), ("p.htm", "p.htm")],
)
def test_a_page_without_its_suffix_gets_one(
    asked: str, made: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = write(tmp_path / "out", {"documents": [document(FIRST, chars=8), document(SECOND, chars=8)]})
    monkeypatch.setattr(review, "ONE_PAGE", 10)
    index, *pages = review.write(dataset, tmp_path / asked)
    assert (index, len(pages)) == (tmp_path / made, 2)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with chromium(tmp_path_factory.mktemp("chromium")) as page:
        yield page


@pytest.mark.parametrize("name", ["100%#.html", "a{b}.html"])
def test_a_browser_goes_there_and_back(
    browser: Page, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = {
        "documents": [document(one, chars=8, title=one) for one in (FIRST, SECOND)],
        "mentions": [mention(FIRST, 2, text="928万元", end=7)],
    }
    dataset = write(tmp_path / "out", tables)
    monkeypatch.setattr(review, "ONE_PAGE", 10)
    index = review.write(dataset, tmp_path / name)[0]
    browser.open(index.as_uri())
    browser.click("#reports tbody tr")
    assert FIRST in browser.driver.current_url
    browser.click(".brand")
    assert len(browser.all("#reports tbody tr")) == 2


def test_a_page_opens_at_an_address_that_no_one_wrote(browser: Page, tmp_path: Path) -> None:
    dataset = write(tmp_path / "out", {"documents": [document(FIRST, title="某局报告")]})
    index = review.write(dataset, tmp_path / "page.html")[0]
    browser.open(f"{index.as_uri()}#%")
    assert browser.all("#reports tbody tr")
    assert browser.complaints() == []


def test_older_snapshots_are_found_there_too(tmp_path: Path) -> None:
    dataset = tmp_path / "[1]"
    for one in (FIRST, SECOND):
        write(dataset, {"documents": [document(one)]})
    assert store.open(dataset, 1).pandas("documents")["doc_id"].tolist() == [FIRST]
    assert store.open(dataset).dataset("documents").count_rows() == 1
