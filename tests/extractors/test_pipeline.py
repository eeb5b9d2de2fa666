"""The whole of one report, where stages meet."""

from __future__ import annotations

from extractors import formats, pipeline

TEXT = "二、资金执行情况\n项目资金实际支出45万元，已拨付临海远帆（浙江）环保科技有限公司设备款20万元。\n"


def test_a_payee_is_named_as_the_report_writes_it() -> None:
    report = pipeline.extract(formats.read(TEXT.encode(), "report.txt"))
    paid = {mention.text: mention.link.payee for mention in report.mentions}
    assert paid["20万元"] == "临海远帆（浙江）环保科技有限公司"
    assert paid["20万元"] in {entity.text for entity in report.entities}


def test_nul_characters_are_a_problem_and_nothing_is_lost() -> None:
    report = pipeline.extract(formats.read((TEXT * 5).replace("45万元", "45万元\0", 1).encode(), "report.txt"))
    assert [problem.stage for problem in report.problems] == ["read"]
    assert "45万元" in {mention.text for mention in report.mentions}
