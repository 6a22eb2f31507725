// A look at the first rows of a result, read as it streams and no further than needed.

import { byId, make, say } from "./dom.js";
import { amount, bucket, label, plain } from "./format.js";
import { made } from "./made.js";
import { about, title } from "./wording.js";

const ROWS = 200;

export class Preview {
  constructor() {
    this.dialog = byId("preview");
    this.body = byId("preview-body");
    this.dialog.addEventListener("close", () => this.running?.abort());
  }

  async open(report) {
    this.running?.abort();
    const running = (this.running = new AbortController());
    say(byId("preview-title"), title(report));
    say(byId("preview-lead"), about(report));
    this.body.replaceChildren(make("p", { class: "message" }, "Reading the first rows…"), make("progress", { "aria-label": "Reading" }));
    if (!this.dialog.open) this.dialog.showModal();
    try {
      const response = await made(report, "ndjson", { signal: running.signal, accept: "application/x-ndjson" });
      const rows = await firstRows(response.body);
      running.abort();
      this.show(report, rows);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.body.replaceChildren(make("p", { class: "message" }, error.message));
    }
  }

  show(report, rows) {
    if (!rows.length) {
      this.body.replaceChildren(make("p", { class: "message" }, make("strong", {}, "The result has no rows"), "No event matched. Try a longer period or fewer filters."));
      return;
    }
    const names = Object.keys(rows[0]);
    const numeric = new Set(names.filter((name) => rows.every((row) => row[name] === null || typeof row[name] === "number")));
    const side = (name) => (numeric.has(name) ? { class: "number-cell" } : {});
    const head = make("tr", {}, ...names.map((name) => make("th", { scope: "col", ...side(name) }, label(name))));
    const cells = (row) => names.map((name) => make("td", { ...side(name), title: numeric.has(name) ? null : whole(row[name]) }, shown(name, row[name])));
    const table = make("table", { class: "rows" }, make("thead", {}, head), make("tbody", {}, ...rows.map((row) => make("tr", {}, ...cells(row)))));
    this.body.replaceChildren(table);
    const more = rows.length === ROWS ? ` · the first ${ROWS} rows; download it for all` : ` · ${rows.length} ${rows.length === 1 ? "row" : "rows"}`;
    say(byId("preview-lead"), about(report) + more);
  }
}

function shown(name, value) {
  if (value === null || value === "") return "–";
  if (typeof value === "number") return name === "revenue" ? amount(value) : plain(value);
  if (name === "time") return bucket(value);
  return whole(value);
}

/** A cell in full; lists and rules as JSON. */
const whole = (value) => (typeof value === "object" && value !== null ? JSON.stringify(value) : String(value ?? ""));

/** The first rows of a stream of NDJSON; the rest is left unread. */
async function firstRows(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  const rows = [];
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    const lines = (rest + (value ?? "")).split("\n");
    rest = done ? "" : lines.pop();
    for (const line of lines) {
      if (line && rows.length < ROWS) rows.push(JSON.parse(line));
    }
    if (done || rows.length >= ROWS) return rows;
  }
}
