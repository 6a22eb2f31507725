// The headline figures; each is also the choice of what the chart shows.

import { make, say } from "./dom.js";
import { METRICS, figure, share } from "./format.js";
import { FIGURES } from "./questions.js";

export class Figures {
  constructor(fieldset, onChoose) {
    this.parts = new Map();
    for (const [index, metric] of FIGURES.entries()) {
      const value = make("span", { class: "figure-value" }, "–");
      const change = make("span", { class: "figure-change" }, "");
      const radio = make("input", {
        type: "radio", name: "figure", value: metric, checked: index === 0, onchange: () => onChoose(metric),
      });
      const name = make("span", { class: "figure-name" }, METRICS[metric]);
      fieldset.append(make("label", { class: "figure", "data-metric": metric }, radio, name, value, change));
      this.parts.set(metric, { value, change });
    }
  }

  show(result) {
    this.now = valuesOf(result);
    for (const [metric, parts] of this.parts) {
      say(parts.value, figure(metric, this.now[metric] ?? 0));
      say(parts.change, "");
    }
  }

  /** Add how each figure differs from the period before; nothing where that was empty. */
  compare(result) {
    const before = valuesOf(result);
    for (const [metric, { change }] of this.parts) {
      const [was, is] = [Number(before[metric] ?? 0), Number(this.now[metric] ?? 0)];
      if (!was) {
        change.replaceChildren(is ? "none in the period before" : "");
        continue;
      }
      const fraction = (is - was) / was;
      const direction = Math.abs(fraction) < 0.0005 ? "" : fraction > 0 ? "up" : "down";
      const sign = { up: "+", down: "−", "": "±" }[direction];
      const told = make("b", { class: direction }, `${sign}${share(Math.abs(fraction))}`);
      change.replaceChildren(told, make("span", {}, " on the period before"));
    }
  }
}

function valuesOf(result) {
  const row = result.rows[0] ?? [];
  return Object.fromEntries(result.columns.map((column, index) => [column.name, row[index]]));
}
