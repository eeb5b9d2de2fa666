"""A dataset that was copied, turned back, damaged or read while it is written: nothing is lost, and it is said."""

from __future__ import annotations

import os
import shlex
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from extractors.dataset import SCHEMAS
from extractors.errors import DatasetError
from flows import mend, store
from flows.cli import app
from tests.flows.made import document, mention, write
from tests.flows.support import contents, files, ingest, rows, texts, write_reports

OTHER = "f" * 32


def jixiao(*arguments: object) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_reports(tmp_path / "in", texts(6))


@pytest.fixture
def dataset(tmp_path: Path, source: Path) -> Path:
    """Three snapshots; the last holds a report whose file is gone."""
    for number in range(3):
        write_reports(source, {f"new{number}.txt": f"新报告{number}：完成数7个。"})
        ingest(source, tmp_path / "out")
    (source / "003.txt").unlink()
    return tmp_path / "out"


def relink(dataset: Path, target: str) -> None:
    (dataset / "current").unlink()
    (dataset / "current").symlink_to(target)


def as_folder(dataset: Path) -> None:
    """What `cp -rL` makes of it."""
    live = (dataset / "current").resolve()
    (dataset / "current").unlink()
    shutil.copytree(live, dataset / "current")


def as_folder_alone(dataset: Path) -> None:
    """What a download of `current` makes of it."""
    as_folder(dataset)
    shutil.rmtree(dataset / "snapshots")


def as_file(dataset: Path) -> None:
    """What a zip without links makes of it."""
    (dataset / "current").unlink()
    (dataset / "current").write_text("snapshots/3", encoding="utf-8")


def dangling(dataset: Path) -> None:
    relink(dataset, "snapshots/9")


def elsewhere(dataset: Path) -> None:
    shutil.copytree(dataset / "current", dataset.parent / "3")
    relink(dataset, "../3")


ASTRAY: dict[str, tuple[Callable[[Path], None], str]] = {
    "lost": (lambda dataset: (dataset / "current").unlink(), "no link `current`"),
    "folder": (as_folder, "`current` is a folder"),
    "folder alone": (as_folder_alone, "`current` is a folder"),
    "file": (as_file, "`current` is a file"),
    "dangling": (dangling, "leads to snapshots/9, which is not there"),
    "elsewhere": (elsewhere, "which is no snapshot of this dataset"),
}


@pytest.mark.parametrize(("harm", "said"), ASTRAY.values(), ids=ASTRAY)
def test_a_dataset_without_its_link_is_refused_and_restored(
    source: Path, dataset: Path, harm: Callable[[Path], None], said: str, tmp_path: Path
) -> None:
    whole = contents(dataset)
    harm(dataset)
    before = sorted(path.relative_to(dataset) for path in dataset.rglob("*"))
    with pytest.raises(DatasetError, match=said) as refused:
        ingest(source, dataset)
    for command in (["query", dataset, "select 1"], ["status", dataset], ["show", dataset], ["review", dataset]):
        answer = jixiao(*command)
        assert (answer.exit_code, said in answer.stderr) == (1, True), answer.output
    assert jixiao("evaluate", dataset, Path("data/reports/gold").resolve()).exit_code == 1
    assert sorted(path.relative_to(dataset) for path in dataset.rglob("*")) == before, "nothing was changed"
    remedy = str(refused.value).split("with: ")[1]
    assert jixiao(*shlex.split(remedy)[1:]).exit_code == 0
    assert contents(dataset) == whole
    made = ingest(source, dataset)
    assert (made.removed, made.skipped, made.published) == (0, 9, False)
    assert contents(dataset) == whole


def test_what_a_killed_run_did_not_publish_is_no_snapshot(source: Path, tmp_path: Path) -> None:
    """Killed between the two renames of the first publication: no link, and nothing is amiss."""
    dataset = tmp_path / "out"
    ingest(source, dataset)
    (dataset / "current").unlink()
    (dataset / ".work" / f"{store.UNPUBLISHED}1").touch()
    assert store.current(dataset) is None
    assert ingest(source, dataset).new == 6
    assert store.snapshots(dataset) == [1]
    assert not list((dataset / ".work").rglob("*"))


def test_a_snapshot_that_current_leads_to_is_published_whatever_its_mark_says(source: Path, dataset: Path) -> None:
    """Killed right behind the second rename: the rescue may not take the newest snapshot for a leftover."""
    newest = contents(dataset)
    (dataset / ".work" / f"{store.UNPUBLISHED}3").touch()
    assert store.snapshots(dataset) == [1, 2, 3]
    assert jixiao("restore", dataset).exit_code == 0
    assert ingest(source, dataset).snapshot == 3
    assert contents(dataset) == newest


def test_a_mark_is_no_number_to_take(dataset: Path) -> None:
    (dataset / ".work" / f"{store.UNPUBLISHED}3").touch()
    as_folder(dataset)
    answer = jixiao("restore", dataset)
    assert answer.exit_code == 0, answer.output
    assert store.open(dataset).number == 4


