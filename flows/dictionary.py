"""The data dictionary: docs/data-dictionary.md, made from the Arrow schemas by `make docs`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from extractors.dataset import SCHEMA_VERSION, SCHEMAS

PAGE = Path(__file__).parent.parent / "docs" / "data-dictionary.md"
TABLES = {
    "documents": "One row a report: what it says of itself, its text, and what read it.",
    "mentions": "One row a figure of the prose, with its place, its normalised value and what it speaks of.",
    "entities": "One row a name in the prose.",
    "indicators": "One row a line of a self-evaluation form's indicator table.",
    "funding": "One row a line of a form's money table, in 万元 whatever the form's unit.",
    "problems": "One row something that could not be read, and what would be right.",
}
HEADS = ("Column", "Type", "Unit", "Meaning", "Values", "Example", "Source")

_INTRODUCTION = f"""# Data dictionary

Schema version {SCHEMA_VERSION}. Made by `make docs` from `extractors/dataset.py`; the same descriptions stand in the
metadata of every column of the Parquet files. **Bold** columns are never null. Offsets count Unicode code points of
`documents.text`: `text[start:end]` is the figure, name or row as written.

The tables join on `doc_id`; `mentions.indicator_id` leads to the form's row that states the same figure. *Source* names
the section of the annotation guideline that defines the column. Examples are values of the dataset that `make run`
makes of `data/reports`; those of a table mostly come from one row.

`mentions.sentence` is a stretch of `documents.text`: a file with wrapped lines keeps its line breaks there, as `text`
does, so that both are found again in the report. `replace(sentence, chr(10), '')` writes it in one line.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_INTRODUCTION, *(line for name in SCHEMAS for line in _table(name))])


def facts(field: pa.Field) -> dict[str, str]:
    """What a column's metadata says of it."""
    return {key.decode(): text.decode() for key, text in (field.metadata or {}).items()}


def _table(name: str) -> Iterator[str]:
    yield f"## {name}\n\n{TABLES[name]}\n"
    yield _row(HEADS)
    yield _row(["---"] * len(HEADS))
    for field in SCHEMAS[name]:
        known = facts(field)
        title = f"`{field.name}`" if field.nullable else f"**`{field.name}`**"
        told = [known.get(key, "") for key in ("unit", "description", "values", "example", "source")]
        yield _row([title, str(field.type), *told])
    yield ""


def _row(cells: list[str] | tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
