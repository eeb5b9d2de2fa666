/* One figure or one row of a form in the panel, and the list of all figures. */

// ---- one figure --------------------------------------------------------------------------------------------------

function select(i, { scroll = true, link = true } = {}) {
  for (const mark of $$(".now", report.element)) mark.classList.remove("now");
  current = i;
  for (const mark of report.marks[i]) mark.classList.add("now");
  $(`.rows tr[data-i="${i}"]`, report.element)?.classList.add("now");
  drawDetail(figureDetail(report.figures[i]));
  for (const button of $$("#sections button")) button.classList.toggle("here", button.dataset.section === report.figures[i].section);
  if (link) history.replaceState(null, "", `#${report.figures[i].mention_id}`);
  if (scroll) (view === "list" ? $(`.rows tr[data-i="${i}"]`, report.element) : report.marks[i][0])?.scrollIntoView({ block: "center" });
}

function step(by, wanted = () => true) {
  if (!report || (view !== "text" && view !== "list")) return;
  const count = report.figures.length;
  let i = current ?? (by > 0 ? -1 : count);
  do i += by; while (i >= 0 && i < count && !(report.shown[i] && report.marks[i].length && wanted(report.figures[i])));
  if (i >= 0 && i < count) select(i);
  else toast(by > 0 ? "后面没有了" : "前面没有了");
}

function valueOf(figure) {
  if (figure.kind === "date") return days(figure.date_start, figure.date_end);
  if (figure.value === null) return "—";
  const range = figure.value_max === null ? number(figure.value) : `${number(figure.value)} – ${number(figure.value_max)}`;
  return `${figure.bound === "=" ? "" : `${figure.bound} `}${range} ${figure.unit ?? ""}${figure.change ? ` ${CHANGES[figure.change][0]}` : ""}`;
}

/** A stretch of days as one would write it: whole years and months by their names. */
function days(start, end) {
  const [year, month] = start.split("-").map(Number);
  if (start === `${year}-01-01` && end === `${year}-12-31`) return `${year}年`;
  const last = new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
  if (start.endsWith("-01") && end === last) return `${year}年${month}月`;
  return start === end ? start : `${start} — ${end}`;
}

/** Pairs of name and value as a definition list; what is null is left out, `null` itself draws a line. */
function facts(pairs) {
  return h("dl", {}, ...pairs.flatMap((pair) => pair === null ? [h("hr")]
    : pair[1] === null || pair[1] === undefined || pair[1] === "" ? [] : [h("dt", {}, pair[0]), h("dd", {}, pair[1])]));
}

function figureDetail(figure) {
  const row = report.rows.find((each) => each.indicator_id === figure.indicator_id && figure.indicator_id);
  return [
    h("h2", {}, figure.text.replaceAll("\n", "")),
    h("p", { class: "value", "data-c": figure.category ?? "" }, valueOf(figure)),
    facts([
      ["类别", h("span", { class: "tag", "data-c": figure.category ?? "" }, figure.category ?? "未归类")],
      ["子类", figure.subcategory], ["对象", figure.item],
      ["角色", ROLES[figure.role]], ["阶段", figure.stage], ["类型", KINDS[figure.kind]],
      ["数值", figure.value === null ? null : number(figure.value)], ["上限", figure.value_max === null ? null : number(figure.value_max)],
      ["单位", figure.unit && figure.currency && figure.currency !== "CNY" ? `${figure.unit}（${figure.currency}）` : figure.unit],
      ["约束", BOUNDS[figure.bound] ?? figure.bound], ["变化", CHANGES[figure.change]],
      ["起", figure.date_start], ["止", figure.date_end], ["年份", figure.year && String(figure.year)],
      ["付款方", figure.payer], ["收款方", figure.payee],
      ["自评表", row && h("button", { on: () => selectRow(row.index) }, row.level3)],
      null,
      ["可信度", sureness(figure.confidence)],
      ["依据", figure.evidence && h("span", {}, ...figure.evidence.split(/[;；]\s*/).map((each) => h("span", { class: "evidence" }, each)))],
      ["规则", figure.rule], ["章节", figure.section], ["位置", `${figure.start}–${figure.end}`],
    ]),
    h("div", { class: "actions" },
      h("button", { on: () => copyLink() }, "复制链接"),
      h("button", { on: () => judge("right"), "aria-pressed": String(verdict(figure) === "right"), title: "y" }, "✓ 正确"),
      h("button", { on: () => judge("wrong"), "aria-pressed": String(verdict(figure) === "wrong"), title: "x" }, "✗ 有误"),
      h("button", { on: () => step(-1), title: "k" }, "↑"), h("button", { on: () => step(1), title: "j" }, "↓")),
  ];
}

