// One ranking card: the top values of a dimension, each with a bar for its share.

import { make } from "./dom.js";
import { cell, heading, label } from "./format.js";
import { Panel } from "./panel.js";
import { rankingQuestion } from "./questions.js";

export class Ranking {
  constructor(plan, asking) {
    this.plan = plan;
    this.asking = asking;
    this.dimension = plan.tabs[0][0];
    this.table = make("div");
    this.element = make(
      "section", { class: "card ranking-card", "aria-labelledby": `${plan.id}-title`, id: plan.id },
      make("div", { class: "working", hidden: true }),
      make("div", { class: "ranking-head" }, make("h2", { id: `${plan.id}-title` }, plan.title), this.tabs()),
      this.table,
      make("div", { class: "message", hidden: true }),
    );
    this.panel = new Panel(this.element, [this.table]);
  }

  tabs() {
    const fieldset = make("fieldset", { class: "segments small" }, make("legend", { class: "unseen" }, `${this.plan.title} by`));
    for (const [dimension, name] of this.plan.tabs) {
      const radio = make("input", {
        type: "radio", name: `${this.plan.id}-tab`, value: dimension, checked: dimension === this.dimension,
        onchange: () => this.choose(dimension),
      });
      fieldset.append(make("label", {}, radio, make("span", {}, name)));
    }
    return fieldset;
  }

  choose(dimension) {
    this.dimension = dimension;
    this.load(this.range, {});
  }

  async load(range, { fresh = false } = {}) {
    this.range = range;
    this.running?.abort();
    const running = (this.running = new AbortController());
    this.panel.busy();
    try {
      const body = rankingQuestion(this.plan, this.dimension, range);
      const result = await this.asking.query(body, {
        signal: running.signal, fresh, onProgress: (report) => this.panel.progress(report),
      });
      if (running === this.running) this.show(result);
    } catch (error) {
      if (running === this.running) this.panel.failed(error, () => this.load(range, {}));
    }
  }

  show(result) {
    if (!result.rows.length) {
      const name = label(this.dimension).toLowerCase();
      this.panel.say("Nothing here yet", `No event of this period carries a ${name}.`);
      return;
    }
    const { metrics } = this.plan;
    const places = metrics.map((metric) => result.columns.findIndex((column) => column.name === metric));
    const most = Math.max(...result.rows.map((row) => Number(row[places[0]])), 1);
    const head = make("tr", {}, make("th", { scope: "col" }, label(this.dimension)), ...metrics.map((metric) => make("th", { scope: "col", title: label(metric), "aria-label": label(metric) }, heading(metric))));
    const rows = result.rows.map((row) => this.row(row, places, most));
    this.table.replaceChildren(make("table", { class: "ranking" }, make("thead", {}, head), make("tbody", {}, ...rows)));
    this.panel.ready();
  }

  row(row, places, most) {
    const text = row[0] === null || row[0] === "" ? this.plan.none[this.dimension] ?? "None" : String(row[0]);
    const name = make("span", row[0] ? { title: text } : { class: "none" }, text);
    const bar = make("span", { class: "share" }, name);
    bar.style.setProperty("--share", `${(100 * Number(row[places[0]])) / most}%`);
    const cells = places.map((place, index) => make("td", index ? { class: "minor" } : {}, cell(this.plan.metrics[index], row[place])));
    return make("tr", {}, make("td", {}, bar), ...cells);
  }
}
