// The form for a new report: read into a request, sent once, refusals shown at their fields.

import { Failure, newKey, post } from "./api.js";
import { byId, make, say, show } from "./dom.js";
import { METRICS, label } from "./format.js";

const DIMENSIONS = [
  "source", "medium", "channel", "campaign_id", "path", "hostname", "referrer_host", "event_name",
  "device_type", "browser", "os", "country", "region", "city",
];
const CHECKED = new Set(["visitors", "conversions", "revenue"]);

export class Submission {
  constructor(onSubmitted) {
    this.onSubmitted = onSubmitted;
    this.dialog = byId("submission");
    this.form = byId("submission-form");
    this.error = byId("submission-error");
    this.fill();
    byId("new-report").addEventListener("click", () => this.open());
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    this.form.addEventListener("change", () => { this.key = newKey(); });
  }

  fill() {
    for (const [metric, name] of Object.entries(METRICS)) {
      const box = make("input", { type: "checkbox", name: "metrics", value: metric, checked: CHECKED.has(metric) });
      byId("metric-choices").append(make("label", {}, box, make("span", {}, name)));
    }
    const options = (none) => [make("option", { value: "" }, none), ...DIMENSIONS.map((name) => make("option", { value: name }, label(name)))];
    byId("dimension").append(...options("nothing: one total"));
    byId("second-dimension").append(...options("nothing else"));
    byId("filter-field").append(...options("every event"));
    byId("dimension").value = "source";
  }

  open() {
    this.clear();
    this.key = newKey();
    this.dialog.showModal();
  }

  /** The request the form stands for. */
  request() {
    const data = new FormData(this.form);
    const dimensions = [...new Set([data.get("dimension"), data.get("second")])].filter(Boolean);
    const field = data.get("filter_field");
    const value = data.get("filter_value").trim();
    const metrics = data.getAll("metrics");
    const granularity = data.get("granularity");
    return {
      metrics,
      ...(dimensions.length ? { dimensions } : {}),
      period: data.get("period"),
      ...(granularity ? { granularity } : {}),
      ...(field && value ? { filters: [{ field, operator: "contains", value }] } : {}),
      ...(data.get("include_bots") ? { include_bots: true } : {}),
      limit: 50000,
    };
  }

  async submit() {
    this.clear();
    const request = this.request();
    if (!request.metrics.length) {
      this.refuse("Choose at least one figure.", [{ field: "metrics", detail: "Choose at least one." }]);
      return;
    }
    const button = this.form.querySelector('[type="submit"]');
    button.disabled = true;
    say(button, "Submitting…");
    try {
      const response = await post("reports", { kind: "query", request }, { headers: { "Idempotency-Key": this.key } });
      this.onSubmitted(await response.json());
      this.dialog.close();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.refuse(error.message, error.errors);
    } finally {
      button.disabled = false;
      say(button, "Run the report");
    }
  }

  clear() {
    show(this.error, false);
    for (const old of this.form.querySelectorAll(".field-error")) old.remove();
    for (const marked of this.form.querySelectorAll("[aria-invalid]")) marked.removeAttribute("aria-invalid");
  }

  /** Say what is wrong: at the field where the page has it, else on top. */
  refuse(message, errors) {
    const homeless = errors.filter((error) => !this.mark(error));
    say(this.error, [message, ...homeless.map((error) => `${error.field}: ${error.detail}`)].join(" "));
    show(this.error, true);
    (this.form.querySelector('[aria-invalid="true"]') ?? this.error).focus();
  }

  mark({ field, detail }) {
    const name = field.replace(/^request\./, "");
    const places = [...this.form.querySelectorAll("[data-field]")].filter((place) => name.startsWith(place.dataset.field));
    const place = places.sort((a, b) => b.dataset.field.length - a.dataset.field.length)[0];
    if (!place) return false;
    const id = `error-${place.dataset.field.replaceAll(/\W/g, "-")}`;
    const input = place.querySelector("input, select");
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", id);
    if (!byId(id)) place.append(make("p", { class: "field-error", id }, detail));
    return true;
  }
}