function sureness(confidence) {
  return h("span", {}, h("span", { class: `meter${confidence < UNSURE ? " low" : ""}` }, h("i", { style: `width:${percent(confidence)}` })), percent(confidence));
}

function drawDetail(children = null) {
  const panel = $("#detail");
  panel.classList.toggle("open", children !== null);
  panel.replaceChildren(...(children ?? [h("div", { class: "hint" },
    h("p", {}, "点正文里的数字，看它读成了什么、归到哪里、凭什么。"),
    h("p", { class: "legend" }, h("mark", { "data-c": "产出" }, "实线"), " 实际　", h("mark", { "data-c": "产出", "data-role": "target" }, "虚线"), " 目标　", h("mark", { "data-c": "产出", "data-role": "standard" }, "点线"), " 标准"),
    h("p", { class: "legend" }, h("mark", { "data-c": "", "data-unsure": true }, "问号"), " 可信度低于 60%　", h("span", { class: "flaw" }, "波浪线"), " 没读懂的地方"),
    h("p", {}, h("kbd", {}, "j"), " ", h("kbd", {}, "k"), " 逐个看，", h("kbd", {}, "u"), " 看没把握的，", h("kbd", {}, "?"), " 全部快捷键。"),
    h("p", {}, h("button", { on: saveVerdicts }, "导出核对结果")))]));
}

function selectRow(r) {
  const row = report.rows[r];
  for (const each of $$(".now", report.element)) each.classList.remove("now");
  const cells = $$(`.cell[data-r="${r}"], tr[data-r="${r}"]`, report.element);
  for (const cell of cells) cell.classList.add("now");
  drawDetail([
    h("h2", {}, row.level3),
    h("p", { class: "value", "data-c": row.category ?? "" }, row.attained === null ? "—" : row.attained ? "达到目标" : "未达到目标"),
    facts([
      ["一级", row.level1], ["二级", row.level2], ["项目", row.project],
      ["指标值", row.target], ["读作", row.target_value === null ? null : `${row.target_bound ?? ""} ${number(row.target_value)} ${row.target_unit ?? ""}`],
      ["完成值", row.actual], ["读作", row.actual_value === null ? null : `${number(row.actual_value)} ${row.actual_unit ?? ""}`],
      ["分值", row.weight === null ? null : number(row.weight)], ["得分", row.score === null ? null : number(row.score)],
      null, ["位置", `${row.start}–${row.end}`],
    ]),
    h("div", { class: "actions" }, h("button", { on: () => { setView(view === "text" ? "forms" : "text"); selectRow(r); } }, view === "text" ? "看表单" : "看原文")),
  ]);
  cells.find((cell) => cell.checkVisibility())?.scrollIntoView({ block: "nearest" });
}

// ---- list --------------------------------------------------------------------------------------------------------

function drawList(of) {
  const box = $(".view[data-view='list']", of.element);
  const query = fold($("#search").value.trim());
  const rows = of.figures.map((figure, i) => [figure, i]).filter(([figure, i]) =>
    of.shown[i] && (!query || fold(`${figure.text} ${figure.item ?? ""} ${figure.section}`).includes(query)));
  const heads = ["原文", "数值", "类别", "对象", "角色", "章节", "可信度"];
  box.replaceChildren(h("div", { class: "scroll" }, h("table", { class: "rows" },
    h("thead", {}, h("tr", {}, ...heads.map((name, i) => h("th", { class: i === 1 || i === 6 ? "n" : null }, name)))),
    h("tbody", {}, ...rows.map(([figure, i]) => h("tr", { "data-i": i, tabindex: 0, class: i === current ? "now" : null },
      h("td", {}, figure.text.replaceAll("\n", "")), h("td", { class: "n" }, valueOf(figure)),
      h("td", { class: "group" }, h("i", { class: "dot", "data-c": figure.category ?? "" }), [figure.category ?? "未归类", figure.stage ?? figure.subcategory].filter(Boolean).join(" · ")),
      h("td", {}, figure.item ?? ""), h("td", {}, ROLES[figure.role]), h("td", {}, figure.section.split(" > ").at(-1)),
      h("td", { class: figure.confidence < UNSURE ? "n bad" : "n" }, percent(figure.confidence))))))));
}
