"""The command line: help with an example, errors with a remedy, output that other programs can read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner, Result

from extractors.dataset import SCHEMA_VERSION
from flows import preview
from flows.cli import app
from flows.options import Options
from flows.parameters import names
from flows.serve import Service
from tests.flows.support import ROOT, ingest, texts, write_reports

COMMANDS = sorted(get_command(app).commands)  # type: ignore[attr-defined]


def jixiao(*arguments: object, text: str = "") -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, [str(argument) for argument in arguments], input=text)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    ingest(write_reports(tmp_path / "in", texts(4) | {"bug.txt": "BUG"}), tmp_path / "out")
    return tmp_path / "out"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_an_example(command: str) -> None:
    made = jixiao(command, "--help")
    assert made.exit_code == 0
    assert "Example:" in made.output


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("ingest", "nowhere", "out"), "error: source nowhere: no such folder; give the folder that holds the reports"),
        (("ingest", "data", "data/out"), "error: dataset data/out: lies in the source folder; put it elsewhere"),
        (("ingest", "data", "other"), "error: dataset other: holds other files; give a folder that is new or empty"),
        (("ingest", "data", "README.md"), "error: dataset README.md: is a file; give a folder"),
        (("ingest", "data", "out", "--workers=-1"), "error: workers is -1: give a number of processes"),
        (("ingest", "data", "out", "--batch=-1"), "error: batch is -1: give a number of reports a task"),
        (
            ("ingest", "data", "out", "--segmenter", "thulac"),
            "error: segmenter is 'thulac': choose one of jieba, pkuseg",
        ),
        (("ingest", "data", "out", "--timeout", "0"), "error: timeout is 0: give the seconds"),
        (("ingest", "data", "out", "--max-failed", "10"), "error: max-failed is 10: give a share between 0 and 1"),
        (("serve", "data", "out", "--workers=-1"), "error: workers is -1: give a number of processes"),
        (("serve", "data", "out", "--cron", "0 25 * * *"), "error: cron is '0 25 * * *': give minute, hour, day"),
        (("serve", "data", "out", "--cron", "every night"), 'such as "0 2 * * *" for every night at two'),
        (("serve", "data", "out", "--cron", ""), "error: cron is '': give minute, hour, day"),
        (("serve", "data", "out", "--timezone", "Mars/Base"), "error: timezone is 'Mars/Base': give the name of one"),
        (("serve", "data", "out", "--timezone", ""), "such as Asia/Shanghai or UTC"),
        (("serve", "data", "out", "--name", "a/b"), "error: name is 'a/b': give letters, digits, dots, dashes"),
        (("serve", "data", "out", "--name", ""), "error: name is '': give letters, digits, dots, dashes"),
        (("serve", "data", "out", "--port", "70000"), "error: port is 70000: give a number between 1 and 65535"),
        (("extract", "nowhere.txt"), "error: nowhere.txt: No such file or directory; give the path of a report"),
        (("extract", "-", "--segmenter", "thulac"), "error: segmenter is 'thulac': choose one of jieba, pkuseg"),
        (("extract", "-"), "error: -: the file is empty"),
        (("status", "nowhere"), "error: nowhere: no dataset here"),
        (("show", "nowhere"), "make one with: jixiao ingest SOURCE nowhere"),
        (("evaluate", "nowhere", "data"), "error: data: no gold files (*.mentions.jsonl) here"),
    ],
)
def test_errors_name_the_remedy(
    arguments: tuple[str, ...], complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_reports(tmp_path, {"data/a.txt": "报告", "other/notes.txt": "别的文件", "README.md": ""})
    monkeypatch.chdir(tmp_path)
    made = jixiao(*arguments)
    assert made.exit_code == 1
    assert complaint in made.stderr
    assert "Traceback" not in made.output


@pytest.mark.parametrize("command", [("ingest", "in", "out"), ("extract", "in/a.txt")])
def test_a_segmenter_that_is_not_installed_names_the_remedy(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_reports(tmp_path, {"in/a.txt": "2022年收到财政资金928万元。"})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "pkuseg", None)
    made = jixiao(*command, "--segmenter", "pkuseg")
    assert made.exit_code == 1
    assert "error: segmenter is 'pkuseg', which is not installed: add it with `make pkuseg`" in made.stderr


def test_extract_as_json_lines() -> None:
    made = jixiao("extract", "-", "--json", text="2022年收到财政资金928万元。")
    found = [json.loads(line) for line in made.stdout.splitlines()]
    assert [(row["text"], row["date_start"], row["value"]) for row in found] == [
        ("2022年", "2022-01-01", None),
        ("928万元", None, 928.0),
    ]


def test_extract_as_a_table() -> None:
    made = jixiao("extract", "-", text="2022年6月收到财政资金[928]万元，培训30-50人次。")
    assert "2022-06" in made.stdout
    assert "30–50" in made.stdout


def test_status_says_what_is_there(dataset: Path) -> None:
    made = jixiao("status", dataset)
    assert made.exit_code == 0
    schema = f"version {SCHEMA_VERSION}, 64 buckets"
    for expected in ("snapshot 1", "0+jieba", schema, "mentions", "extract", "KeyError"):
        assert expected in made.stdout


def test_show_says_where_the_dataset_lies(dataset: Path) -> None:
    made = jixiao("show", dataset, "--rows", "2")
    assert "first 2 of 18 mentions" in made.stdout
    assert f"{dataset}/current" in made.stdout


@pytest.mark.parametrize(
    ("folder", "name"),
    [("out", "out"), ("绩效[2022]", "绩效-2022"), ("a b%c", "a-b-c"), ("[/b]", "b"), ("{}", "dataset")],
)
def test_a_deployment_has_the_name_of_its_dataset(folder: str, name: str, tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", {"a.txt": "报告"})
    service = Service(Options(source, tmp_path / folder))
    service.check()
    assert service.deployment == name


def test_a_service_means_the_same_in_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_reports(tmp_path, {"in/a.txt": "报告", "ours/config.cfg": ""})
    monkeypatch.chdir(tmp_path)
    given = Service(Options(Path("in"), Path("out"), model="ours", timeout=5.0)).parameters
    places = {name: given[name] for name in ("source", "dataset", "model")}
    assert places == {name: str(tmp_path / last) for name, last in zip(places, ("in", "out", "ours"), strict=True)}
    assert given["timeout"] == 5.0
    assert Service(Options(Path("in"), Path("out"), model="zh_core_web_sm")).parameters["model"] == "zh_core_web_sm"


@pytest.mark.parametrize("command", ["ingest", "serve"])
def test_what_a_run_may_be_asked_stands_in_one_list(command: str) -> None:
    made = {each.name for each in get_command(app).commands[command].params}  # type: ignore[attr-defined]
    assert set(names()) <= made
    assert names() == tuple(flow_parameters())


def flow_parameters() -> list[str]:
    from flows.ingest import ingest as flow  # noqa: PLC0415 -- Prefect

    return list(flow.parameters.properties)


def test_help_answers_at_once() -> None:
    """No command drags in Prefect, pandas or spaCy before it runs."""
    code = (
        "import sys, flows.cli; print([name for name in ('prefect', 'pandas', 'spacy', 'ray') if name in sys.modules])"
    )
    made = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert made.stdout.strip() == "[]"


@pytest.mark.slow
def test_the_module_does_what_the_command_does(tmp_path: Path) -> None:
    source = write_reports(tmp_path / "in", {"a.txt": "2022年收到财政资金928万元。"})
    command = [sys.executable, "-m", "flows.ingest", str(source), str(tmp_path / "out"), "--workers", "1"]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert made.returncode == 0, made.stderr
    assert made.stdout.splitlines()[0].startswith("1 reports: 1 new")
    assert made.stderr.splitlines() == ["1 reports, 1 to extract"]
    assert "928万元" in jixiao("show", tmp_path / "out").stdout


def test_a_fault_that_nobody_foresaw_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*given: object) -> None:
        raise ValueError("two\nlines")

    monkeypatch.setattr(preview, "mentions", stumble)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    made = jixiao("extract", "-")
    assert (made.exit_code, len(made.stderr.splitlines())) == (1, 1)
    assert made.stderr.startswith(f"error: ValueError: two. This is a fault of Jixiao; {tmp_path}/error.log has")
    assert "Traceback" in (tmp_path / "error.log").read_text(encoding="utf-8")


def test_where_no_file_can_be_written_the_details_follow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(preview, "mentions", None)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "file"))
    made = jixiao("extract", "-")
    assert made.exit_code == 1
    assert "error: TypeError: 'NoneType' object is not callable\nTraceback" in made.stderr


def test_the_exit_codes_are_told() -> None:
    told = " ".join(jixiao("ingest", "--help").stdout.split())
    assert "0 done; 1 an error, or too many reports failed; 2 a wrong command line; 3 another run" in told
    assert jixiao("ingest").exit_code == 2


@pytest.mark.parametrize("command", [["extract", "-"], ["ingest", str(ROOT), "out"]], ids=["extract", "ingest"])
def test_a_model_that_is_not_there_is_a_clear_error(command: list[str]) -> None:
    result = CliRunner().invoke(app, [*command, "--model", "zh_core_web_none"], input="支出1万元。")
    assert result.exit_code == 1
    assert "model is 'zh_core_web_none'" in result.stderr
