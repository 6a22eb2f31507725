// The chart of one metric over time, drawn by uPlot in the page's own colours.

import { make } from "./dom.js";
import { bucket, figure, label, short, timezone } from "./format.js";

const { uPlot } = window;
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export class Chart {
  constructor(element) {
    this.element = element;
    this.tip = make("div", { class: "tip", hidden: true });
    new ResizeObserver(() => this.resize()).observe(element);
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  /** Show `metric` of a traffic result. */
  show(result, metric) {
    this.result = result;
    this.metric = metric;
    this.draw();
  }

  draw() {
    if (!this.result) return;
    this.plot?.destroy();
    const names = this.result.columns.map((column) => column.name);
    const values = this.result.rows.map((row) => row[names.indexOf(this.metric)] ?? 0);
    this.times = this.result.rows.map((row) => row[0]);
    this.values = values;
    this.dates = this.times[0]?.length === 10;
    const data = [this.times.map((time) => Date.parse(this.dates ? `${time}T00:00:00Z` : time) / 1000), values];
    this.plot = new uPlot(this.options(), data, this.element);
    this.plot.over.append(this.tip);
    this.element.dataset.points = String(values.length);
  }

  options() {
    const faint = css("--ink-faint");
    const line = css("--line");
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: faint, font, ticks: { show: false } };
    const zone = this.dates ? "UTC" : timezone;
    return {
      ...this.size(),
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
      padding: [14, 14, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { setScale: false, x: false, y: false }, points: { size: 9, width: 2, stroke: css("--sheet"), fill: css("--accent") } },
      scales: { x: { time: true }, y: { range: (_, low, high) => [Math.min(0, low), nice(high)] } },
      axes: [
        { ...axis, grid: { show: false }, size: 34, space: 84, gap: 8, values: (_, splits) => splits.map((at, index) => this.tick(at, splits[index - 1])) },
        { ...axis, size: 58, gap: 8, grid: { stroke: line, width: 1 }, space: 42, incrs: steps(this.metric), values: (_, splits) => splits.map((value) => short(this.metric, value)) },
      ],
      series: [{}, {
        stroke: css("--accent"), width: 1.75, points: { show: this.values.length < 2 },
        fill: (plot) => wash(plot),
        paths: this.values.length > 1 ? uPlot.paths.spline() : undefined,
      }],
      hooks: { setCursor: [(plot) => this.point(plot)] },
    };
  }

  size() {
    const style = getComputedStyle(this.element);
    const across = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
    return { width: Math.max(200, this.element.clientWidth - across), height: this.element.clientHeight - 8 };
  }

  resize() {
    if (this.plot && this.element.clientWidth) this.plot.setSize(this.size());
  }

  tick(seconds, before) {
    const zone = this.dates ? "UTC" : timezone;
    const part = (at, options) => new Intl.DateTimeFormat(undefined, { timeZone: zone, ...options }).format(new Date(at * 1000));
    const day = (at) => part(at, { day: "numeric", month: "short" });
    const midnight = part(seconds, { hour: "2-digit", hourCycle: "h23" }) === "00";
    if (this.dates || midnight) return day(seconds);
    const first = before === undefined || before === null;
    return first || day(seconds) !== day(before) ? `${day(seconds)}, ${part(seconds, { hour: "numeric" })}` : part(seconds, { hour: "numeric" });
  }

  point(plot) {
    const { idx: index, left } = plot.cursor;
    this.tip.hidden = index === null || index === undefined || left < 0;
    if (this.tip.hidden) return;
    const x = plot.valToPos(plot.data[0][index], "x");
    const y = plot.valToPos(plot.data[1][index], "y");
    this.tip.replaceChildren(
      make("b", {}, figure(this.metric, this.values[index])),
      make("span", {}, `${label(this.metric)} · ${bucket(this.times[index])}`),
    );
    const right = x > plot.over.clientWidth / 2;
    this.tip.style.left = `${right ? x - this.tip.offsetWidth - 14 : x + 14}px`;
    this.tip.style.top = `${Math.max(0, y - this.tip.offsetHeight - 10)}px`;
  }
}

/** Whole numbers only on the axis of counts. */
function steps(metric) {
  const all = [];
  for (let power = metric === "revenue" ? 0.1 : 1; power < 1e12; power *= 10) all.push(power, 2 * power, 5 * power);
  return all;
}

/** A round number a little above the highest value. */
function nice(high) {
  if (!(high > 0)) return 1;
  const step = 10 ** Math.floor(Math.log10(high)) / 5;
  return Math.max(Math.ceil((high * 1.04) / step) * step, 2);
}

function wash(plot) {
  const { top, height } = plot.bbox;
  const gradient = plot.ctx.createLinearGradient(0, top, 0, top + height);
  const accent = css("--accent");
  gradient.addColorStop(0, `${accent}38`);
  gradient.addColorStop(1, `${accent}05`);
  return gradient;
}
