"use strict";
{
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

// ---- search ------------------------------------------------------------------------------------------------------

let ranges = [];
let hit = -1;

/** Full-width as half-width, capitals as small letters; the length stays. */
const fold = (text) => text.replace(/[！-～]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).toLowerCase();

function find() {
  const query = fold($("#search").value.trim());
  ranges = report && query ? hits($(".paper", report.element), query) : [];
  hit = -1;
  if (window.Highlight) {
    CSS.highlights.set("found", new Highlight(...ranges));
    CSS.highlights.delete("found-now");
  }
  if (!report) filterIndex(query);
  else if (view === "list") drawList(report);
  $("#hits").textContent = !query || !report ? "" : ranges.length ? `${ranges.length} 处` : "没有";
}

function hits(root, query) {
  const nodes = [];
  const starts = [];
  let text = "";
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) { nodes.push(walker.currentNode); starts.push(text.length); text += walker.currentNode.data; }
  const folded = fold(text);
  const at = (place) => {
    let low = 0, high = starts.length;
    while (high - low > 1) { const middle = (low + high) >> 1; if (starts[middle] <= place) low = middle; else high = middle; }
    return [nodes[low], place - starts[low]];
  };
  const found = [];
  for (let place = folded.indexOf(query); place >= 0 && found.length < 2000; place = folded.indexOf(query, place + query.length)) {
    const range = new Range();
    range.setStart(...at(place));
    const [node, offset] = at(place + query.length - 1);
    range.setEnd(node, offset + 1);
    found.push(range);
  }
  return found;
}

function nextHit(by) {
  if (!ranges.length) return;
  if (view !== "text") setView("text");
  hit = (hit + by + ranges.length) % ranges.length;
  if (window.Highlight) CSS.highlights.set("found-now", new Highlight(ranges[hit]));
  ranges[hit].startContainer.parentElement.scrollIntoView({ block: "center" });
  $("#hits").textContent = `${hit + 1} / ${ranges.length}`;
}

function filterIndex(query) {
  for (const row of $$("#reports tbody tr")) row.hidden = Boolean(query) && !fold(row.textContent).includes(query);
}

function sortIndex(head) {
  const table = $("#reports");
  const column = [...head.parentElement.children].indexOf(head);
  const down = head.getAttribute("aria-sort") !== "descending" && (head.classList.contains("n") || head.getAttribute("aria-sort") === "ascending");
  for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const key = (row) => row.cells[column].textContent.trim();
  const rows = $$("tbody tr", table).sort((a, b) => head.classList.contains("n") ? (parseFloat(key(a)) || 0) - (parseFloat(key(b)) || 0) : key(a).localeCompare(key(b), "zh-CN"));
  $("tbody", table).append(...(down ? rows.reverse() : rows));
}

// ---- verdicts, links ---------------------------------------------------------------------------------------------

const verdict = (figure) => store.get(`jixiao:${figure.mention_id}`);

function judge(word) {
  if (current === null) return;
  const figure = report.figures[current];
  store.set(`jixiao:${figure.mention_id}`, verdict(figure) === word ? null : word);
  showVerdict(report, current);
  drawDetail(figureDetail(figure));
}

function showVerdict(of, i) {
  const word = verdict(of.figures[i]);
  for (const name of ["right", "wrong"]) of.marks[i][0]?.classList.toggle(name, word === name);
}

/** Every figure that was judged, as a tab-separated file; no cell may be taken for a formula. */
function saveVerdicts() {
  const cell = (value) => String(value ?? "").replace(/\s+/g, " ").replace(/^(?=\s*[=+\-@＝＋－＠].)/, "'");
  const names = ["mention_id", "text", "value", "unit", "category", "subcategory", "role", "item", "rule", "evidence"];
  const lines = [["verdict", ...names].join("\t")];
  for (const element of reports.values()) {
    for (const figure of open(element).figures) if (verdict(figure)) lines.push([verdict(figure), ...names.map((name) => cell(figure[name]))].join("\t"));
  }
  if (lines.length === 1) return toast("还没有核对过的数字：选一个，按 y 或 x");
  const link = h("a", { href: URL.createObjectURL(new Blob(["\ufeff", lines.join("\n"), "\n"], { type: "text/tab-separated-values" })), download: "核对结果.tsv" });
  link.click();
  URL.revokeObjectURL(link.href);
}

async function copyLink() {
  if (current === null) return;
  const address = `${location.href.split("#")[0]}#${report.figures[current].mention_id}`;
  try { await navigator.clipboard.writeText(address); toast("链接已复制"); } catch { prompt("复制这个链接", address); }
}

function toast(text) {
  $(".toast")?.remove();
  const note = h("div", { class: "toast", role: "status" }, text);
  document.body.append(note);
  setTimeout(() => note.remove(), 1600);
}

