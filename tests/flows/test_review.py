"""The review page in a real browser: what it shows, and what a reader can do with it."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import pytest
from PIL import Image
from selenium.webdriver.common.keys import Keys
from typer.testing import CliRunner

from extractors import pipeline
from extractors.dataset import Row
from extractors.types import Document
from flows import query, review
from flows.cli import app
from flows.paper import Block, Mark, blocks
from tests.conftest import ROOT
from tests.flows.browser import Page, chromium
from tests.flows.made import document, indicator, mention, write

EVIL, MANY = "e" * 32, "f" * 32
ATTACKS = "<script>document.title = 'owned'</script><img src=x onerror=\"document.title='owned'\">&lt;b&gt;</script>"
FORM = "三级指标\t年度指标值\t实际完成值\t得分\n培训人次\t≥100人次\t120人次\t10\n满意度\t≥90%\t88%\t8\n"
TITLE = "某局2022年度绩效自评报告"
EVIL_TEXT = f"""{TITLE}

一、项目概况
市财政局下达资金928万元，{ATTACKS}其中３０３０１００%无法辨认。

二、项目产出
培训人员１２０人次，全年完成98%以上。
{FORM}"""
SIZE = 1000


def placed(text: str, doc_id: str, written: str, **values: object) -> Row:
    """A mention of what is written in the text."""
    start = text.index(written)
    return mention(doc_id, start, text=written, end=start + len(written), **values)


def evil() -> dict[str, list[Row]]:
    """A report that tries to run scripts, in every field that it can reach."""
    flaw = EVIL_TEXT.index("３０３０")
    target, actual, name = map(EVIL_TEXT.index, ("≥90%", "88%", "市财政局"))
    first, second = {"section": "一、项目概况"}, {"section": "二、项目产出"}
    money = {"kind": "amount", "value": 928.0, "unit": "万元", "category": "决策", "subcategory": "资金投入"}
    output = {"category": "产出", "subcategory": "数量", "value": 120.0, "unit": "人次", "indicator_id": f"{EVIL}:i1"}
    rate = {"kind": "rate", "unit": "%", "value": 98.0, "bound": "≥", "category": "产出", "confidence": 0.41}
    return {
        "documents": [document(EVIL, text=EVIL_TEXT, title=TITLE, org=ATTACKS, chars=len(EVIL_TEXT))],
        "mentions": [
            placed(EVIL_TEXT, EVIL, "928万元", **money, **first, item=ATTACKS, stage="预算", evidence=ATTACKS),
            placed(EVIL_TEXT, EVIL, "１２０人次", **output, **second, item="培训人员"),
            placed(EVIL_TEXT, EVIL, "98%", **rate, **second, role="target"),
        ],
        "entities": [
            {"doc_id": EVIL, "text": "市财政局", "start": name, "end": name + 4, "label": "ORG", "source": "rule"}
        ],
        "indicators": [
            indicator(EVIL, target, level3="满意度", target="≥90%", actual="88%", attained=False, target_start=target,
                      target_end=target + 4, actual_start=actual, actual_end=actual + 3),
            indicator(EVIL, 1, level3=ATTACKS, target="≥100人次", attained=True),
        ],
        "problems": [
            {"doc_id": EVIL, "source": "e.txt", "stage": "text", "reason": ATTACKS, "start": flaw, "end": flaw + 8},
            {"doc_id": None, "source": "空.txt", "stage": "read", "reason": "the file is empty"},
        ],
    }  # fmt: skip


def many() -> dict[str, list[Row]]:
    """A report of a thousand figures."""
    line = "完成任务12个。"
    text = "\n".join(line * 10 for _ in range(SIZE // 10))
    starts = [match.start() for match in re.finditer("12个", text)]
    facts = {"end": 0, "text": "12个", "section": ""}
    found = [
        mention(MANY, start, **{**facts, "end": start + 3, "category": "产出" if number % 2 else "效益"})
        for number, start in enumerate(starts)
    ]
    return {"documents": [document(MANY, text=text, title="一千个数字", chars=len(text))], "mentions": found}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both reports."""
    one, two = evil(), many()
    return write(tmp_path_factory.mktemp("made"), {name: one[name] + two.get(name, []) for name in one})


