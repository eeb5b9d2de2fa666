"""The whole of one report, where stages meet."""

from __future__ import annotations

import subprocess
import sys

from extractors import formats, pipeline

TEXT = "二、资金执行情况\n项目资金实际支出45万元，已拨付临海远帆（浙江）环保科技有限公司设备款20万元。\n"


def test_a_payee_is_named_as_the_report_writes_it() -> None:
    report = pipeline.extract(formats.read(TEXT.encode(), "report.txt"))
    paid = {mention.text: mention.link.payee for mention in report.mentions}
    assert paid["20万元"] == "临海远帆（浙江）环保科技有限公司"
    assert paid["20万元"] in {entity.text for entity in report.entities}


WRAPPED = """（一）產 出 情 况（全年）：
全年新增造林1 200 亩,其中楊樹林（含補植）面積達到合同約定的
  460 亩，支出 ３８.５
万元。
"""


def test_a_figure_stands_in_its_sentence_as_the_report_writes_it() -> None:
    """Blanks, line breaks, full-width and traditional characters stay in the sentence; a heading has no line break."""
    report = pipeline.extract(formats.read(WRAPPED.encode(), "report.txt"))
    assert "３８.５\n万元" in {mention.text for mention in report.mentions}
    for mention in report.mentions:
        assert mention.sentence == WRAPPED.split("\n", 1)[1].strip()
        assert mention.section == "（一）產 出 情 况（全年）"


def test_a_heading_begins_behind_its_tab() -> None:
    report = pipeline.extract(formats.read("\t一、产出\n完成12座。\n".encode(), "report.txt"))
    assert [mention.section for mention in report.mentions] == ["一、产出"]


def test_a_sentence_torn_apart_by_blanks_is_kept_around_its_figure() -> None:
    text = "建成" + "、".join(f"第{number}片{' ' * 9000}{number}座" for number in range(1, 40)) + "。"
    report = pipeline.extract(formats.read(text.encode(), "report.txt"))
    assert len(report.mentions) == 39
    assert all(mention.text in mention.sentence for mention in report.mentions)
    assert max(len(mention.sentence) for mention in report.mentions) < 20000


def test_nul_characters_are_a_problem_and_nothing_is_lost() -> None:
    report = pipeline.extract(formats.read((TEXT * 5).replace("45万元", "45万元\0", 1).encode(), "report.txt"))
    assert [problem.stage for problem in report.problems] == ["read"]
    assert "45万元" in {mention.text for mention in report.mentions}


def test_loading_leaves_nothing_to_the_first_report() -> None:
    code = (
        "import pkgutil, sys, extractors; from extractors import pipeline; pipeline.load()\n"
        "for found in pkgutil.walk_packages(extractors.__path__, 'extractors.'):\n"
        "    for name, value in vars(sys.modules[found.name]).items():\n"
        "        if hasattr(value, 'cache_info') and not value.cache_info().currsize:\n"
        "            print(f'{value.__module__}.{name}')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {"extractors.words._own_pkuseg", "extractors.words.pipeline"}