/** `#doc-…` is a report, `#doc_id:start` a figure of it; anything else the index, or the only report. */
function route() {
  const target = decodeURIComponent(location.hash.slice(1));
  const doc = target.startsWith("doc-") ? target.slice(4) : target.split(":")[0];
  const row = $$("#reports tbody tr").find((each) => each.dataset.doc === doc);
  if (!reports.has(doc) && row && !row.dataset.href.startsWith("#")) {
    location.replace(row.dataset.href + (target.includes(":") ? `#${target}` : ""));
    return;
  }
  const element = reports.get(doc) ?? ($("#index") ? null : [...reports.values()][0]);
  show(element ?? null);
  const i = report?.at.get(target);
  if (i !== undefined) { setView("text"); select(i, { link: false }); return; }
  const r = report ? report.rows.findIndex((each) => each.indicator_id === target) : -1;
  if (r >= 0) { setView("forms"); selectRow(r); } else scrollTo(0, 0);
}

function neighbour(by) {
  const all = [...reports.keys()];
  const i = report ? all.indexOf(report.element.dataset.doc) + by : by > 0 ? 0 : -1;
  if (all[i]) location.hash = `doc-${all[i]}`;
}

function toggleTheme() {
  const dark = getComputedStyle(document.documentElement).colorScheme === "dark";
  document.documentElement.dataset.theme = dark ? "light" : "dark";
  store.set("jixiao-theme", document.documentElement.dataset.theme);
}

// ---- hands -------------------------------------------------------------------------------------------------------

const KEYS = {
  j: () => step(1), ArrowRight: () => step(1), k: () => step(-1), ArrowLeft: () => step(-1),
  u: () => step(1, (figure) => figure.confidence < UNSURE),
  y: () => judge("right"), x: () => judge("wrong"), c: copyLink,
  "[": () => neighbour(-1), "]": () => neighbour(1), d: toggleTheme,
  "/": () => { $("#search").focus(); $("#search").select(); },
  "?": () => $("#help").showModal(), "？": () => $("#help").showModal(),
  Escape: () => { for (const mark of $$(".now")) mark.classList.remove("now"); current = null; drawDetail(); },
};
["text", "list", "forms", "flaws"].forEach((name, i) => { KEYS[i + 1] = () => setView(name); });

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const field = event.target.closest("input, textarea");
  if (field?.id === "search") {
    if (event.key === "Enter") { event.preventDefault(); nextHit(event.shiftKey ? -1 : 1); }
    if (event.key === "Escape") { field.value = ""; find(); field.blur(); }
    return;
  }
  if (field?.type === "range" || $("#help").open) return;
  const row = event.target.closest("tr[tabindex]");
  if (row && event.key === "Enter") { row.click(); return; }
  if (KEYS[event.key]) { event.preventDefault(); KEYS[event.key](); }
});

$("#main").addEventListener("click", (event) => {
  const mark = event.target.closest("mark, tr[data-i]");
  if (mark) { select(Number(mark.dataset.i), { scroll: false }); return; }
  const cell = event.target.closest("[data-r]");
  if (cell) { selectRow(Number(cell.dataset.r)); return; }
  const flaw = event.target.closest("tr[data-p]");
  if (flaw) { setView("text"); $(`.flaw[data-p="${flaw.dataset.p}"]`, report.element)?.scrollIntoView({ block: "center" }); return; }
  const head = event.target.closest("#reports th");
  if (head) { sortIndex(head); return; }
  const row = event.target.closest("#reports tbody tr");
  if (row && !event.target.closest("a") && !getSelection().toString()) location.href = row.dataset.href;
});
$("#tabs").addEventListener("click", (event) => { if (event.target.dataset.view) setView(event.target.dataset.view); });
$("#search").addEventListener("input", find);
$("#sure").addEventListener("input", (event) => { chosen.sure = Number(event.target.value); apply(); });
$("#flawed").addEventListener("change", (event) => { chosen.flawed = event.target.checked; apply(); });
$("#names").addEventListener("change", (event) => document.body.classList.toggle("no-names", !event.target.checked));
$("#reset").addEventListener("click", () => {
  for (const facet of Object.keys(FACETS)) chosen[facet].clear();
  Object.assign(chosen, { sure: 100, flawed: false });
  $("#sure").value = 100;
  $("#flawed").checked = false;
  apply();
});
$("#theme").addEventListener("click", toggleTheme);
$("#help-open").addEventListener("click", () => $("#help").showModal());
addEventListener("hashchange", route);
addEventListener("beforeprint", () => { if (report) drawList(report); });

if (store.get("jixiao-theme")) document.documentElement.dataset.theme = store.get("jixiao-theme");
route();
}