def test_what_a_share_holds_on_to_stops_no_run(
    source: Path, dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network file system keeps a removed file under another name while somebody reads it."""
    remove = shutil.rmtree

    def held(path: Path, ignore_errors: bool = False) -> None:
        if Path(path).name.startswith(store.GONE):
            if ignore_errors:
                return
            raise OSError(39, "Directory not empty", str(path))
        remove(path, ignore_errors=ignore_errors)

    monkeypatch.setattr(shutil, "rmtree", held)
    for number in range(2):
        write_reports(source, {f"night{number}.txt": f"又一夜{number}：完成数3个。"})
        assert ingest(source, dataset).published


@pytest.mark.parametrize("table", SCHEMAS)
def test_the_way_back_is_told_whichever_table_is_damaged(dataset: Path, table: str) -> None:
    cut(largest(dataset, table))
    for check in ((), ("--check",)):
        answer = jixiao("status", dataset, *check)
        assert answer.exit_code == 1
        assert f"{table}/part-" in answer.stderr
        assert "put the files back" in answer.stderr


def test_a_return_to_an_older_snapshot_keeps_the_later(source: Path, dataset: Path) -> None:
    later = contents(dataset)
    relink(dataset, "snapshots/1")
    assert store.snapshots(dataset) == [1, 2, 3]
    assert ingest(source, dataset).snapshot == 4
    assert store.snapshots(dataset) == [1, 2, 3, 4]
    assert jixiao("restore", dataset, 3).exit_code == 0
    assert contents(dataset) == later


def test_readers_open_by_number_and_say_which_there_are(dataset: Path) -> None:
    assert store.open(str(dataset), 1).table("documents").num_rows == 7
    assert store.open(dataset).number == 3
    for number in (0, 9):
        with pytest.raises(DatasetError, match=f"no snapshot {number}; there are: 1, 2, 3"):
            store.open(dataset, number)
    with pytest.raises(DatasetError, match="no table 'mention'; choose one of: documents, mentions"):
        store.open(dataset).table("mention")


def test_a_snapshot_reads_the_same_as_table_frame_and_dataset(dataset: Path) -> None:
    snapshot = store.open(dataset)
    for name, schema in SCHEMAS.items():
        whole = snapshot.table(name)
        assert whole.column_names == schema.names
        assert snapshot.dataset(name).to_table().equals(whole)
        assert len(snapshot.pandas(name)) == whole.num_rows == snapshot.manifest.rows(name)
    assert snapshot.table("mentions", ["text", "value"]).column_names == ["text", "value"]


def aged(dataset: Path, number: int, seconds: float) -> None:
    """As if the snapshot had been superseded so long ago."""
    moment = time.time() - seconds
    os.utime(dataset / "snapshots" / str(number), (moment, moment))


def republished(dataset: Path, number: int) -> None:
    write(dataset, {"documents": [document(f"{number:032x}")]})


def test_a_snapshot_goes_when_seven_are_newer_and_a_day_is_over(tmp_path: Path) -> None:
    for number in range(1, 11):
        republished(tmp_path, number)
    assert store.snapshots(tmp_path) == list(range(1, 11)), "ten runs in a moment push nothing out"
    for number in (1, 2, 6):
        aged(tmp_path, number, store.KEPT_SECONDS + 60)
    aged(tmp_path, 3, store.KEPT_SECONDS - 60)
    republished(tmp_path, 11)
    assert store.snapshots(tmp_path) == list(range(3, 12))
    assert not list((tmp_path / ".work").iterdir())


def test_the_day_begins_when_a_newer_snapshot_takes_the_place(tmp_path: Path) -> None:
    republished(tmp_path, 1)
    aged(tmp_path, 1, 9 * store.KEPT_SECONDS)
    for number in range(2, 11):
        republished(tmp_path, number)
    assert store.snapshots(tmp_path) == list(range(1, 11))


def test_the_current_snapshot_never_goes(tmp_path: Path) -> None:
    for number in range(1, 11):
        republished(tmp_path, number)
    relink(tmp_path, "snapshots/1")
    for number in range(1, 11):
        aged(tmp_path, number, 9 * store.KEPT_SECONDS)
    republished(tmp_path, 11)
    assert store.snapshots(tmp_path) == [1, *range(5, 12)], "the one that was current has its day"


def test_idle_nights_push_out_nothing(tmp_path: Path) -> None:
    for number in (1, 2, 2, 2):
        republished(tmp_path, number)
    assert store.snapshots(tmp_path) == [1, 2]


def flip(path: Path, place: int) -> None:
    """One bit rots; the file is no longer shared with other snapshots."""
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.unlink()
    path.write_bytes(data)


def largest(dataset: Path, table: str) -> Path:
    return max(store.open(dataset).parts(table), key=lambda path: path.stat().st_size)


def test_every_flipped_bit_is_named_by_the_check(dataset: Path) -> None:
    path = largest(dataset, "mentions")
    assert jixiao("status", dataset, "--check").exit_code == 0
    assert "are as they were published" in jixiao("status", dataset, "--check").stdout
    flip(path, path.stat().st_size // 2)
    assert jixiao("status", dataset).exit_code == 0
    answer = jixiao("status", dataset, "--check")
    assert answer.exit_code == 1
    assert f"mentions/{path.name}: another content than was published" in answer.stderr
    assert "go back to snapshot" in answer.stderr


def missing(path: Path) -> str:
    path.unlink()
    return "missing"


def cut(path: Path) -> str:
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data[:-1])
    return f"{len(data) - 1:,} bytes, published with {len(data):,}"


@pytest.mark.parametrize("harm", [missing, cut])
def test_missing_and_cut_files_are_seen_at_a_glance_and_nothing_goes_on_from_them(
    source: Path, dataset: Path, harm: Callable[[Path], str]
) -> None:
    path = largest(dataset, "entities")
    said = f"entities/{path.name}: {harm(path)}"
    answer = jixiao("status", dataset)
    assert (answer.exit_code, said in answer.stderr) == (1, True), answer.output
    write_reports(source, {"another.txt": "新报告"})
    with pytest.raises(DatasetError, match="snapshots/3: entities/"):
        ingest(source, dataset)


def test_files_that_are_not_of_the_snapshot_are_named(dataset: Path) -> None:
    shutil.copy(largest(dataset, "mentions"), largest(dataset, "mentions").with_name("copy.parquet"))
    assert "mentions/copy.parquet: not of this snapshot" in jixiao("status", dataset).stderr
    assert len(rows(dataset, "mentions")) == store.open(dataset).manifest.rows("mentions")


@pytest.mark.parametrize("table", ["documents", "mentions"])
def test_a_run_that_meets_rot_says_where_and_the_remedy_works(source: Path, dataset: Path, table: str) -> None:
    """The rotten file is shared by all snapshots, and one of its reports is nowhere else."""
    before = contents(dataset)
    kept = {row["doc_id"] for row in before["documents"] if row["source"] == "003.txt"}
    bucket = store.part(table, next(int(identity[:8], 16) * 64 >> 32 for identity in kept))
    for number in (1, 2, 3):
        flip(dataset / "snapshots" / str(number) / bucket, 40)
    write_reports(source, {"moved.txt": next(row["text"] for row in before["documents"] if row["doc_id"] in kept)})
    with pytest.raises(DatasetError, match=rf"{bucket}: can't be read and may be damaged.*jixiao status .* --check"):
        ingest(source, dataset)
    (source / "moved.txt").unlink()
    answer = jixiao("status", dataset, "--check")
    assert "no other snapshot is whole" in answer.stderr
    command = answer.stderr.split("bucket with them: ")[1].split("; ")[0]
    assert jixiao(*shlex.split(command)[1:]).exit_code == 0
    assert jixiao("status", dataset, "--check").exit_code == 0
    ingest(source, dataset)
    after = contents(dataset)
    for name in SCHEMAS:
        assert after[name] == [row for row in before[name] if row["doc_id"] not in kept]
    files(store.require_current(dataset))


def test_the_newest_whole_snapshot_is_the_remedy_where_there_is_one(source: Path, dataset: Path) -> None:
    path = max((store.open(dataset).folder / "mentions").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    flip(path, 40)
    assert mend.restore(dataset) == 2
    assert len(rows(dataset, "documents")) == 8
    with pytest.raises(DatasetError, match=r"another content.*go back to snapshot 2, which is whole"):
        mend.restore(dataset, 3)
    ingest(source, dataset)
    assert len(rows(dataset, "documents")) == 9


def test_a_reader_whose_snapshot_is_retired_is_told(dataset: Path) -> None:
    snapshot = store.open(dataset, 1)
    store.discard(snapshot.folder, dataset / ".work")
    for read in (snapshot.table, snapshot.dataset):
        with pytest.raises(DatasetError, match="retired while it was read; open the dataset again"):
            read("mentions")


def test_no_reader_sees_two_runs_at_once(tmp_path: Path) -> None:
    """A writer that publishes without pause, each time one `doc_id` in every table; readers of all tables."""
    write(tmp_path, {"documents": [document("0" * 32)], "mentions": [mention("0" * 32)]})
    stop, torn, reads = threading.Event(), [], [0, 0]

    def read(reader: int) -> None:
        while not stop.is_set():
            snapshot = store.open(tmp_path)
            seen = {name: snapshot.table(name, ["doc_id"])["doc_id"].to_pylist() for name in ("documents", "mentions")}
            if seen["documents"] != seen["mentions"] or not seen["documents"]:
                torn.append(seen)
            reads[reader] += 1

    readers = [threading.Thread(target=read, args=(number,)) for number in range(2)]
    for reader in readers:
        reader.start()
    for number in range(1, 60):
        identity = f"{number:032x}"
        write(tmp_path, {"documents": [document(identity)], "mentions": [mention(identity)]})
    stop.set()
    for reader in readers:
        reader.join()
    print(f"{sum(reads)} reads")
    assert min(reads) > 10
    assert torn == []
