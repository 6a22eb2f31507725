// What a report is called in the list: from its request, in a person's words.

import { label } from "./format.js";
import { FIGURES } from "./questions.js";

const PERIODS = {
  today: "today", yesterday: "yesterday", this_week: "this week", this_month: "this month", this_year: "this year",
};
const listing = new Intl.ListFormat("en", { type: "conjunction" });

const list = (value) => (Array.isArray(value) ? value : typeof value === "string" ? value.split(",") : []);
const lower = (name) => label(name).toLowerCase();
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** "Visitors and revenue by source, per day". */
export function title(report) {
  const { request = {}, kind } = report;
  const metrics = list(request.metrics);
  const figures = metrics.length > 3 ? `${lower(metrics[0])} and ${metrics.length - 1} more figures` : listing.format(metrics.map(lower));
  const dimensions = list(request.dimensions ?? request.breakdown);
  const granularity = request.granularity ?? request.group_by;
  const all = kind === "traffic" && (!metrics.length || metrics.length >= FIGURES.length);
  return capital(all ? "traffic" : figures || kind)
    + (dimensions.length ? ` by ${listing.format(dimensions.map(lower))}` : "")
    + (granularity ? ` per ${granularity}` : "");
}

/** "last 7 days · only some events". */
export function about(report) {
  const { request = {} } = report;
  const parts = [window(request)];
  const filters = Array.isArray(request.filters) ? request.filters.length : Number(Boolean(request.filters));
  if (filters) parts.push(filters === 1 ? "1 filter" : `${filters} filters`);
  if (request.include_bots) parts.push("bots too");
  return parts.join(" · ");
}

function window(request) {
  const { start, end } = request.time_range ?? { start: request.start_date, end: request.end_date };
  if (start && start === end) return start;
  if (start || end) return `${day(start) || "the beginning"} to ${day(end) || "now"}`;
  const period = request.period ?? "last_30_days";
  return PERIODS[period] ?? period.replaceAll("_", " ");
}

const day = (text) => (text ?? "").slice(0, 10);
