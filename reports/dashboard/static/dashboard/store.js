// What is known of the reports, whoever told it: socket, poll, or the answer to a request.

export const FINAL = new Set(["succeeded", "failed", "cancelled", "expired"]);
const RANK = { queued: 0, running: 1, succeeded: 2, failed: 2, cancelled: 2, expired: 3 };

/** Reports by id; listeners hear `(report, before)` of every change. */
export class Reports {
  constructor() {
    this.byId = new Map();
    this.heard = new Map();
    this.listeners = new Set();
  }

  onChange(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  get(id) {
    return this.byId.get(id);
  }

  /** All of them, the newest first. */
  list() {
    return [...this.byId.values()].sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
  }

  /** A state change or progress from the socket: always newer than what a request brought. */
  hear(report, type) {
    const known = this.byId.get(report.id);
    if (type === "report.progress" && known && FINAL.has(known.status)) return;
    this.heard.set(report.id, performance.now());
    this.put(report);
  }

  /** A document fetched by a request begun at `asked`; dropped when the socket spoke since. */
  fetched(report, asked) {
    const heard = this.heard.get(report.id) ?? 0;
    const known = this.byId.get(report.id);
    if (heard > asked && known && RANK[report.status] <= RANK[known.status]) return;
    this.put(report);
  }

  put(report) {
    const before = this.byId.get(report.id);
    this.byId.set(report.id, report);
    for (const listener of [...this.listeners]) listener(report, before);
  }
}
