"""What the review page shows of a report: its rows of every table, and its text marked with them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from extractors.dataset import Row
from flows import paper
from flows.paper import Block, Layer, Mark
from flows.query import Session

UNSURE = 0.6
"""A link below this confidence counts as unsure."""
CATEGORIES = ("产出", "效益", "满意度", "决策", "过程", "")
REPORTS_PER_READ = 100
FIGURE = (
    *("mention_id", "kind", "text", "start", "end", "value", "value_max", "unit", "currency", "bound", "change"),
    *("date_start", "date_end", "role", "category", "subcategory", "stage", "item", "year", "payer", "payee"),
    *("indicator_id", "section", "rule", "evidence", "confidence"),
)
"""What the page knows of a figure; of a form's row it knows all."""
LABELS = {"ORG": "机构", "GPE": "地名", "PROJECT": "项目", "POLICY": "文件", "EVENT": "活动"}
FACTS = {
    "org": "单位",
    "region": "地区",
    "fiscal_year": "年度",
    "project": "项目",
    "self_score": "自评分",
    "grade": "等级",
    "source": "文件",
}


@dataclass(frozen=True)
class Dossier:
    """One report for the page's template; `data` is what its script reads."""

    doc_id: str
    title: str
    facts: list[tuple[str, object]]
    blocks: list[Block]
    figures: list[Row]
    names: list[str]
    indicators: list[tuple[str | None, list[Row]]]
    funding: list[tuple[str | None, list[Row]]]
    problems: list[Row]
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Contents:
    """The index: its reports, the files that could not be read, and sums."""

    reports: list[Row]
    unread: list[Row]
    figures: int
    problems: int


def overview(session: Session, doc: str | None) -> list[Row]:
    """The reports asked for, by `doc_id` (or its beginning) or file name, with what an index shows of each."""
    chosen = "" if doc is None else f"where starts_with(doc_id, {_quoted(doc)}) or source = {_quoted(doc)}"
    columns = "doc_id, source, coalesce(title, source) as title, org, region, fiscal_year, self_score, grade, chars"
    found = rows(session, f"select {columns} from documents {chosen} order by source")
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    unsure, problems = Counter[str](), Counter[str]()
    low = f"count(*) filter (confidence < {UNSURE})"
    for row in rows(session, f"select doc_id, category, count(*) as n, {low} as low from mentions group by all"):
        counts[row["doc_id"]][row["category"] or ""] = row["n"]
        unsure[row["doc_id"]] += row["low"]
    for row in rows(session, "select doc_id, count(*) as n from problems where doc_id is not null group by doc_id"):
        problems[row["doc_id"]] = row["n"]
    for row in found:
        count = counts[row["doc_id"]]
        row["categories"] = [(category, count[category]) for category in CATEGORIES if count[category]]
        row |= {"figures": count.total(), "unsure": unsure[row["doc_id"]], "problems": problems[row["doc_id"]]}
    return found


def contents(session: Session, found: Sequence[Row], before: str, behind: str = "") -> Contents:
    """The index of the reports; a link to one is its `doc_id` with what stands before and behind it."""
    for row in found:
        row["href"] = f"{before}{row['doc_id']}{behind}"
    unread = rows(
        session, "select source, stage, reason from problems anti join documents using (doc_id) order by source"
    )
    figures, problems = (sum(row[name] for row in found) for name in ("figures", "problems"))
    return Contents(list(found), unread, figures, problems)


def dossiers(session: Session, found: Sequence[Row]) -> Iterator[Dossier]:
    """The reports in their order, read some at a time."""
    for first in range(0, len(found), REPORTS_PER_READ):
        wanted = [row["doc_id"] for row in found[first : first + REPORTS_PER_READ]]
        names = ", ".join(map(_quoted, wanted))
        tables = {
            table: _by_report(rows(session, f"from {table} where doc_id in ({names}) order by start"))
            for table in ("mentions", "entities", "indicators", "funding", "problems")
        }
        docs = {row["doc_id"]: row for row in rows(session, f"from documents where doc_id in ({names})")}
        for identity in wanted:
            yield _dossier(docs[identity], {table: kept.get(identity, []) for table, kept in tables.items()})


def rows(session: Session, sql: str) -> list[Row]:
    """The answer's rows as plain values."""
    found: list[Row] = session.ask(sql).read_all().to_pylist()
    return found


def _by_report(found: Sequence[Row]) -> dict[str, list[Row]]:
    kept: defaultdict[str, list[Row]] = defaultdict(list)
    for row in found:
        kept[row["doc_id"]].append(row)
    return kept


def _dossier(doc: Row, tables: Mapping[str, list[Row]]) -> Dossier:
    figures = [{name: row[name] for name in FIGURE} for row in tables["mentions"]]
    flawed = _flawed_lines(doc["text"], tables["problems"])
    for figure in figures:
        figure["flawed"] = doc["text"].count("\n", 0, figure["start"]) in flawed
    indicators = [row | {"index": index} for index, row in enumerate(tables["indicators"])]
    return Dossier(
        doc_id=doc["doc_id"],
        title=doc["title"] or doc["source"],
        facts=[(label, _plain(doc[name])) for name, label in FACTS.items() if doc[name] is not None],
        blocks=paper.blocks(doc["text"], list(_marks(tables))),
        figures=figures,
        names=[LABELS[row["label"]] for row in tables["entities"]],
        indicators=_by_project(indicators),
        funding=_by_project(tables["funding"]),
        problems=tables["problems"],
        data={"figures": figures, "rows": indicators, "sections": _sections(figures)},
    )


def _marks(tables: Mapping[str, list[Row]]) -> Iterator[Mark]:
    layers: dict[str, Layer] = {"mentions": "figure", "entities": "name", "problems": "flaw"}
    for table, layer in layers.items():
        for index, row in enumerate(tables[table]):
            if row["start"] is not None:
                yield Mark(layer, index, row["start"], row["end"])
    for index, row in enumerate(tables["indicators"]):
        for cell in ("target", "actual"):
            if row[f"{cell}_start"] is not None:
                yield Mark("row", index, row[f"{cell}_start"], row[f"{cell}_end"])


def _flawed_lines(text: str, problems: Sequence[Row]) -> set[int]:
    """The numbers of the lines in which something could not be read."""
    return {text.count("\n", 0, row["start"]) for row in problems if row["start"] is not None}


def _sections(figures: Sequence[Row]) -> list[str]:
    """The heading paths that hold figures, in the order of the text."""
    return list(dict.fromkeys(figure["section"] for figure in figures))


def _by_project(found: Sequence[Row]) -> list[tuple[str | None, list[Row]]]:
    return [(project, list(group)) for project, group in groupby(found, key=lambda row: row["project"])]


def _plain(value: object) -> object:
    return f"{value:g}" if isinstance(value, float) else value


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