@pytest.fixture(scope="module")
def address(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where the page of both reports lies."""
    output = tmp_path_factory.mktemp("page") / "核对 页.html"
    assert review.write(dataset, output) == [output]
    return output.as_uri()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with chromium(tmp_path_factory.mktemp("chromium")) as page:
        yield page


@pytest.fixture
def page(browser: Page, address: str) -> Iterator[Page]:
    """The report that attacks, freshly opened; the browser must not have complained in the end."""
    browser.open(address)
    browser.run("localStorage.clear()")
    browser.open(f"{address}#doc-{EVIL}")
    yield browser
    assert browser.complaints() == []


def test_attacks_are_shown_as_text(page: Page) -> None:
    assert ATTACKS.partition("&")[0] in page.text("article.report:not([hidden]) .paper")
    page.click("mark")
    assert ATTACKS in page.text("#detail")
    for view in "1234":
        page.press(view)
    assert page.driver.title == "绩效自评报告核对页"
    assert page.run("return document.scripts.length") == 1 + 2, "the page's own script, and each report's data"
    assert page.run("return document.images.length") == 0


def test_the_page_asks_nothing_of_the_network(page: Page, address: str) -> None:
    assert page.run("return performance.getEntriesByType('resource').length") == 0
    html = Path(unquote(urlsplit(address).path)).read_text(encoding="utf-8")
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//|url\(|@import""", html)


def test_a_click_says_what_was_read_where_it_went_and_why(page: Page) -> None:
    page.click("mark[data-c='产出'][data-role='actual']")
    said = page.text("#detail")
    for word in ("１２０人次", "120 人次", "产出", "数量", "培训人员", "实际", "= 恰为", "90%", "cue:完成"):
        assert word in said, word
    assert page.run("return location.hash") == f"#{EVIL}:{EVIL_TEXT.index('１２０人次')}"
    page.click("mark[data-role='target']")
    assert "≥ 98 %" in page.text("#detail")
    assert "目标" in page.text("#detail")


def test_names_flaws_and_cells_are_marked(page: Page) -> None:
    assert [name.text for name in page.all("u")] == ["市财政局"]
    assert page.first("u").get_attribute("title") == "机构"
    assert [flaw.text for flaw in page.all(".paper .flaw")] == ["３０３０１００%"]
    assert [cell.text for cell in page.all(".cell")] == ["≥90%", "88%"]
    page.click(".cell")
    assert "未达到目标" in page.text("#detail")
    page.press("3")
    assert page.all("tr[data-r]")[-1].text == "满意度 ≥90% 88% 未达到"
    page.press("4")
    page.click("tr[data-p]")
    assert page.all(".paper .flaw")


def test_filters_leave_what_was_asked_for(page: Page) -> None:
    def left() -> list[str]:
        return [mark.text.rstrip("?") for mark in page.all(".paper mark:not(.off)")]

    page.click(".chips [data-value='产出']")
    assert left() == ["１２０人次", "98%"]
    page.click(".chips [data-value='rate']")
    assert left() == ["98%"]
    page.click("#reset")
    page.run("const sure = document.querySelector('#sure'); sure.value = 60; sure.dispatchEvent(new Event('input'))")
    assert left() == ["98%"]
    assert page.text("#shown") == "1 / 3 个数字"
    page.click("#reset")
    page.click("#flawed")
    assert left() == ["928万元"]
    page.click("#reset")
    assert len(left()) == 3
    page.click("#names")
    assert page.first("u").value_of_css_property("text-decoration-line") == "none"


def test_sections_count_their_figures_and_lead_there(page: Page) -> None:
    assert [line.text.split() for line in page.all("#sections li")] == [["一、项目概况", "1"], ["二、项目产出", "2"]]
    page.click("#sections li:last-child button")
    assert page.run("return document.querySelector('[data-path=\"二、项目产出\"]').getBoundingClientRect().top") < 900


def test_search_finds_across_marks_and_widths(page: Page) -> None:
    page.press("/")
    box = page.driver.switch_to.active_element
    box.send_keys("人员120人次")
    assert page.text("#hits") == "1 处"
    box.send_keys(Keys.ENTER)
    assert page.text("#hits") == "1 / 1"
    box.clear()
    box.send_keys("没有这句话")
    assert page.text("#hits") == "没有"


