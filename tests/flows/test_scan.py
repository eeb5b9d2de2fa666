"""What is found in a folder of reports: odd names, links, folders that can't be listed, files of other kinds."""

from __future__ import annotations

import errno
import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from extractors.errors import DatasetError
from flows import scan, show, store, summary
from tests.flows.support import ingest, inline, rows, texts, write_reports

ODD = (
    "two\nlines.txt",
    "carriage\rreturn.txt",
    "line\u2028separator.txt",
    "tab\tbed.txt",
    "'quoted' \"twice\".txt",
    "bell\x07and\x1bescape\x7f.txt",
    "trailing blank .txt",
    "trailing blank.txt ",
    " leading blank.txt",
    "-leading-dash.txt",
    "--prune.txt",
    "绩" * 83 + ".txt",
    "📈报告.txt",
    unicodedata.normalize("NFC", "é.txt"),
    unicodedata.normalize("NFD", "é.txt"),
    "back\\slash.txt",
    "|pipe| *star* [bracket] {brace} 100%.txt",
    "UPPER.TXT",
    "folder\nin two/第一\u2029份.txt",
)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    inline(monkeypatch)


def names(dataset: Path) -> list[str]:
    """The paths that the dataset's reports have."""
    return sorted(
        name for row in rows(dataset, "documents") for name in (row["source"], *(row["other_sources"] or ()))
    )


def problems(dataset: Path) -> dict[str, tuple[str, str]]:
    return {row["source"]: (row["stage"], row["reason"]) for row in rows(dataset, "problems")}


