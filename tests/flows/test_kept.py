"""What is in the dataset stays there until the new reading has succeeded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from extractors.dataset import SCHEMA_VERSION
from extractors.errors import DatasetError
from flows import plan, publish, run, store, summary, work
from tests.flows.support import Inline, contents, ingest, inline, rows, texts, write_reports


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    inline(monkeypatch)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_reports(tmp_path / "in", texts(12))


@pytest.fixture
def dataset(tmp_path: Path, source: Path, quick: None) -> Path:
    ingest(source, tmp_path / "out")
    return tmp_path / "out"


def sources(dataset: Path) -> set[str]:
    return {row["source"] for row in rows(dataset, "documents")}


def fresh(source: Path, tmp_path: Path) -> dict[str, Any]:
    """What a first run over the folder as it is now makes."""
    ingest(source, tmp_path / "fresh")
    return contents(tmp_path / "fresh")


def during(patch: pytest.MonkeyPatch, deed: Callable[[], object]) -> None:
    """Let something happen to the folder between listing and reading."""

    class Late(Inline):
        def extract(self, piece: work.Piece, limit: float) -> work.Done:
            deed()
            return super().extract(piece, limit)

    patch.setattr(run, "Pool", Late)


def failures(dataset: Path) -> list[tuple[str, str, str, list[str]]]:
    """Path, stage and reason of every report that failed, and the paths of those whose rows stay in its place."""
    names = {row["doc_id"]: row["source"] for row in rows(dataset, "documents")}
    return [
        (row["source"], row["stage"], row["reason"], [names[identity] for identity in row["kept"]])
        for row in rows(dataset, "problems")
        if row["kept"] is not None
    ]


@pytest.mark.parametrize("prune", [False, True])
def test_a_report_that_changed_and_vanished_meanwhile_stays_as_it_was(
    source: Path, dataset: Path, monkeypatch: pytest.MonkeyPatch, *, prune: bool
) -> None:
    before = rows(dataset, "mentions")
    changed = source / "003.txt"
    changed.write_text("改过的报告：完成数99个。", encoding="utf-8")
    with monkeypatch.context() as patch:
        during(patch, changed.unlink)
        made = ingest(source, dataset, prune=prune)
    assert [(failure.source, failure.stage) for failure in made.failures] == [("003.txt", "open")]
    assert rows(dataset, "mentions") == before
    ((name, stage, reason, kept),) = failures(dataset)
    assert (name, stage, kept) == ("003.txt", "open", ["003.txt"])
    assert reason == made.failures[0].reason == "No such file or directory; what was read earlier stays"
    ingest(source, dataset, prune=prune)
    assert failures(dataset) == []
    assert ("003.txt" in sources(dataset)) is not prune


def test_a_report_that_was_away_for_a_moment_is_read_by_the_next_run(
    source: Path, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_reports(source, {"003.txt": "改过的报告：完成数99个。"})
    with monkeypatch.context() as patch:
        during(patch, lambda: (source / "003.txt").rename(tmp_path / "aside"))
        ingest(source, dataset)
    assert [kept for *_, kept in failures(dataset)] == [["003.txt"]]
    (tmp_path / "aside").rename(source / "003.txt")
    assert ingest(source, dataset).removed == 1
    assert contents(dataset) == fresh(source, tmp_path)


def test_a_report_that_is_being_written_is_read_when_it_is_complete(
    source: Path, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(dataset, "mentions")
    half, whole = "改过的报告：", "改过的报告：完成数99个。"
    write_reports(source, {"003.txt": half})
    with monkeypatch.context() as patch:
        during(patch, lambda: write_reports(source, {"003.txt": whole}))
        ingest(source, dataset)
    assert rows(dataset, "mentions") == before
    assert "the file changed during the run" in failures(dataset)[0][2]
    ingest(source, dataset)
    assert contents(dataset) == fresh(source, tmp_path)


def test_a_report_that_cannot_be_read_any_more_keeps_what_was_read(source: Path, dataset: Path, tmp_path: Path) -> None:
    before = rows(dataset, "mentions")
    write_reports(source, {"003.txt": "", "004.txt": "BUG"})
    ingest(source, dataset, prune=True)
    assert rows(dataset, "mentions") == before
    assert {(name, stage, *kept) for name, stage, _, kept in failures(dataset)} == {
        ("003.txt", "read", "003.txt"),
        ("004.txt", "extract", "004.txt"),
    }
    assert not ingest(source, dataset, prune=True).published
    write_reports(source, {"003.txt": "改过的报告：完成数99个。", "004.txt": "又一份：数3个。"})
    ingest(source, dataset)
    assert contents(dataset) == fresh(source, tmp_path)


@pytest.mark.parametrize("gone", [False, True])
def test_a_failed_rereading_keeps_rows_and_text(
    source: Path, dataset: Path, monkeypatch: pytest.MonkeyPatch, *, gone: bool
) -> None:
    before = contents(dataset)
    text = (source / "003.txt").read_text(encoding="utf-8")
    if gone:
        (source / "003.txt").unlink()
    monkeypatch.setenv("STANDIN_VERSION", "1")
    monkeypatch.setenv("STANDIN_FAILS", text)
    made = ingest(source, dataset)
    assert [failure.source for failure in made.failures] == ["003.txt"]
    assert [(name, stage, kept) for name, stage, _, kept in failures(dataset)] == [("003.txt", "extract", ["003.txt"])]
    assert rows(dataset, "mentions") == before["mentions"]
    versions = {row["source"]: row["extractor_version"] for row in rows(dataset, "documents")}
    assert versions.pop("003.txt") == "0+jieba"
    assert set(versions.values()) == {"1+jieba"}
    monkeypatch.setenv("STANDIN_VERSION", "2")
    ingest(source, dataset)
    assert [(name, stage, kept) for name, stage, _, kept in failures(dataset)] == [("003.txt", "extract", ["003.txt"])]
    monkeypatch.setenv("STANDIN_FAILS", "nothing")
    assert not ingest(source, dataset).published
    monkeypatch.setenv("STANDIN_VERSION", "3")
    ingest(source, dataset)
    assert failures(dataset) == []
    assert rows(dataset, "mentions") == before["mentions"]


def test_what_a_known_report_replaced_goes_though_the_new_version_fails_on_that(
    source: Path, dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = (source / "004.txt").read_text(encoding="utf-8")
    write_reports(source, {"003.txt": known})
    monkeypatch.setenv("STANDIN_VERSION", "1")
    monkeypatch.setenv("STANDIN_FAILS", known)
    assert ingest(source, dataset).removed == 1
    assert [row["text"] for row in rows(dataset, "documents") if row["source"] == "003.txt"] == [known]
    assert failures(dataset)[0][3] == ["003.txt"]


def test_rows_of_an_older_schema_stay_where_the_new_reading_fails(
    source: Path, dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (source / "003.txt").read_text(encoding="utf-8")
    write_reports(source, {"copy.txt": text, "more.txt": text, "bad.txt": "BUG"})
    ingest(source, dataset)
    before = contents(dataset)
    _make_older(store.require_current(dataset))
    for name in ("copy.txt", "more.txt", "003.txt", "004.txt"):
        (source / name).unlink()
    monkeypatch.setenv("STANDIN_BROKEN", "1")
    ingest(source, dataset)
    after = contents(dataset)
    assert after["mentions"] == before["mentions"]
    assert [row | {"other_sources": None} for row in after["documents"]] == [
        row | {"other_sources": None, "bytes": 0} for row in before["documents"]
    ]
    copies = [row["other_sources"] for row in after["documents"] if row["source"] == "003.txt"]
    assert copies == [["copy.txt", "more.txt"]]
    assert len(failures(dataset)) == len(after["problems"]) == 13


def _make_older(snapshot: Path) -> None:
    """Let the snapshot be as an older version wrote it: paths joined, one column missing, one that is no more."""
    manifest = store.manifest(snapshot)
    parts = dict(manifest.parts)
    for name in parts:
        table = pq.ParquetFile(snapshot / name).read()
        if name.startswith("documents/"):
            joined = ["\n".join(names) if names else None for names in table["other_sources"].to_pylist()]
            table = table.drop_columns(["other_sources", "bytes"]).append_column("strange", pa.array([1] * len(table)))
            parts[name] = publish.write_table(
                table.append_column("other_sources", pa.array(joined, pa.string())), snapshot / name
            )
        if name.startswith("problems/"):
            parts[name] = publish.write_table(table.drop_columns(["other_sources", "kept"]), snapshot / name)
    store.write_manifest(snapshot, replace(manifest, schema_version=SCHEMA_VERSION - 1, parts=parts))


def test_most_of_many_reports_are_not_pruned_at_once(
    source: Path, dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "FEW", 6)
    for number in range(7):
        (source / f"{number:03}.txt").unlink()
    with pytest.raises(DatasetError, match=r"the files of 7 of 12 reports are gone.*nothing was changed\. Mount it"):
        ingest(source, dataset, prune=True)
    assert not ingest(source, dataset).published
    assert len(sources(dataset)) == 12
    monkeypatch.setattr(plan, "FEW", 7)
    made = ingest(source, dataset, prune=True)
    assert made.retired == tuple(f"{number:03}.txt" for number in range(7))
    assert "## Retired reports (7)" in summary.markdown(made)
    assert "| 006.txt |" in summary.markdown(made)
    assert len(sources(dataset)) == 5
