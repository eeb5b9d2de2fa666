/* What a reader does: judge, share, move, type and click. */

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

/** The text without its percent signs; as it is where they stand for nothing. */
function plain(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}

/** `#doc-…` is a report, `#doc_id:start` a figure of it; anything else the index, or the only report. */
function route() {
  const target = plain(location.hash.slice(1));
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
