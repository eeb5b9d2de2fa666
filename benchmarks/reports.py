"""Reports of our own making: any number, from a seed, as long and as mixed as real ones.

Most have 1,500 to 6,000 characters, one in twenty is a compendium of up to some 20,000; two thirds end with a form.
Some twenty figures stand in a thousand characters. Offices, places, projects, amounts, dates and sentences are drawn.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

PLACES = (
    "青禾县",
    "云岭市",
    "白沙区",
    "临溪县",
    "松源市",
    "南屏区",
    "丰泽县",
    "江湾区",
    "石门镇",
    "望湖市",
    "平川县",
    "新塘镇",
)
FIELDS = {
    "水利局": ("农村供水保障工程", "小型水库除险加固", "灌区续建配套与节水改造"),
    "教育局": ("义务教育薄弱环节改善", "普惠性幼儿园补助", "校舍安全保障长效机制"),
    "农业农村局": ("高标准农田建设", "农机购置补贴", "畜禽粪污资源化利用"),
    "商务局": ("电子商务进农村综合示范", "消费促进活动", "外贸企业出口信用保险补助"),
    "卫生健康局": ("基本公共卫生服务", "县级医院能力提升", "村卫生室标准化建设"),
    "人力资源和社会保障局": ("职业技能提升行动", "公益性岗位补贴", "创业担保贷款贴息"),
    "文化和旅游局": ("公共文化服务体系建设", "旅游厕所改造", "文物保护利用"),
    "生态环境局": ("大气污染防治", "农村生活污水治理", "土壤污染源头防控"),
    "住房和城乡建设局": ("城镇老旧小区改造", "公共租赁住房维护", "生活垃圾分类设施"),
    "交通运输局": ("农村公路养护", "农村客运补贴", "危桥改造"),
}
THINGS = (
    "泵站{}座",
    "站点{}个",
    "示范点{}处",
    "设备{}台（套）",
    "道路{}公里",
    "渠道{}米",
    "服务中心{}个",
    "监测点{}个",
    "农田{}亩",
)
EVENTS = ("培训班{}期", "宣传活动{}场次", "现场检查{}次", "专题会议{}次", "技术指导{}人次")
PEOPLE = ("困难群众", "农户", "在校学生", "就业人员", "残疾人", "老年人", "小微企业")
RATES = ("项目验收合格率", "任务按期完成率", "资金使用合规率", "设施完好率", "政策知晓率", "补助发放及时率")
GROWTH = ("网络零售额", "居民人均可支配收入", "游客接待量", "粮食总产量", "就业人数", "企业营业收入")
NUMERALS = "零一二三四五六七八九十"

Sentence = Callable[["Office"], str]


class Office:
    """Who reports on what, and the dice."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.year = dice.randint(2019, 2024)
        self.place = dice.choice(PLACES)
        self.bureau = dice.choice(tuple(FIELDS))
        self.project = dice.choice(FIELDS[self.bureau])
        self.budget = dice.choice((1, 1, 10)) * dice.randint(30, 9000) / dice.choice((1, 2, 10))

    def pick(self, choices: tuple[str, ...]) -> str:
        """One of them."""
        return self.dice.choice(choices)

    def money(self) -> str:
        """An amount in one of the forms that offices write."""
        dice, amount = self.dice, self.budget * self.dice.uniform(0.02, 1)
        forms = (
            f"{amount:.2f}万元",
            f"{amount:.0f}万元",
            f"{amount:,.2f}万元",
            f"{amount * 1e4:.2f}元",
            f"{amount:.1f} 万元",
        )
        return dice.choice(forms) if amount < 10_000 else f"{amount / 1e4:.2f}亿元"

    def rate(self, low: float = 60) -> str:
        """A percentage."""
        return f"{self.dice.uniform(low, 100):.{self.dice.choice((0, 1, 2))}f}%"

    def count(self, high: int = 400) -> str:
        """A number of things: digits, or now and then a Chinese numeral."""
        return self.pick(tuple(NUMERALS[2:])) if self.dice.random() < 0.12 else str(self.dice.randint(2, high))

    def day(self) -> str:
        """A date of the year reported on."""
        month = self.dice.randint(1, 12)
        return self.pick(
            (f"{self.year}年{month}月", f"{self.year}年{month}月{self.dice.randint(1, 28)}日", f"{month}月底")
        )


