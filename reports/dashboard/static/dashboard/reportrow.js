// One line of the list of reports, changed in place so that focus and selection stay.

import { make, say, show } from "./dom.js";
import { ago, count, duration, moment } from "./format.js";
import { stageText } from "./panel.js";
import { FINAL } from "./store.js";
import { about, title } from "./wording.js";

const WORDS = {
  queued: "Queued", running: "Running", succeeded: "Finished", failed: "Failed", cancelled: "Cancelled", expired: "Expired",
};

export class ReportRow {
  /** `actions`: preview, download, cancel, retry; each takes the report. */
  constructor(report, actions, maySubmit) {
    this.title = make("p", { class: "report-title" });
    this.about = make("p", { class: "report-about" });
    this.status = make("span", { class: "status" });
    this.line = make("span");
    this.bar = make("progress", { max: "1" });
    this.error = make("p", { class: "report-error", hidden: true });
    this.maySubmit = maySubmit;
    this.buttons = this.makeButtons(actions);
    this.element = make(
      "li", { class: "report", "data-report": report.id },
      make("div", {}, this.title, this.about),
      make("div", { class: "report-state" }, make("div", { class: "report-line" }, this.status, this.line), this.bar),
      make("div", { class: "report-actions" }, ...Object.values(this.buttons)),
      this.error,
    );
    this.update(report);
  }

  makeButtons(actions) {
    const button = (name, run) => make("button", { class: "button quiet", type: "button", onclick: () => run(this.report) }, name);
    const file = (format) => button(format.toUpperCase(), (report) => actions.download(report, format));
    return {
      preview: button("View", actions.preview), csv: file("csv"), json: file("json"), ndjson: file("ndjson"),
      cancel: button("Cancel", actions.cancel), retry: button("Run again", actions.retry),
    };
  }

  update(report) {
    this.report = report;
    const { status, progress } = report;
    const called = title(report);
    say(this.title, called);
    this.title.title = called;
    this.element.dataset.status = status;
    this.status.dataset.status = status;
    say(this.status, WORDS[status] ?? status);
    this.age();
    this.showProgress(status, progress, called);
    const done = status === "succeeded";
    const { preview, csv, json, ndjson, cancel, retry } = this.buttons;
    for (const [format, button] of Object.entries({ csv, json, ndjson })) {
      button.setAttribute("aria-label", `Download ${called} as ${format.toUpperCase()}`);
    }
    for (const button of [preview, csv, json, ndjson]) show(button, done);
    show(cancel, this.maySubmit && !FINAL.has(status));
    show(retry, this.maySubmit && FINAL.has(status) && !done);
    this.ending &&= !FINAL.has(status);
    cancel.disabled = Boolean(this.ending);
    say(cancel, this.ending ? "Cancelling…" : "Cancel");
    preview.setAttribute("aria-label", `View ${called}`);
    cancel.setAttribute("aria-label", `Cancel ${called}`);
    retry.setAttribute("aria-label", `Run ${called} again`);
    say(this.error, status === "failed" ? report.error?.detail ?? "It failed without saying why." : "");
    show(this.error, status === "failed");
  }

  /** Say that a cancel is on its way, until the report has ended or `false` takes it back. */
  cancelling(ending) {
    this.ending = ending;
    this.update(this.report);
  }

  showProgress(status, progress, called) {
    const waits = !FINAL.has(status);
    show(this.bar, waits);
    this.bar.setAttribute("aria-label", `Progress of ${called}`);
    if (progress.fraction > 0) this.bar.value = progress.fraction;
    else this.bar.removeAttribute("value");
    if (waits) say(this.line, stageText(this.report));
    else say(this.line, took(this.report));
  }

  /** Say anew how old it is. */
  age() {
    say(this.about, `${about(this.report)} · ${ago(this.report.created_at)}`);
    this.about.title = moment(this.report.created_at);
  }
}

function took(report) {
  const { rows_read: rows, elapsed_ms: elapsed } = report.progress;
  const parts = [];
  if (rows) parts.push(`${count(rows)} rows`);
  if (elapsed) parts.push(duration(elapsed));
  if (!parts.length && report.cache && report.cache.tier !== "none") parts.push("from the cache");
  return parts.join(" · ");
}