def write_bytes(folder: Path, name: bytes, text: str) -> None:
    path = folder / os.fsdecode(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def unlistable(monkeypatch: pytest.MonkeyPatch, *folders: Path, error: int = errno.EIO) -> None:
    """Let the folders be such as a share that does not answer."""
    listed = os.scandir

    def refuse(path: Any = ".") -> Iterator[os.DirEntry[str]]:
        if isinstance(path, str) and Path(path) in folders:
            raise OSError(error, os.strerror(error), path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", refuse)


def test_every_odd_name_is_there_and_the_second_run_publishes_nothing(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", {name: f"第{number}份：数{number}个。" for number, name in enumerate(ODD)})
    first = ingest(source, tmp_path / "out")
    assert first.failures == ()
    assert names(tmp_path / "out") == sorted(ODD)
    again = ingest(source, tmp_path / "out", prune=True)
    assert (again.published, again.skipped, again.removed) == (False, len(ODD), 0)


def test_copies_and_failures_under_odd_names_publish_nothing_the_second_time(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", dict.fromkeys(ODD[:6], "一份：数3个。") | dict.fromkeys(ODD[6:12], "坏BUG"))
    made = ingest(source, tmp_path / "out")
    assert names(tmp_path / "out") == sorted(ODD[:6])
    bad = sorted(ODD[6:12])
    (row,) = rows(tmp_path / "out", "problems")
    assert [row["source"], *row["other_sources"]] == bad
    assert [(failure.source, *failure.other_sources) for failure in made.failures] == [tuple(bad)]
    assert not ingest(source, tmp_path / "out").published


def test_names_that_are_not_utf_8_are_read(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", texts(2))
    write_bytes(source, "二〇二二/绩效自评报告.txt".encode("gbk"), "第一份：数1个。")
    write_bytes(source, b"\xff\xfe.txt", "第二份：数2个。")
    write_bytes(source, "坏.txt".encode("gb18030"), "BUG")
    write_bytes(source, "说明.pdf".encode("gbk"), "PDF")
    made = ingest(source, tmp_path / "out")
    assert made.published
    assert names(tmp_path / "out") == ["000.txt", "001.txt", "\\xff\\xfe.txt", "二〇二二/绩效自评报告.txt"]
    assert problems(tmp_path / "out").keys() == {"坏.txt", "说明.pdf"}
    assert len(rows(tmp_path / "out", "mentions")) == len(rows(ingested(source, tmp_path), "mentions"))
    assert not ingest(source, tmp_path / "out").published


def ingested(source: Path, tmp_path: Path) -> Path:
    """A first dataset of the folder."""
    ingest(source, tmp_path / "fresh")
    return tmp_path / "fresh"


def test_names_that_read_the_same_stay_apart(tmp_path: Path) -> None:
    source = tmp_path / "in"
    for folder in ("资料".encode(), "资料".encode("gbk")):
        for number, name in enumerate(("报告.txt".encode(), "报告.txt".encode("gbk"), b"\\xb1\\xa8\\xb8\\xe6.txt")):
            write_bytes(source, folder + b"/" + name, f"{folder!r}{number}：数{number}个。")
    ingest(source, tmp_path / "out")
    reports = ("\\\\xb1\\xa8\\xb8\\xe6.txt", "\\xb1\\xa8\\xb8\\xe6.txt", "报告.txt")
    folders = ("\\xd7\\xca\\xc1\\xcf", "资料")
    assert names(tmp_path / "out") == [f"{folder}/{name}" for folder in folders for name in reports]
    documents = {row["source"]: row["text"] for row in rows(tmp_path / "out", "documents")}
    assert documents["资料/报告.txt"].startswith(f"{'资料'.encode()!r}0")
    assert documents["资料/\\\\xb1\\xa8\\xb8\\xe6.txt"].startswith(f"{'资料'.encode()!r}1")
    assert not ingest(source, tmp_path / "out", prune=True).published


@pytest.mark.parametrize("error", [errno.EIO, errno.EACCES, errno.ESTALE])
def test_what_lies_below_a_folder_that_cannot_be_listed_is_not_pruned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    source = write_reports(tmp_path / "in" / "a" / "x", texts(2, words="甲")).parent.parent
    write_reports(source / "ab", texts(2, words="乙"))
    ingest(source, tmp_path / "out")
    (source / "ab" / "001.txt").unlink()
    with monkeypatch.context() as patch:
        unlistable(patch, source / "a", error=error)
        made = ingest(source, tmp_path / "out", prune=True)
        assert made.removed == 1
        assert [(failure.source, failure.stage) for failure in made.failures] == [("a", "open")]
        assert names(tmp_path / "out") == ["a/x/000.txt", "a/x/001.txt", "ab/000.txt"]
        stage, reason = problems(tmp_path / "out")["a"]
        assert stage == "open"
        assert os.strerror(error) in reason
        assert not ingest(source, tmp_path / "out", prune=True).published
    assert ingest(source, tmp_path / "out", prune=True).published
    assert problems(tmp_path / "out") == {}


def test_a_folder_that_fails_half_way_is_not_half_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_reports(tmp_path / "in", texts(1))
    write_reports(source / "a", texts(3, words="甲"))
    ingest(source, tmp_path / "out")
    listed = os.scandir

    class Torn:
        def __init__(self, path: Any) -> None:
            self.entries = listed(path)

        def __enter__(self) -> Iterator[os.DirEntry[str]]:
            yield next(self.entries)
            raise OSError(errno.EIO, "Input/output error")

        def __exit__(self, *_: object) -> None:
            self.entries.close()

    monkeypatch.setattr(os, "scandir", lambda path: Torn(path) if path == str(source / "a") else listed(path))
    ingest(source, tmp_path / "out", prune=True)
    assert len(names(tmp_path / "out")) == 4


def test_a_report_known_under_two_paths_keeps_the_one_that_cannot_be_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_reports(tmp_path / "in", {"a/1.txt": "一份：数3个。", "b/1.txt": "一份：数3个。", "c.txt": "数4个"})
    ingest(source, tmp_path / "out")
    unlistable(monkeypatch, source / "a")
    ingest(source, tmp_path / "out", prune=True)
    assert names(tmp_path / "out") == ["a/1.txt", "b/1.txt", "c.txt"]
    (source / "b" / "1.txt").unlink()
    ingest(source, tmp_path / "out", prune=True)
    assert names(tmp_path / "out") == ["a/1.txt", "c.txt"]


def test_a_path_that_is_too_long_is_told(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", texts(1))
    before = Path.cwd()
    try:
        os.chdir(source)
        for _ in range(20):
            Path("d" * 250).mkdir()
            os.chdir("d" * 250)
        Path("deep.txt").write_text("深处：数3个。", encoding="utf-8")
    finally:
        os.chdir(before)
    ingest(source, tmp_path / "out")
    ((name, (stage, reason)),) = problems(tmp_path / "out").items()
    assert name.startswith("ddd")
    assert stage == "open"
    assert "File name too long" in reason


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder")
def test_a_folder_without_permission_is_not_pruned(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", texts(2) | {"a/x.txt": "数3个"})
    ingest(source, tmp_path / "out")
    (source / "a").chmod(0)
    try:
        ingest(source, tmp_path / "out", prune=True)
    finally:
        (source / "a").chmod(0o700)
    assert "a/x.txt" in names(tmp_path / "out")
    assert "Permission denied" in problems(tmp_path / "out")["a"][1]


def test_a_source_that_cannot_be_listed_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_reports(tmp_path / "in", texts(2))
    ingest(source, tmp_path / "out")
    unlistable(monkeypatch, source)
    with pytest.raises(DatasetError, match="in: the folder cannot be listed \\(Input/output error\\)"):
        ingest(source, tmp_path / "out", prune=True)
    assert len(names(tmp_path / "out")) == 2


def test_linked_folders_are_followed_once_and_loops_end(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", {"real/a.txt": "甲：数1个。", "z.txt": "乙：数2个。"})
    elsewhere = write_reports(tmp_path / "elsewhere", {"b.txt": "丙：数3个。", "deep/c.txt": "丁：数4个。"})
    (source / "again").symlink_to(source / "real")
    (source / "loop").symlink_to(source)
    (source / "linked").symlink_to(elsewhere)
    (source / "linked too").symlink_to(elsewhere)
    (elsewhere / "back").symlink_to(source)
    (source / "link.txt").symlink_to(elsewhere / "b.txt")
    ingest(source, tmp_path / "out")
    assert names(tmp_path / "out") == ["link.txt", "linked/b.txt", "linked/deep/c.txt", "real/a.txt", "z.txt"]
    assert problems(tmp_path / "out") == {}


def test_folders_without_numbers_of_their_own_are_all_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_reports(tmp_path / "in", {"a/x.txt": "甲", "b/x.txt": "乙", "b/c/x.txt": "丙"})
    stat = Path.stat

    def numberless(path: Path, **options: bool) -> os.stat_result:
        found = stat(path, **options)
        return os.stat_result((found.st_mode, 0, *found[2:]))

    monkeypatch.setattr(Path, "stat", numberless)
    assert len(scan.scan(source).sources) == 3


def test_broken_links_are_told_and_what_was_there_stays(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", texts(2) | {"a/x.txt": "甲：数1个。"})
    ingest(source, tmp_path / "out")
    (source / "001.txt").unlink()
    (source / "001.txt").symlink_to(tmp_path / "nowhere.txt")
    (source / "a" / "x.txt").unlink()
    (source / "a").rmdir()
    (source / "a").symlink_to(tmp_path / "not mounted")
    (source / "self").symlink_to("self")
    ingest(source, tmp_path / "out", prune=True)
    assert names(tmp_path / "out") == ["000.txt", "001.txt", "a/x.txt"]
    found = problems(tmp_path / "out")
    assert {name: stage for name, (stage, _) in found.items()} == {"001.txt": "open", "a": "open", "self": "open"}
    assert "the link leads nowhere" in found["a"][1]


def test_files_of_other_kinds_are_counted_and_named(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", texts(2) | dict.fromkeys(("a.pdf", "b/a.PDF", "c.docx", "README"), "x"))
    os.mkfifo(source / "pipe.txt")
    made = ingest(source, tmp_path / "out", max_failed=0.0)
    assert made.published
    assert made.failures == ()
    assert made.reports == 2
    assert {other.source for other in made.others} == {"a.pdf", "b/a.PDF", "c.docx", "README", "pipe.txt"}
    assert "0 failed, 5 of other kinds" in made.line
    found = problems(tmp_path / "out")
    assert {stage for stage, _ in found.values()} == {"format"}
    assert found["a.pdf"] == found["b/a.PDF"] == ("format", ".pdf files are not read; save the report as one of: .txt")
    assert {row["doc_id"] for row in rows(tmp_path / "out", "problems")} == {None}
    assert "| a.pdf | format | .pdf files are not read" in summary.markdown(made)
    with (console := Console(width=200)).capture() as shown:
        console.print(show.status(tmp_path / "out", store.open(tmp_path / "out")))
    assert re.search(r"2 +│ format │ \.pdf files are not read", shown.get())
    assert not ingest(source, tmp_path / "out").published
    (source / "a.pdf").unlink()
    ingest(source, tmp_path / "out")
    assert "a.pdf" not in problems(tmp_path / "out")


def test_hidden_files_are_left_out_and_counted(tmp_path: Path) -> None:
    hidden = ("._a.txt", ".git/a.txt", "Thumbs.db", "b/desktop.ini", "~$报告.txt", "__MACOSX/a.txt")
    source = write_reports(tmp_path / "in", texts(1) | dict.fromkeys(hidden, "数3个"))
    made = ingest(source, tmp_path / "out")
    assert names(tmp_path / "out") == ["000.txt"]
    assert problems(tmp_path / "out") == {}
    assert made.hidden == 6


def test_a_folder_of_other_kinds_is_refused_by_their_names(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", dict.fromkeys(("a.pdf", "b.PDF", "c.docx", "README", ".hidden.txt"), "x"))
    kinds = r"only files that are not read: 2 \.pdf, 1 \.docx, 1 without a suffix; nothing was changed"
    with pytest.raises(DatasetError, match=rf"holds no report \(\.txt\), {kinds}"):
        scan.scan(source)


@pytest.mark.parametrize("name", ["报告.txt", "报 告", "é", "a\\xb1"])
def test_a_name_in_utf_8_is_as_it_is(name: str) -> None:
    assert scan.labels([name]) == {name: name}
