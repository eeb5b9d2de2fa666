"""`jixiao explain`: the rule, the cues and the masks of one figure, as a reader of a row would ask for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app

TEXT = "二、资金情况\n根据财农〔2022〕57号文件，2022年收到项目资金120万元，第三方监理1家，资金到位率100%。\n"


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A report of one paragraph."""
    path = tmp_path / "report.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def explained(report: Path, at: str) -> str:
    """What the command prints, on a wide terminal."""
    result = CliRunner().invoke(app, ["explain", str(report), "--at", at], env={"COLUMNS": "200"})
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
    shown = explained(report, f"0123:{TEXT.index('100%')}")
    assert "indicator 资金到位率" in shown


def test_where_no_figure_stands_it_says_so(report: Path) -> None:
    assert "No figure stands at this place." in explained(report, str(TEXT.index("监理")))


@pytest.mark.parametrize(("at", "message"), [("here", "give an offset such as 1254"), ("9999", "no sentence at 9999")])
def test_a_wrong_place_is_a_clear_error(report: Path, at: str, message: str) -> None:
    result = CliRunner().invoke(app, ["explain", str(report), "--at", at])
    assert result.exit_code == 1
    assert message in result.stderr
