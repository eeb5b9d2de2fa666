/* The reports, the filters and the sections. The page's scripts are one block: what one declares all know. */

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const UNSURE = 0.6;
const CATEGORIES = ["产出", "效益", "满意度", "决策", "过程", ""];
const KINDS = { amount: "金额", rate: "比率", count: "数量", score: "得分", duration: "时长", date: "日期" };
const ROLES = { actual: "实际", target: "目标", standard: "标准" };
const BOUNDS = { "=": "= 恰为", "≥": "≥ 不少于", ">": "> 超过", "≤": "≤ 不超过", "<": "< 不足", "≈": "≈ 约" };
const CHANGES = { up: "↑ 增加", down: "↓ 减少" };
const FACETS = {
  category: CATEGORIES.map((name) => [name, name || "未归类"]),
  kind: Object.entries(KINDS),
  role: Object.entries(ROLES),
};

/** An element with attributes and children; text is always text, never markup. */
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") element.addEventListener("click", value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const store = {
  get(key) { try { return localStorage.getItem(key); } catch { return null; } },
  set(key, value) { try { value === null ? localStorage.removeItem(key) : localStorage.setItem(key, value); } catch { /* private window */ } },
};
const number = (value) => value.toLocaleString("zh-CN", { maximumFractionDigits: 6 });
const percent = (share) => `${Math.round(share * 100)}%`;

// ---- reports -----------------------------------------------------------------------------------------------------

const reports = new Map($$("article.report").map((element) => [element.dataset.doc, element]));
const opened = new Map();
const chosen = { category: new Set(), kind: new Set(), role: new Set(), sure: 100, flawed: false };
let report = null;
let current = null;
let view = "text";

/** What the script knows of a report: its figures, and the marks of each. Read once, when it is first shown. */
function open(element) {
  if (!opened.has(element)) {
    const data = JSON.parse($("script[type='application/json']", element).textContent);
    const marks = data.figures.map(() => []);
    for (const mark of $$("mark", element)) marks[mark.dataset.i].push(mark);
    opened.set(element, { ...data, element, marks, shown: data.figures.map(() => true), at: new Map(data.figures.map((figure, i) => [figure.mention_id, i])) });
    data.figures.forEach((figure, i) => showVerdict(opened.get(element), i));
  }
  return opened.get(element);
}

function show(element) {
  for (const other of reports.values()) other.hidden = other !== element;
  const index = $("#index");
  if (index) index.hidden = element !== null;
  document.body.classList.toggle("at-index", element === null);
  if (report && report.element === element) return;
  report = element && open(element);
  current = null;
  $("#search").placeholder = element ? "搜索正文（/）" : "搜索报告（/）";
  drawDetail();
  if (report) apply();
  find();
}

function setView(name) {
  if (!report) return;
  view = name;
  for (const button of $$("#tabs button")) button.setAttribute("aria-pressed", button.dataset.view === name);
  for (const each of $$(".view", report.element)) each.hidden = each.dataset.view !== name;
  if (name === "list") drawList(report);
}

// ---- filters -----------------------------------------------------------------------------------------------------

function matches(figure) {
  return Object.keys(FACETS).every((facet) => !chosen[facet].size || chosen[facet].has(figure[facet] ?? ""))
    && figure.confidence * 100 <= chosen.sure && (!chosen.flawed || figure.flawed);
}

function apply() {
  report.figures.forEach((figure, i) => {
    const on = matches(figure);
    if (on !== report.shown[i]) for (const mark of report.marks[i]) mark.classList.toggle("off", !on);
    report.shown[i] = on;
  });
  drawChips();
  drawSections();
  $("#shown").textContent = `${report.shown.filter(Boolean).length} / ${report.figures.length} 个数字`;
  $("#sure-shown").textContent = `${chosen.sure}%`;
  setView(view);
}

function drawChips() {
  for (const group of $$(".chips")) {
    const facet = group.dataset.facet;
    const counts = new Map();
    for (const figure of report.figures) counts.set(figure[facet] ?? "", (counts.get(figure[facet] ?? "") ?? 0) + 1);
    group.replaceChildren(...FACETS[facet].filter(([name]) => counts.has(name) || chosen[facet].has(name)).map(([name, label]) => h("button", {
      "data-value": name, "data-c": facet === "category" ? name : null, "aria-pressed": String(chosen[facet].has(name)),
      on: () => { chosen[facet].delete(name) || chosen[facet].add(name); apply(); $(`.chips[data-facet="${facet}"] [data-value="${name}"]`).focus(); },
    }, label, h("small", {}, String(counts.get(name) ?? 0)))));
  }
}

/** The headings as a tree with their counts; a heading counts what stands below it. */
function drawSections() {
  const root = { below: new Map() };
  report.figures.forEach((figure, i) => {
    let node = root;
    const path = figure.section ? figure.section.split(" > ") : ["（无标题）"];
    path.forEach((name, depth) => {
      if (!node.below.has(name)) node.below.set(name, { key: path.slice(0, depth + 1).join(" > "), name, depth, first: i, total: 0, counts: new Map(), below: new Map() });
      node = node.below.get(name);
      if (!report.shown[i]) return;
      node.counts.set(figure.category ?? "", (node.counts.get(figure.category ?? "") ?? 0) + 1);
      node.total += 1;
    });
  });
  const lines = (node) => [...node.below.values()].flatMap((each) => [sectionLine(each), ...lines(each)]);
  $("#sections").replaceChildren(...lines(root));
}

function sectionLine(node) {
  const bars = CATEGORIES.filter((name) => node.counts.has(name)).map((name) => h("i", { "data-c": name, style: `flex:${node.counts.get(name)}` }));
  return h("li", {}, h("button", { class: node.total ? null : "nil", style: `--depth:${node.depth}`, title: node.key, "data-section": node.key, on: () => goToSection(node.key, node.first) },
    h("span", { class: "name" }, node.name), h("span", { class: "count" }, String(node.total)), h("span", { class: "bars" }, ...bars)));
}

function goToSection(key, first) {
  setView("text");
  const heading = $$("[data-path]", report.element).find((block) => block.dataset.path === key);
  (heading ?? report.marks[first][0]).scrollIntoView({ block: "start" });
}