def test_keys_move_judge_and_help(page: Page) -> None:
    def now() -> str:
        return page.first("mark.now").text.rstrip("?")

    page.press("j")
    assert now() == "928万元"
    page.press(Keys.ARROW_RIGHT)
    assert now() == "１２０人次"
    page.press("k")
    assert now() == "928万元"
    page.press("u")
    assert now() == "98%", "the next unsure one"
    page.press("x")
    assert page.all("mark.wrong")
    page.press("x")
    assert not page.all("mark.wrong")
    page.press("?")
    assert page.all("#help")
    page.press(Keys.ESCAPE)
    assert not page.all("#help")
    page.press(Keys.ESCAPE)
    assert not page.all("mark.now")


@pytest.mark.parametrize("escape", [False, True])
def test_a_link_leads_to_its_figure(page: Page, address: str, escape: bool) -> None:
    mention_id = f"{EVIL}:{EVIL_TEXT.index('98%')}"
    page.open(f"{address}#{quote(mention_id) if escape else mention_id}")
    assert page.first("mark.now").text.startswith("98%")
    assert page.run("return document.getElementById(arguments[0]).classList.contains('now')", mention_id)


def test_the_index_lists_sorts_and_searches_the_reports(page: Page, address: str) -> None:
    page.open(address)
    assert "2 份报告，1,003 个数字" in page.text("#index")
    assert "空.txt" in page.text("#index")
    titles = "td:first-child a"
    assert [link.text for link in page.all(titles)] == ["某局2022年度绩效自评报告", "一千个数字"]
    page.click("#reports th:nth-child(6)")
    assert [link.text for link in page.all(titles)] == ["一千个数字", "某局2022年度绩效自评报告"]
    page.press("/")
    page.driver.switch_to.active_element.send_keys("某局")
    assert [link.text for link in page.all(titles)] == ["某局2022年度绩效自评报告"]
    page.click("#reports tbody tr")
    assert page.text("article.report:not([hidden]) h1") == "某局2022年度绩效自评报告"


TIMED = """
const press = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
const box = document.querySelector("#search");
const timed = (work) => {
  const start = performance.now();
  work();
  document.body.offsetHeight;
  return performance.now() - start;
};
return {
  step: Math.max(...Array.from({ length: 30 }, () => timed(() => press("j")))),
  filter: timed(() => document.querySelector(".chips [data-value='产出']").click()),
  search: timed(() => { box.value = "任务"; box.dispatchEvent(new Event("input")); }),
  list: timed(() => press("2")),
  text: timed(() => press("1")),
};
"""
"""How long each move takes until the page is laid out again, in milliseconds."""


def test_a_thousand_figures_stay_smooth(page: Page, address: str) -> None:
    page.open(f"{address}#doc-{MANY}")
    assert len(page.driver.find_elements("css selector", f"[data-doc='{MANY}'] mark")) == SIZE
    loaded = page.run("return performance.timing.domComplete - performance.timing.navigationStart")
    took = page.run(TIMED)
    print({"load": loaded, **took})
    assert loaded < 3000
    assert took["step"] < 100
    assert max(took.values()) < 500


def test_light_dark_and_print_are_drawn(page: Page, tmp_path: Path) -> None:
    def shade() -> int:
        image = Image.open(BytesIO(page.driver.get_screenshot_as_png())).convert("L")
        image.save(tmp_path / "page.png")
        return image.resize((1, 1)).getpixel((0, 0))  # type: ignore[return-value]

    try:
        light = shade()
        page.dark(True)
        assert light > 200
        assert shade() < 80
        page.press("d")
        assert shade() > 200
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        assert not page.all(".bar, .side, .detail")
        pdf = page.driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
        assert len(base64.b64decode(pdf["data"])) > 10_000
        listed = "return document.querySelectorAll('article:not([hidden]) tr[data-i]').length"
        assert page.run(listed) == 3, "paper has the list"
    finally:
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
        page.dark(False)


