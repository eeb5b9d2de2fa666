"""`jixiao explain`: the rule, the cues and the masks of one figure, as a reader of a row would ask for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from extractors import formats, items, pipeline
from flows import options, preview
from flows.cli import app

TEXT = "二、资金情况\n根据财农〔2022〕57号文件，2022年收到项目资金120万元，第三方监理1家，资金到位率100%。\n"


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A report of one paragraph."""
    path = tmp_path / "report.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def explained(report: Path, at: str, *options: str) -> str:
    """What the command prints, on a wide terminal."""
    result = CliRunner().invoke(app, ["explain", str(report), "--at", at, *options], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return result.output


def test_it_names_the_reading_the_cues_and_the_masks(report: Path) -> None:
    shown = explained(report, str(TEXT.index("120万元")))
    assert "过程/资金管理/到位" in shown
    assert "left:收到" in shown
    assert "〔2022〕57号" in shown
    assert "document number" in shown
    assert "ordinal" in shown


def test_it_takes_the_identity_of_a_mention(report: Path) -> None:
    identity = formats.doc_id(report.read_bytes())
    for given in (identity, identity[:8]):
        assert "indicator 资金到位率" in explained(report, f"{given}:{TEXT.index('100%')}")


def test_the_figure_of_another_report_is_refused(report: Path) -> None:
    at = f"0123:{TEXT.index('100%')}"
    result = CliRunner().invoke(app, ["explain", str(report), "--at", at])
    assert result.exit_code == 1
    assert f"error: {at} is a figure of another report" in result.stderr
    assert formats.doc_id(report.read_bytes()) in result.stderr


def test_it_explains_with_the_settings_of_the_dataset(report: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    count, name, models = items.read, pipeline.statements, options.is_model

    def counted(read: Any, segmenter: Any) -> Any:
        asked.append(segmenter)
        return count(read, segmenter)

    def named(blocks: Any, fiscal_year: Any, settings: pipeline.Settings) -> Any:
        asked.append(settings.model)
        return name(blocks, fiscal_year)

    monkeypatch.setattr(items, "read", counted)
    monkeypatch.setattr(pipeline, "statements", named)
    monkeypatch.setattr(preview, "is_model", lambda model: model == "ours" or models(model))
    explained(report, str(TEXT.index("1家")), "--segmenter", "pkuseg", "--model", "ours")
    assert asked == ["ours", "pkuseg"]


def test_it_shows_what_is_counted(report: Path) -> None:
    assert "第三方监理" in explained(report, str(TEXT.index("1家"))).partition("item")[2].splitlines()[0]


@pytest.mark.parametrize("option", [["--segmenter", "thulac"], ["--model", "zh_core_web_none"]])
def test_settings_that_are_not_there_are_a_clear_error(report: Path, option: list[str]) -> None:
    result = CliRunner().invoke(app, ["explain", str(report), "--at", "20", *option])
    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: {option[0][2:]} is '{option[1]}'")


def test_where_no_figure_stands_it_says_so(report: Path) -> None:
    assert "No figure stands at this place." in explained(report, str(TEXT.index("监理")))


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ("here", "give an offset such as 1254"),
        ("²", "'²' is no place in a report"),
        ("9999", "no sentence at 9999"),
    ],
)
def test_a_wrong_place_is_a_clear_error(report: Path, at: str, message: str) -> None:
    result = CliRunner().invoke(app, ["explain", str(report), "--at", at])
    assert result.exit_code == 1
    assert message in result.stderr
