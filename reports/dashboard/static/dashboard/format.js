// Numbers, times and names as people read them.

const settings = document.getElementById("content").dataset;
const locale = navigator.language || "en";
export const timezone = settings.timezone;

const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
const decimal = new Intl.NumberFormat(locale, { maximumFractionDigits: 4 });
const money = (digits, notation = "standard") =>
  new Intl.NumberFormat(locale, {
    style: "currency", currency: settings.currency, notation,
    minimumFractionDigits: digits, maximumFractionDigits: digits || (notation === "compact" ? 1 : 0),
  });
const exactMoney = money(2);
const roundMoney = money(0);
const compactMoney = money(0, "compact");

export const METRICS = {
  visitors: "Visitors", sessions: "Sessions", page_views: "Page views", events: "Events",
  clicks: "Clicks", conversions: "Conversions", revenue: "Revenue",
};
const NAMES = {
  ...METRICS, source: "Source", medium: "Medium", campaign_id: "Campaign", channel: "Channel",
  path: "Page", hostname: "Site", referrer_host: "Referrer", event_name: "Event", term: "Term",
  content: "Content", conversion_event: "Conversion", url: "Address", time: "Time",
};

/** What heads a column; long names are cut where a reader can hear them in full. */
export const heading = (name) => (name === "conversions" ? "Conv." : label(name));

/** "campaign_id" → "Campaign"; unknown names are made readable. */
export function label(name) {
  if (NAMES[name]) return NAMES[name];
  const words = name.replace(/^properties\./, "").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A metric's value in full: `$12,345` or `12,345`. */
export function figure(metric, value) {
  if (value === null || value === undefined) return "–";
  if (metric !== "revenue") return whole.format(value);
  return (value && Math.abs(value) < 1000 ? exactMoney : roundMoney).format(value);
}

/** Money to the cent. */
export const amount = (value) => exactMoney.format(value);

/** A metric's value in a column of figures: money without its cents. */
export function cell(metric, value) {
  return metric === "revenue" && value !== null ? roundMoney.format(value) : figure(metric, value);
}

/** A metric's value where room is scarce: `12.3K`. */
export function short(metric, value) {
  if (Math.abs(value) < 1000) return metric === "revenue" ? roundMoney.format(value) : decimal.format(value);
  return (metric === "revenue" ? compactMoney : compact).format(value);
}

export const count = (value) => whole.format(value);
export const shortCount = (value) => compact.format(value);
export const plain = (value) => decimal.format(value);
export const share = (fraction) => percent.format(fraction);

const dateOf = (zone, options) => new Intl.DateTimeFormat(locale, { timeZone: zone, ...options });
const styles = {
  hour: dateOf(timezone, { weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit" }),
  day: dateOf("UTC", { weekday: "short", day: "numeric", month: "short", year: "numeric" }),
  moment: dateOf(timezone, { day: "numeric", month: "short", year: "numeric", hour: "numeric", minute: "2-digit" }),
  date: dateOf(timezone, { day: "numeric", month: "short", year: "numeric" }),
  clock: dateOf(timezone, { hour: "numeric", minute: "2-digit" }),
};

/** A bucket's start; dates (no clock) stand for themselves in every zone. */
export const bucket = (text) =>
  text.length === 10 ? styles.day.format(new Date(`${text}T00:00:00Z`)) : styles.hour.format(new Date(text));
export const moment = (text) => styles.moment.format(new Date(text));
export const clock = (text) => styles.clock.format(new Date(text));

/** A half-open window as its first and last day. */
export function days(window) {
  const start = new Date(window.start);
  const last = new Date(new Date(window.end) - 1);
  return styles.date.formatRange(start, last);
}

const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });

/** How long ago: "3 min ago". */
export function ago(text, now = Date.now()) {
  const seconds = (new Date(text) - now) / 1000;
  if (seconds > -45) return "just now";
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
    if (-seconds >= size * 0.95) return relative.format(Math.round(seconds / size), unit);
  }
  return relative.format(-1, "minute");
}

/** A duration: "340 ms", "2.4 s", "1 min 20 s". */
export function duration(milliseconds) {
  if (milliseconds < 1000) return `${Math.max(0, Math.round(milliseconds))} ms`;
  if (milliseconds < 60000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
