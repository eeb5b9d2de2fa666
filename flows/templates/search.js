/* Search in a report and in the index. */

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
