// The list of reports: kept in step with the store, filtered, and acted upon.

import { Failure, get, local, newKey, post } from "./api.js";
import { download } from "./download.js";
import { announce, byId, chosen, say, show } from "./dom.js";
import { isOwn } from "./questions.js";
import { ReportRow } from "./reportrow.js";
import { FINAL } from "./store.js";
import { title } from "./wording.js";

const STEP = 12;
const SHOWN = {
  all: () => true,
  active: (report) => !FINAL.has(report.status),
  done: (report) => report.status === "succeeded",
  failed: (report) => ["failed", "cancelled", "expired"].includes(report.status),
};
const NOTHING = {
  all: "No reports yet. A new report runs in the background and stays here with its result.",
  active: "Nothing is running.", done: "No finished report.", failed: "No report has failed or was cancelled.",
};

export class ReportList {
  constructor(reports, preview, trouble, maySubmit) {
    Object.assign(this, { reports, preview, trouble, maySubmit });
    this.rows = new Map();
    this.mine = new Set();
    this.room = STEP;
    this.next = null;
    this.list = byId("report-list");
    reports.onChange((report, before) => this.changed(report, before));
    byId("status-filter").addEventListener("change", () => this.draw());
    byId("own-questions").addEventListener("change", () => this.draw());
    byId("more-reports").addEventListener("click", () => this.more());
    setInterval(() => { for (const row of this.rows.values()) row.age(); }, 30000);
  }

  changed(report, before) {
    this.rows.get(report.id)?.update(report);
    if (before?.status === report.status) return;
    if (before && this.mine.has(report.id) && FINAL.has(report.status)) {
      announce(`Report ${title(report)}: ${report.status}`);
    }
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw());
  }

  /** A report this page has just submitted: shown whatever is filtered, and announced when done. */
  submitted(report) {
    this.mine.add(report.id);
    byId("status-filter").querySelector('input[value="all"]').checked = true;
    this.reports.fetched(report, 0);
    announce(`Report ${title(report)} submitted`);
    this.draw();
    this.rows.get(report.id)?.element.classList.add("fresh");
  }

  /** The first page, or why it could not be read. */
  paged(page, error) {
    if (error) {
      if (!this.rows.size) this.message(error.message);
      return;
    }
    this.loaded = true;
    this.next ??= page.next;
    this.draw();
  }

  draw() {
    const shown = chosen(byId("status-filter"), "shown");
    const own = byId("own-questions").checked;
    const fitting = this.reports.list().filter((report) =>
      SHOWN[shown](report) && (own || this.mine.has(report.id) || !isOwn(report)));
    const visible = fitting.slice(0, this.room);
    this.place(visible);
    if (visible.length || this.loaded) this.message(visible.length ? "" : NOTHING[shown]);
    show(byId("more-reports"), fitting.length > this.room || Boolean(this.next));
  }

  /** Put the lines in order, moving only those that are out of place. */
  place(visible) {
    const wanted = new Set(visible.map((report) => report.id));
    for (const [id, row] of this.rows) {
      if (wanted.has(id)) continue;
      row.element.remove();
      this.rows.delete(id);
    }
    visible.forEach((report, index) => {
      if (!this.rows.has(report.id)) this.rows.set(report.id, new ReportRow(report, this.actions(), this.maySubmit));
      const { element } = this.rows.get(report.id);
      if (this.list.children[index] !== element) this.list.insertBefore(element, this.list.children[index] ?? null);
    });
  }

  message(text) {
    say(byId("reports-message"), text);
    show(byId("reports-message"), Boolean(text));
  }

  async more() {
    this.room += STEP;
    if (this.reports.byId.size < this.room && this.next) {
      const asked = performance.now();
      await this.attempt(async () => {
        const page = await (await get(local(this.next))).json();
        this.next = page.next;
        for (const report of page.items) this.reports.fetched(report, asked);
      });
    }
    this.draw();
  }

  actions() {
    return {
      preview: (report) => this.preview.open(report),
      download: (report, format) => this.download(report, format),
      cancel: (report) => this.act(report, "cancel"),
      retry: (report) => this.act(report, "retry"),
    };
  }

  async download(report, format) {
    const button = this.rows.get(report.id).buttons[format];
    button.disabled = true;
    const reading = (read) => say(button, `${read.toFixed(1)} MB…`);
    const making = (fraction) => say(button, `${Math.round(fraction * 100)} %…`);
    await this.attempt(() => download(report, format, reading, making));
    say(button, format.toUpperCase());
    button.disabled = false;
  }

  /** Cancel or retry; the store learns the answer, and the line shows what is under way. */
  async act(report, what) {
    const row = this.rows.get(report.id);
    row?.cancelling(what === "cancel");
    const done = await this.attempt(async () => {
      const asked = performance.now();
      const answer = await post(local(report.links[what]), {}, { headers: { "Idempotency-Key": newKey() } });
      const changed = await answer.json();
      this.mine.add(changed.id);
      this.reports.fetched(changed, asked);
    });
    if (!done) row?.cancelling(false);
  }

  async attempt(work) {
    try {
      await work();
      this.trouble("");
      return true;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.trouble(error.message);
      return false;
    }
  }
}