def test_many_reports_get_pages_beside_the_index(
    browser: Page, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review, "ONE_PAGE", 100)
    output = tmp_path / "review.html"
    assert review.write(dataset, output) == [output, *(tmp_path / "review" / f"{doc}.html" for doc in (EVIL, MANY))]
    browser.open(output.as_uri())
    assert browser.first("#reports tbody tr")
    assert len(browser.all("#reports tbody tr")) == 2
    browser.open(f"{output.as_uri()}#{EVIL}:{EVIL_TEXT.index('98%')}")
    assert browser.first("mark.now").text.startswith("98%")
    assert browser.driver.current_url.endswith(f"review/{EVIL}.html#{EVIL}:{EVIL_TEXT.index('98%')}")
    browser.click(".brand")
    assert browser.first("#reports tbody tr")
    assert len(browser.all("#reports tbody tr")) == 2


def test_the_samples_are_shown_as_they_were_read(browser: Page, samples: Path, tmp_path: Path) -> None:
    output = tmp_path / "review.html"
    result = CliRunner().invoke(app, ["review", str(samples), "-o", str(output)])
    assert result.exit_code == 0, result.output
    browser.open(output.as_uri())
    with query.session(samples) as session:
        figures = session.ask("select mention_id from mentions").read_all().num_rows
    assert len(browser.all("#reports tbody tr")) == len(list((ROOT / "data" / "reports").glob("*.txt")))
    assert browser.run("return document.querySelectorAll('mark[id]').length") == figures
    assert browser.complaints() == []


def test_one_report_is_chosen_by_its_name_or_the_beginning_of_its_identity(dataset: Path, tmp_path: Path) -> None:
    for doc in (EVIL, "eee", f"{EVIL}.txt"):
        assert review.write(dataset, tmp_path / "one.html", doc) == [tmp_path / "one.html"]
        assert "报告目录" not in (tmp_path / "one.html").read_text(encoding="utf-8")
    result = CliRunner().invoke(app, ["review", str(dataset), "--doc", "zzz", "-o", str(tmp_path / "no.html")])
    assert result.exit_code == 1
    assert "no report 'zzz'" in result.output
    result = CliRunner().invoke(app, ["review", str(dataset), "-o", str(tmp_path / "no" / "no.html")])
    assert result.exit_code == 1
    assert "can't be written" in result.output


def text_of(block: Block) -> str:
    """All text of a block."""
    pieces = [*block.pieces, *(piece for row in block.rows for cell in row for piece in cell)]
    return "".join(part.text for piece in pieces for part in piece.parts)


@pytest.mark.parametrize("path", sorted((ROOT / "data" / "reports").glob("*.txt")), ids=lambda path: path.stem)
def test_no_character_is_lost_in_the_layout(path: Path) -> None:
    raw = path.read_text(encoding="utf-8")
    shown = "".join(text_of(block) for block in blocks(raw, []))
    keep = str.maketrans("", "", "|") if "|" in raw else {}
    assert "".join(shown.split()).translate(keep) == "".join(raw.split()).translate(keep)


def test_a_heading_is_found_by_the_section_of_its_figures() -> None:
    raw = "（一）產 出 情 况：\n完成１２座。\n"
    (mention,) = pipeline.extract(Document("0" * 32, "report.txt", raw, "utf-8", len(raw))).mentions
    found = [(block.kind, block.anchor) for block in blocks(raw, [])]
    assert found == [("heading", mention.section), ("paragraph", "")]
    assert mention.section == "（一）產 出 情 况"


def test_marks_may_overlap_and_run_over_lines() -> None:
    raw = "2022年电商资金共支付九百二\n万元。"
    marks = [Mark("name", 0, 0, 9), Mark("figure", 0, 0, 5), Mark("figure", 1, 12, 18), Mark("flaw", 0, 14, 20)]
    found = [piece for block in blocks(raw, marks) for piece in block.pieces]
    assert [(piece.figure, "".join(part.text for part in piece.parts)) for piece in found] == [
        (0, "2022年"),
        (None, "电商资金共支付"),
        (1, "九百二"),
        (1, "万元"),
        (None, "。"),
    ]
    assert [piece.first for piece in found if piece.figure is not None] == [True, True, False]
    assert [[part.flaw for part in piece.parts] for piece in found[-3:]] == [[None, 0], [0], [0]]


def test_control_and_direction_characters_are_made_visible() -> None:
    assert text_of(blocks("支出\x07五\u202e万元。", [])[0]) == "支出␇五\N{REPLACEMENT CHARACTER}万元。"
