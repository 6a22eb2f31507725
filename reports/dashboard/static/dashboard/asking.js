// Asks a question and waits for its answer, however long it takes: at once, or as a report.

import { failureOf, get, local, post } from "./api.js";
import { FINAL } from "./store.js";

const LOOK_SECONDS = 5;
const CANCELLED = { title: "Cancelled", detail: "This question was cancelled. Ask it again when you like." };

export class Asking {
  constructor(reports, live) {
    this.reports = reports;
    this.live = live;
  }

  /** GET /analytics/traffic; returns the result document. */
  traffic(parameters, options) {
    return this.follow(get(`analytics/traffic?${parameters}`, request(options)), options);
  }

  /** POST /analytics/query; returns the result document. */
  query(body, options) {
    return this.follow(post("analytics/query", body, request(options)), options);
  }

  async follow(sent, { signal, onProgress }) {
    const response = await sent;
    const document = await response.json();
    if (response.status !== 202) return document;
    const report = await this.finished(document, { signal, onProgress });
    return (await get(`${local(report.links.result)}`, { signal })).json();
  }

  /** Wait until a report has succeeded; throws its failure, and cancels it when `signal` aborts. */
  async finished(report, { signal, onProgress }) {
    this.reports.fetched(report, 0);
    try {
      const last = await this.watch(report.id, { signal, onProgress });
      if (last.status === "succeeded") return last;
      throw failureOf(last.error?.status ?? 409, last.error ?? CANCELLED);
    } catch (error) {
      if (error.name === "AbortError") post(local(report.links.cancel), {}).catch(() => null);
      throw error;
    }
  }

  watch(id, { signal, onProgress }) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const report = this.reports.get(id);
        if (FINAL.has(report.status)) done(() => resolve(report));
        else onProgress?.(report);
      };
      const done = (end) => {
        stop();
        clearInterval(timer);
        signal?.removeEventListener("abort", aborted);
        end();
      };
      const aborted = () => done(() => reject(signal.reason));
      const stop = this.reports.onChange((report) => report.id === id && look());
      const timer = setInterval(() => this.fetch(id), (this.live.open ? LOOK_SECONDS : 1) * 1000);
      if (signal?.aborted) return aborted();
      signal?.addEventListener("abort", aborted);
      return look();
    });
  }

  /** Look at one report by itself: the safety net under lost messages. */
  async fetch(id) {
    const asked = performance.now();
    try {
      this.reports.fetched(await (await get(`reports/${id}`)).json(), asked);
    } catch {
      // The next look, or the socket, will tell.
    }
  }
}

function request({ signal, fresh }) {
  const headers = { Prefer: "wait=2", ...(fresh ? { "Cache-Control": "no-cache" } : {}) };
  return { signal, headers };
}
