"""The review page: every figure on the page that it came from, in one HTML file that needs no network.

A few reports share one page, with an index in front; of many, each gets a page of its own beside the index, because a
browser should not have to read a thousand reports to show one.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from extractors.dataset import Row
from extractors.errors import JixiaoError
from flows import store
from flows.dossier import Contents, Dossier, contents, dossiers, overview
from flows.query import Session, session

TEMPLATES = Path(__file__).with_name("templates")
SCRIPTS = ("page.js", "figure.js", "search.js", "hands.js")
SUFFIXES = (".html", ".htm")
"""What browsers open; another name gets `.html` behind it."""
ONE_PAGE = 300_000
"""Characters of text that one page may hold: about a hundred reports, a few megabytes that open at once."""


class ReviewError(JixiaoError):
    """The page can't be made as asked."""


def write(dataset: Path, output: Path, doc: str | None = None) -> list[Path]:
    """Write the page, or the index and its pages; answers the files, the one to open first."""
    page = output if output.suffix.lower() in SUFFIXES else output.with_name(f"{output.name}.html")
    with session(dataset) as reader:
        found = overview(reader, doc)
        if doc is not None and not found:
            raise ReviewError(
                f"{dataset}: no report {doc!r}; give the doc_id, its beginning, or the file's name; this lists them: "
                f'jixiao query {store.quoted(dataset)} "select doc_id, source, title from documents"'
            )
        try:
            return list(_write(reader, found, page, alone=doc is not None and len(found) == 1))
        except OSError as error:
            raise ReviewError(f"{page}: can't be written ({error.strerror}); choose another place with -o") from None


def _write(reader: Session, found: Sequence[Row], output: Path, *, alone: bool) -> Iterator[Path]:
    if alone:
        yield _save(output, list(dossiers(reader, found)), None, home="#")
    elif sum(row["chars"] for row in found) <= ONE_PAGE:
        yield _save(output, list(dossiers(reader, found)), contents(reader, found, "#doc-"), home="#")
    else:
        yield _save(output, [], contents(reader, found, f"{_address(output.stem)}/", ".html"), home="#")
        folder = output.with_suffix("")
        folder.mkdir(exist_ok=True)
        for report in dossiers(reader, found):
            yield _save(folder / f"{report.doc_id}.html", [report], None, home=f"../{_address(output.name)}")


def _save(output: Path, reports: Sequence[Dossier], index: Contents | None, home: str) -> Path:
    page = _template().render(
        reports=reports,
        index=index,
        home=home,
        page_title="绩效自评报告核对页" if index else reports[0].title,
        script_hash=f"sha256-{_digest(_script())}",
    )
    output.write_text(page, encoding="utf-8")
    return output


def _address(name: str) -> str:
    """The file's name as a link writes it.

    >>> _address("100%#{a}.html")
    '100%25%23%7Ba%7D.html'
    """
    return quote(os.fsencode(name))


def number(value: float | None) -> str:
    """A number as one would write it.

    >>> number(1290.8), number(98.0), number(None)
    ('1,290.8', '98', '')
    """
    return "" if value is None else f"{value:,.6f}".rstrip("0").rstrip(".")


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":"), "default": str}
    environment.filters["number"] = number
    environment.globals["script"] = Markup(_script())
    environment.globals["style"] = Markup(_asset("review.css"))
    environment.globals["version"] = version("jixiao")
    return environment.get_template("review.html")


def _asset(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8").strip()


def _script() -> str:
    """The page's one script: its files in a block of their own, so that they share names with nobody else."""
    return "\n".join(['"use strict";', "{", *map(_asset, SCRIPTS), "}"])


def _digest(script: str) -> str:
    """The hash by which the page's policy knows its one script."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