def _granted(o: Office) -> str:
    granted = f"{o.year}年，{o.place}财政局下达{o.bureau}{o.project}资金{o.money()}"
    return f"{granted}，其中中央资金{o.money()}、县级配套{o.money()}。"


def _spent(o: Office) -> str:
    spent = f"项目资金到位{o.money()}，实际支出{o.money()}，预算执行率{o.rate(50)}"
    return f"截至{o.year}年12月31日，{spent}，结余{o.money()}。"


def _built(o: Office) -> str:
    return f"新建{o.pick(THINGS).format(o.count())}，改造{o.pick(THINGS).format(o.count())}，累计投入{o.money()}。"


def _held(o: Office) -> str:
    return f"{o.day()}以来，举办{o.pick(EVENTS).format(o.count(60))}，参加人员{o.dice.randint(1, 90) / 10}万余人次。"


def _rated(o: Office) -> str:
    target, score = o.dice.randint(80, 95), o.dice.randint(5, 10)
    return f"{o.pick(RATES)}达到{o.rate(80)}，目标值为{target}%以上，得{score}分（满分10分）。"


def _grew(o: Office) -> str:
    sign = o.pick(("增长", "提高", "下降"))
    return f"全年{o.pick(GROWTH)}达{o.dice.randint(3, 99)}.{o.dice.randint(0, 9)}亿元，同比{sign}{o.rate(2)}。"


def _served(o: Office) -> str:
    people = f"惠及{o.pick(PEOPLE)}{o.dice.randint(2, 300)}00余人"
    return f"{people}，覆盖{o.count(20)}个乡镇、{o.count(200)}个行政村，带动就业近{o.count(900)}人。"


def _pleased(o: Office) -> str:
    share = o.dice.uniform(85, 100)
    asked = f"共发放问卷{o.count(500)}份，收回有效问卷{o.count(480)}份"
    return f"{asked}，服务对象满意度为{share:.1f}%，高于目标值{share - 80:.1f}个百分点。"


def _planned(o: Office) -> str:
    goal = f"力争{o.year + 1}年6月底前完成{o.pick(THINGS).format(o.count())}"
    return f"下一年度计划安排{o.money()}，{goal}，工期不超过{o.count(18)}个月。"


def _ruled(o: Office) -> str:
    number = o.dice.randint(1, 200)
    rule = f"《{o.place}{o.project}资金管理办法》（财办〔{o.year - 1}〕{number}号）第{o.count(30)}条"
    return f"根据{rule}，实行专账核算，做到一事一议、一月一报。"


def _plain(o: Office) -> str:
    return o.pick(
        (
            "项目立项依据充分，程序规范，绩效目标明确，与部门职责密切相关，具有较强的可行性。",
            "项目实施过程中严格执行招标投标和合同管理制度，定期开展监督检查，未发现截留、挤占、挪用资金的情况。",
            "个别单位对绩效管理的认识还不到位，指标设置不够细化，资料归集不够及时，需要进一步加强业务指导。",
            "下一步将健全长效管护机制，压实主体责任，强化部门协作，推动各项任务落地见效，让群众得到更多实惠。",
            "通过项目实施，基础条件明显改善，公共服务能力持续增强，群众获得感稳步提升，社会反响良好。",
            f"{o.bureau}成立由主要负责人任组长的领导小组，明确责任分工，细化工作措施，确保{o.project}有序推进。",
            f"项目覆盖{o.place}各乡镇，重点向基础薄弱、群众需求迫切的地区倾斜，做到公开、公平、公正。",
            "资金实行国库集中支付，审批手续完备，会计核算规范，专款专用，接受审计和社会监督。",
            f"各单位按照{o.place}绩效管理的要求开展自评，对照年初目标逐项核实，形成佐证材料并整理归档。",
        )
    )


