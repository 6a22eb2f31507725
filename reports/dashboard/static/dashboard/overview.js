// The upper half of the page: the period, the headline figures, the chart and the rankings.

import { Chart } from "./chart.js";
import { byId, chosen, make, say, show } from "./dom.js";
import { bucket, clock, days, figure, label, moment, timezone } from "./format.js";
import { Figures } from "./figures.js";
import { Panel } from "./panel.js";
import { FIGURES, RANKINGS, before, everQuestion, granularities, reachQuestion, seriesParameters, totalsQuestion } from "./questions.js";
import { Ranking } from "./ranking.js";

export class Overview {
  constructor(asking) {
    this.asking = asking;
    this.form = byId("period-form");
    this.metric = FIGURES[0];
    this.figures = new Figures(byId("figures"), (metric) => this.chooseMetric(metric));
    this.chart = new Chart(byId("chart"));
    this.panel = new Panel(byId("traffic"), [byId("chart"), byId("numbers")]);
    this.rankings = RANKINGS.map((plan) => new Ranking(plan, asking));
    byId("rankings").append(...this.rankings.map((ranking) => ranking.element));
    this.form.addEventListener("change", (event) => event.target.name === "period" && this.choosePeriod());
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.chooseRange(); });
    byId("granularity").addEventListener("change", () => this.loadTraffic({}));
    byId("refresh").addEventListener("click", () => this.load({ fresh: true }));
    byId("numbers").addEventListener("toggle", () => this.fillNumbers());
  }

  start() {
    this.untouched = true;
    this.choosePeriod();
    this.form.addEventListener("input", () => { this.untouched = false; });
  }

  choosePeriod() {
    const period = chosen(this.form, "period");
    show(byId("range"), period === "custom");
    if (period !== "custom") this.use({ period });
  }

  chooseRange() {
    const [start, end] = [this.form.elements.start.value, this.form.elements.end.value];
    const problem = !start || !end ? "Choose both days." : start > end ? "The first day must not be after the last." : "";
    say(byId("range-error"), problem);
    show(byId("range-error"), Boolean(problem));
    if (!problem) this.use({ time_range: { start, end } });
  }

  use(range) {
    this.range = range;
    const possible = granularities(range);
    for (const radio of byId("granularity").querySelectorAll("input")) {
      radio.checked = radio.value === possible[0];
      radio.disabled = !possible.includes(radio.value);
    }
    show(byId("granularity"), possible.length > 1);
    this.load({});
  }

  load({ fresh = false }) {
    this.loadTraffic({ fresh });
    for (const ranking of this.rankings) ranking.load(this.range, { fresh });
  }

  async loadTraffic({ fresh = false }) {
    this.running?.abort();
    const running = (this.running = new AbortController());
    const options = { signal: running.signal, fresh, onProgress: (report) => this.panel.progress(report) };
    this.panel.busy();
    try {
      const parameters = seriesParameters(this.range, chosen(byId("granularity"), "granularity"));
      const [series, totals] = await Promise.all([
        this.asking.traffic(parameters, options),
        this.asking.query(totalsQuestion(this.range), options),
      ]);
      this.show(series, totals);
      if (this.isEmpty()) {
        await this.showEmpty(options);
        return;
      }
      this.drawn();
      await this.compare(totals.meta, running.signal);
    } catch (error) {
      if (running === this.running) this.panel.failed(error, () => this.loadTraffic({}));
    }
  }

  show(series, totals) {
    this.series = passed(series);
    this.figures.show(totals);
    const { window, computed_at: computed } = series.meta;
    say(byId("window-text"), `${days(window)} · ${timezone} · as of ${clock(computed)}`);
  }

  isEmpty() {
    return this.series.rows.every((row) => row.slice(1).every((value) => !Number(value)));
  }

  drawn() {
    this.panel.ready();
    this.drawChart();
  }

  /** Compare with the period before if the data reaches back beyond it; the figures stand without. */
  async compare({ window, computed_at: now }, signal) {
    const { dataset } = byId("figures");
    const earlier = before(window, now);
    try {
      const [[reach]] = (await this.asking.query(reachQuestion(earlier), { signal })).rows;
      if (reach) this.figures.compare(await this.asking.query(totalsQuestion(earlier), { signal }));
      dataset.compared = reach ? "yes" : "not covered";
    } catch (error) {
      if (error.name !== "AbortError") dataset.compared = "failed";
    }
  }

  /** Say whether there are events at another time, and lead there. */
  async showEmpty(options) {
    const { watermark: newest } = (await this.asking.query(everQuestion(), options)).meta;
    if (!newest) {
      this.panel.say("No events yet", "Send some to POST /api/v1/events, or import a file with manage.py import_events.", {
        name: "How to send events", run: () => window.location.assign("/api/v1/docs"),
      });
      return;
    }
    if (this.untouched) {
      // Somebody who has chosen nothing yet is led to where the data is: an imported log may be old.
      this.untouched = false;
      this.showWeekOf(newest);
      return;
    }
    this.panel.say("No events in this period", `The newest event is from ${moment(newest)}.`, {
      name: "Show the week up to it", run: () => this.showWeekOf(newest),
    });
  }

  showWeekOf(instant) {
    const day = (offset) => new Date(Date.parse(instant) + offset * 86400000).toLocaleDateString("sv-SE", { timeZone: timezone });
    this.form.elements.start.value = day(-6);
    this.form.elements.end.value = day(0);
    this.form.querySelector('input[value="custom"]').checked = true;
    show(byId("range"), true);
    this.chooseRange();
  }

  chooseMetric(metric) {
    this.metric = metric;
    if (this.series) this.drawChart();
  }

  drawChart() {
    say(byId("chart-title"), label(this.metric));
    this.chart.show(this.series, this.metric);
    const place = this.series.columns.findIndex((column) => column.name === this.metric);
    const highest = this.series.rows.reduce((best, row) => (Number(row[place]) > Number(best[place]) ? row : best));
    say(byId("chart-summary"), `${this.series.rows.length} points; the highest is ${figure(this.metric, highest[place])}, ${bucket(highest[0])}.`);
    this.fillNumbers();
  }

  fillNumbers() {
    if (!byId("numbers").open) return;
    const names = this.series.columns.map((column) => column.name);
    const head = names.map((name, index) => make("th", index ? { scope: "col", class: "number-cell" } : { scope: "col" }, label(name)));
    const rows = this.series.rows.map((row) => make("tr", {}, ...row.map((value, index) =>
      make("td", index ? { class: "number-cell" } : {}, index ? figure(names[index], value) : bucket(value)))));
    byId("numbers").querySelector(".scroll").replaceChildren(
      make("table", { class: "rows" }, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows)),
    );
  }
}

/** The series without buckets that lie ahead: nothing has happened there yet. */
function passed(series) {
  const now = Date.parse(series.meta.computed_at);
  return { ...series, rows: series.rows.filter((row) => Date.parse(row[0]) <= now) };
}
