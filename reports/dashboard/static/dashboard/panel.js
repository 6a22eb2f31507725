// What a card shows while its answer is on the way, empty, or could not be had.

import { Failure } from "./api.js";
import { make, say, show } from "./dom.js";
import { shortCount } from "./format.js";

const STAGES = { queued: "Waiting for a free worker", running: "Reading events" };

/** A sentence about how far a report is. */
export function stageText(report) {
  const { queue_position: position, rows_read: read, fraction } = report.progress;
  if (report.status === "queued") {
    return position > 0 ? `Number ${position} in the queue` : STAGES.queued;
  }
  if (!read) return STAGES.running;
  const rows = `${shortCount(read)} rows`;
  return fraction > 0 ? `${Math.floor(fraction * 100)} % · ${rows}` : rows;
}

/** One card: `.working`, `.message` and the content it hides meanwhile. */
export class Panel {
  constructor(element, content) {
    this.element = element;
    this.content = content;
    this.working = element.querySelector(".working");
    this.message = element.querySelector(".message");
  }

  busy() {
    this.element.setAttribute("aria-busy", "true");
    this.running = new Map();
    this.bar = make("progress", { max: "1", "aria-label": "Computing" });
    this.text = make("span", {}, "");
    show(this.text, false);
    this.working.replaceChildren(this.bar, this.text);
    show(this.working, true);
    show(this.message, false);
  }

  /** Show how far the card's questions are together, and the words of the one told last. */
  progress(report) {
    this.running.set(report.id, report.progress.fraction);
    const fractions = [...this.running.values()];
    const fraction = fractions.reduce((sum, each) => sum + each, 0) / fractions.length;
    if (fraction > 0) this.bar.value = fraction;
    say(this.text, stageText(report));
    show(this.text, true);
  }

  ready() {
    this.element.removeAttribute("aria-busy");
    show(this.working, false);
    show(this.message, false);
    for (const part of this.content) show(part, true);
  }

  /** Put a message in the content's place, with one thing to do about it. */
  say(title, detail, action) {
    this.ready();
    for (const part of this.content) show(part, false);
    this.message.replaceChildren(make("strong", {}, title), detail);
    if (action) {
      const button = make("button", { class: "button", type: "button", onclick: action.run }, action.name);
      this.message.append(make("br"), button);
    }
    show(this.message, true);
  }

  failed(error, again) {
    if (error.name === "AbortError") return;
    const known = error instanceof Failure;
    const advice = known ? error.message : "This page has a fault. Reload it; if it stays, tell whoever runs this installation.";
    this.say("This could not be shown", advice, { name: "Try again", run: again });
    if (!known) throw error;
  }
}
