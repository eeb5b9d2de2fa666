"""A run does what is new or changed, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from extractors.dataset import SCHEMA_VERSION
from extractors.errors import DatasetError
from flows import plan, publish, store
from tests.flows.support import contents, files, ingest, rows, texts, write_reports


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_reports(tmp_path / "in", texts(12))


@pytest.fixture
def dataset(tmp_path: Path, source: Path) -> Path:
    ingest(source, tmp_path / "out")
    return tmp_path / "out"


def sources(dataset: Path) -> set[str]:
    return {row["source"] for row in rows(dataset, "documents")}


def fresh(source: Path, tmp_path: Path) -> dict[str, Any]:
    """What a first run over the folder as it is now makes."""
    ingest(source, tmp_path / "fresh")
    return contents(tmp_path / "fresh")


def test_nothing_to_do_publishes_nothing(source: Path, dataset: Path) -> None:
    before = store.require_current(dataset)
    made = ingest(source, dataset)
    assert (made.new, made.changed, made.redone, made.skipped) == (0, 0, 0, 12)
    assert not made.published
    assert store.require_current(dataset) == before


def test_a_new_report_touches_only_its_bucket(source: Path, dataset: Path) -> None:
    before = files(store.require_current(dataset))
    write_reports(source, {"new.txt": "新报告：完成数7个。"})
    made = ingest(source, dataset)
    assert (made.new, made.skipped) == (1, 12)
    after = files(store.require_current(dataset))
    new = next(row["doc_id"] for row in rows(dataset, "documents") if row["source"] == "new.txt")
    part = Path(store.part("", plan.bucket(new, plan.FEWEST_BUCKETS))).name
    assert {Path(path).name for path in after if after[path] != before.get(path)} == {part}


def test_unchanged_files_are_shared_by_hard_link(source: Path, dataset: Path) -> None:
    old = store.require_current(dataset)
    write_reports(source, {"new.txt": "新报告：完成数7个。"})
    ingest(source, dataset)
    new = store.require_current(dataset)
    same = [path for path, digest in files(new).items() if files(old).get(path) == digest]
    assert len(same) > 10
    assert all((old / path).stat().st_ino == (new / path).stat().st_ino for path in same)


def test_files_are_copied_where_links_fail(source: Path, dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(old: Path, new: Path) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    write_reports(source, {"new.txt": "新报告：完成数7个。"})
    ingest(source, dataset)
    assert len(sources(dataset)) == 13
    files(store.require_current(dataset))


def test_a_changed_report_replaces_its_rows(source: Path, dataset: Path, tmp_path: Path) -> None:
    write_reports(source, {"003.txt": "改过的报告：完成数99个。"})
    made = ingest(source, dataset)
    assert (made.new, made.changed, made.removed) == (0, 1, 1)
    assert len(sources(dataset)) == 12
    assert contents(dataset) == fresh(source, tmp_path)


def test_a_vanished_report_stays_until_pruned(source: Path, dataset: Path, tmp_path: Path) -> None:
    (source / "003.txt").unlink()
    assert not ingest(source, dataset).published
    assert "003.txt" in sources(dataset)
    made = ingest(source, dataset, prune=True)
    assert made.removed == 1
    assert contents(dataset) == fresh(source, tmp_path)


def test_a_new_version_redoes_everything(source: Path, dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDIN_VERSION", "1")
    made = ingest(source, dataset)
    assert (made.redone, made.skipped) == (12, 0)
    assert {row["extractor_version"] for row in rows(dataset, "documents")} == {"1+jieba"}


def test_a_new_lexicon_redoes_everything(source: Path, dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDIN_DIGEST", "another")
    assert ingest(source, dataset).redone == 12
    assert {row["lexicon_digest"] for row in rows(dataset, "documents")} == {"another"}


def test_a_vanished_report_is_redone_from_its_stored_text(
    source: Path, dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(dataset, "mentions")
    (source / "003.txt").unlink()
    monkeypatch.setenv("STANDIN_VERSION", "1")
    assert ingest(source, dataset).redone == 12
    assert rows(dataset, "mentions") == before


def test_the_same_text_under_two_names_is_one_document(source: Path, dataset: Path) -> None:
    write_reports(source, {"copy/of.txt": (source / "003.txt").read_text(encoding="utf-8")})
    made = ingest(source, dataset)
    assert (made.new, made.skipped, made.published) == (0, 12, True)
    documents = rows(dataset, "documents")
    assert len(documents) == 12
    assert ("003.txt", ["copy/of.txt"]) in [(row["source"], row["other_sources"]) for row in documents]


def test_a_renamed_report_is_not_extracted_again(source: Path, dataset: Path, tmp_path: Path) -> None:
    (source / "003.txt").rename(source / "renamed.txt")
    made = ingest(source, dataset)
    assert (made.new, made.changed, made.redone, made.removed) == (0, 0, 0, 0)
    assert contents(dataset) == fresh(source, tmp_path)


def test_reports_swap_names(source: Path, dataset: Path, tmp_path: Path) -> None:
    (source / "003.txt").rename(source / "x.txt")
    (source / "004.txt").rename(source / "003.txt")
    (source / "x.txt").rename(source / "004.txt")
    assert ingest(source, dataset).redone == 0
    assert contents(dataset) == fresh(source, tmp_path)


def test_more_reports_than_buckets_hold_split_the_buckets(
    source: Path, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(dataset)
    monkeypatch.setattr(plan, "DOCS_PER_BUCKET", 12 / plan.FEWEST_BUCKETS)
    write_reports(source, {"new.txt": "新报告：完成数7个。"})
    made = ingest(source, dataset)
    assert made.skipped == 12
    assert store.manifest(store.require_current(dataset)).buckets == 4 * plan.FEWEST_BUCKETS
    after = contents(dataset)
    assert [row for row in before["mentions"] if row not in after["mentions"]] == []
    assert len(after["documents"]) == 13
    assert files(store.require_current(dataset)) == _files_of_fresh(source, tmp_path)


def _files_of_fresh(source: Path, tmp_path: Path) -> dict[str, str]:
    ingest(source, tmp_path / "fresh")
    return files(store.require_current(tmp_path / "fresh"))


def test_same_input_same_bytes(source: Path, dataset: Path, tmp_path: Path) -> None:
    assert files(store.require_current(dataset)) == _files_of_fresh(source, tmp_path)


@pytest.mark.slow
def test_one_process_and_three_make_the_same_bytes(source: Path, dataset: Path, tmp_path: Path) -> None:
    ingest(source, tmp_path / "one", workers=1, batch=5)
    ingest(source, tmp_path / "three", workers=3, batch=1)
    one, three = (files(store.require_current(tmp_path / name)) for name in ("one", "three"))
    assert one == three == files(store.require_current(dataset))


def test_an_older_schema_is_rewritten_as_a_whole(source: Path, dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (plan, publish):
        monkeypatch.setattr(module, "SCHEMA_VERSION", SCHEMA_VERSION + 1)
    made = ingest(source, dataset)
    assert made.redone == 12
    assert store.manifest(store.require_current(dataset)).schema_version == SCHEMA_VERSION + 1


def test_a_newer_schema_is_refused(source: Path, dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "SCHEMA_VERSION", SCHEMA_VERSION - 1)
    with pytest.raises(DatasetError, match=rf"written with schema {SCHEMA_VERSION}.*install the newer Jixiao"):
        ingest(source, dataset)


def test_a_rereading_that_took_too_long_is_tried_again(
    source: Path, dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_reports(source, {"late.txt": "慢LATE：数3个。"})
    ingest(source, dataset)
    with monkeypatch.context() as patch:
        patch.setenv("STANDIN_VERSION", "1")
        patch.setenv("STANDIN_HANGS", "LATE")
        ingest(source, dataset, timeout=1.0)
        (late,) = rows(dataset, "problems")
        assert (late["source"], late["stage"], late["kept"]) == ("late.txt", "timeout", [late["doc_id"]])
        assert not ingest(source, dataset, timeout=1.0).published
        patch.delenv("STANDIN_HANGS")
        assert ingest(source, dataset).published
    assert rows(dataset, "problems") == []
    assert {row["extractor_version"] for row in rows(dataset, "documents")} == {"1+jieba"}


def test_an_empty_source_prunes_nothing(source: Path, dataset: Path) -> None:
    for path in source.iterdir():
        path.unlink()
    with pytest.raises(DatasetError, match="holds no report"):
        ingest(source, dataset, prune=True)
    assert len(sources(dataset)) == 12
