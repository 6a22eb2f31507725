// What the page asks: the questions as data, and the windows they are asked for.

export const FIGURES = ["visitors", "sessions", "page_views", "conversions", "revenue"];
export const ROWS = 9;

const known = (field) => ({ field, operator: "is_not_null" });
// Views reached from within the site say nothing of where a visitor came from.
const ARRIVALS = { or: [
  known("source"), { and: [known("path"), { field: "referrer_host", operator: "is_null" }] },
] };

/** The ranking cards; each tab is one dimension. `none` names the rows without a value. */
export const RANKINGS = [
  {
    id: "sources", title: "Top sources", metrics: ["visitors", "sessions"], filters: () => [ARRIVALS],
    tabs: [["source", "Sources"], ["channel", "Channels"], ["referrer_host", "Referrers"]],
    none: { source: "Direct or none", channel: "Unknown", referrer_host: "No referrer" },
  },
  {
    id: "pages", title: "Top pages", metrics: ["page_views", "visitors"],
    filters: () => [{ field: "page_views", operator: "gt", value: 0 }],
    tabs: [["path", "Pages"], ["hostname", "Sites"]],
    none: { path: "No address", hostname: "No site" },
  },
  {
    id: "campaigns", title: "Top campaigns", metrics: ["visitors", "sessions"], filters: (field) => [known(field)],
    tabs: [["campaign_id", "Campaigns"], ["medium", "Media"], ["term", "Terms"]], none: {},
  },
  {
    id: "conversions", title: "Top conversions", metrics: ["conversions", "revenue"],
    filters: () => [known("conversion_event")],
    tabs: [["conversion_event", "Goals"], ["path", "Pages"]], none: { path: "No address" },
  },
];

/** The body that asks for one tab of a ranking. */
export function rankingQuestion(ranking, dimension, range) {
  return {
    dimensions: [dimension],
    metrics: ranking.metrics,
    filters: ranking.filters(dimension),
    order_by: [{ field: ranking.metrics[0], direction: "desc" }],
    limit: ROWS,
    ...range,
  };
}

export const totalsQuestion = (range) => ({ metrics: FIGURES, limit: 1, ...range });

/** Asks for nothing but how far the data reaches: its `meta.watermark`. */
export function everQuestion() {
  const tomorrow = new Date(Date.now() + 86400000).toISOString().slice(0, 10);
  return { metrics: ["events"], limit: 1, time_range: { start: "2000-01-01", end: tomorrow } };
}

/** The flat parameters that ask for the chart's series. */
export function seriesParameters(range, granularity) {
  const window = range.time_range
    ? { start_date: range.time_range.start, end_date: range.time_range.end }
    : { period: range.period };
  return new URLSearchParams({ ...window, granularity, metrics: FIGURES.join(","), limit: "5000" });
}

/** The window just before `window`, as long as that has lasted by now (to the hour). */
export function before(window, now) {
  const [start, end] = [Date.parse(window.start), Date.parse(window.end)];
  const hour = 3600000;
  const reached = Math.min(end, Math.ceil(Date.parse(now) / hour) * hour);
  const at = (instant) => new Date(instant - (end - start)).toISOString();
  return { time_range: { start: at(start), end: at(Math.max(reached, start + hour)) } };
}

/** Asks for events just before `range`: without any, the data may have begun within it. */
export function reachQuestion({ time_range: { start, end } }) {
  const earlier = new Date(2 * Date.parse(start) - Date.parse(end)).toISOString();
  return { metrics: ["events"], limit: 1, time_range: { start: earlier, end: start } };
}

/** Which buckets a window of so many days may be cut into, the better one first. */
export function granularities(range) {
  const fixed = { last_24_hours: ["hour"], last_7_days: ["hour", "day"], last_30_days: ["day", "hour"] };
  if (range.period) return fixed[range.period] ?? ["day"];
  const days = (new Date(range.time_range.end) - new Date(range.time_range.start)) / 86400000 + 1;
  if (days <= 1) return ["hour"];
  return days <= 10 ? ["hour", "day"] : days <= 60 ? ["day", "hour"] : ["day"];
}

/** Whether a report in the list is one of this page's own questions. */
export function isOwn(report) {
  const { metrics = [], limit } = report.request ?? {};
  const joined = Array.isArray(metrics) ? metrics.join() : String(metrics);
  if (report.kind === "traffic") return joined === FIGURES.join() && Number(limit) === 5000;
  if (limit === 1) return joined === FIGURES.join() || joined === "events";
  return limit === ROWS && RANKINGS.some((ranking) => ranking.metrics.join() === joined);
}