SECTIONS: tuple[tuple[str, tuple[Sentence, ...]], ...] = (
    ("项目基本情况", (_ruled, _granted, _plain, _built)),
    ("资金使用及管理情况", (_granted, _spent, _ruled, _plain)),
    ("项目组织实施情况", (_held, _plain, _built, _ruled)),
    ("产出指标完成情况", (_built, _held, _rated, _plain)),
    ("效益指标完成情况", (_grew, _served, _plain)),
    ("满意度指标完成情况", (_pleased, _plain)),
    ("存在的问题及下一步打算", (_planned, _plain)),
)


def report(seed: int) -> str:
    """One report."""
    office = Office(random.Random(seed))
    length = office.dice.randint(9_000, 20_000) if office.dice.random() < 0.05 else office.dice.randint(1_500, 6_000)
    lines = [f"{office.place}{office.bureau}{office.year}年度{office.project}项目支出绩效自评报告", ""]
    rounds = max(1, length // 2_200)
    for number, (heading, sentences) in enumerate(SECTIONS, start=1):
        lines.append(f"{NUMERALS[number]}、{heading}")
        for part in range(rounds):
            if rounds > 1:
                lines.append(f"（{NUMERALS[part % 10 + 1]}）{office.pick(FIELDS[office.bureau])}")
            drawn = (office.dice.choice(sentences)(office) for _ in range(office.dice.randint(2, 4)))
            lines.append("".join(sentence + _plain(office) for sentence in drawn))
    lines.append(
        f"综上，自评得分{office.dice.randint(800, 1000) / 10}分，评价等级为{office.pick(('优', '良', '中'))}。"
    )
    if office.dice.random() < 0.66:
        lines += _form(office)
    return "\n".join(lines) + "\n"


def _form(o: Office) -> Iterator[str]:
    """The 绩效自评表 at the end, flattened as offices' software does: tabs between the cells."""
    yield f"{o.year}年度项目支出绩效自评表"
    yield f"项目名称\t{o.project}\t主管部门\t{o.place}{o.bureau}"
    yield "项目资金（万元）\t\t年初预算数\t全年预算数\t全年执行数\t分值\t执行率\t得分"
    spent = o.budget * o.dice.uniform(0.6, 1)
    money = f"{o.budget:.2f}\t{o.budget:.2f}\t{spent:.2f}"
    yield f"\t年度资金总额\t{money}\t10\t{spent / o.budget:.2%}\t{10 * spent / o.budget:.1f}"
    yield "一级指标\t二级指标\t三级指标\t年度指标值\t实际完成值\t分值\t得分"
    for level1, level2 in (("产出指标", "数量指标"), ("产出指标", "质量指标"), ("效益指标", "社会效益指标")):
        for number in range(o.dice.randint(1, 4)):
            target = o.dice.randint(5, 300)
            cells = f"指标{number + 1}：{o.pick(RATES)}\t≥{target % 20 + 80}%\t{o.rate(80)}"
            if level2 == "数量指标":
                name = o.pick(THINGS).partition("{")[0]
                cells = f"指标{number + 1}：{name}数量\t≥{target}个\t{target + o.dice.randint(0, 20)}个"
            yield f"{level1}\t{level2}\t{cells}\t10\t{o.dice.randint(7, 10)}"
    yield f"满意度指标\t服务对象满意度指标\t群众满意度\t≥90%\t{o.rate(88)}\t10\t10"


def write(folder: Path, count: int, *, first: int = 0) -> Path:
    """Write so many reports, a thousand a subfolder; one in ten as offices save them, in GB18030."""
    for seed in range(first, first + count):
        path = folder / f"{seed // 1000:05}" / f"{seed:08}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(report(seed), encoding="gb18030" if seed % 10 == 0 else "utf-8")
    return folder
