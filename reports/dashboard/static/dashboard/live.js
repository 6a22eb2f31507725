// Follows the organization's reports: by the socket, resumed where it broke off; by polling else.

import { Failure, get } from "./api.js";

const PING_SECONDS = 20;
const SILENCE_SECONDS = 45;
const SLOWEST_RETRY_SECONDS = 30;
const POLL_SECONDS = 3;
const POLLED = 50;

/** A number of milliseconds near `seconds`, so that pages do not all come at once. */
const about = (seconds) => seconds * 1000 * (0.75 + Math.random() / 2);

export class Live {
  /** `onState` hears `connecting`, `live`, `polling` or `closed`, with a sentence about it. */
  constructor(url, reports, onState) {
    Object.assign(this, { url, reports, onState, cursor: null, failures: 0, socket: null });
    this.open = false;
    this.ended = false;
    window.addEventListener("online", () => this.reconnectNow());
    window.addEventListener("pagehide", () => this.socket?.close());
    window.addEventListener("pageshow", (event) => event.persisted && this.reconnectNow());
  }

  start() {
    this.connect();
    this.poll();
    setInterval(() => this.watch(), PING_SECONDS * 1000);
  }

  connect() {
    clearTimeout(this.retry);
    if (this.ended) return;
    this.onState(this.failures ? "polling" : "connecting");
    const socket = new WebSocket(this.url);
    this.socket = socket;
    this.lastHeard = performance.now();
    socket.onopen = () => {
      this.send({ type: "subscribe", topic: "reports", since: this.cursor, report: null });
    };
    socket.onmessage = (event) => this.hear(JSON.parse(event.data));
    socket.onclose = (event) => socket === this.socket && this.closed(event.code);
  }

  reconnectNow() {
    if (!this.open) this.connect();
  }

  send(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  hear(message) {
    this.lastHeard = performance.now();
    if (message.type === "subscribed") {
      // A resumed subscription replays what was missed; its snapshot would only get ahead of that.
      const resumed = this.cursor !== null && !message.resync;
      this.open = true;
      this.failures = 0;
      this.cursor = message.cursor;
      if (!resumed) for (const report of message.reports) this.reports.hear(report, "snapshot");
      this.onState("live");
    } else if (message.report) {
      this.cursor = Math.max(this.cursor ?? 0, message.cursor);
      this.reports.hear(message.report, message.type);
    }
  }

  closed(code) {
    this.open = false;
    if (code === 4401) {
      this.ended = true;
      this.onState("closed");
      return;
    }
    this.failures += 1;
    this.onState("polling");
    const seconds = Math.min(SLOWEST_RETRY_SECONDS, 0.5 * 2 ** Math.min(this.failures, 8));
    this.retry = setTimeout(() => this.connect(), about(seconds));
    clearTimeout(this.timer);
    this.poll();
  }

  /** Say something now and then; a socket that stays silent is taken for dead. */
  watch() {
    if (!this.open) return;
    if (performance.now() - this.lastHeard > SILENCE_SECONDS * 1000) {
      this.socket.close();
      this.closed(1006);
    } else {
      this.send({ type: "ping" });
    }
  }

  /** Read the list while the socket is down, and once at the start. */
  async poll() {
    if (this.ended) return;
    const asked = performance.now();
    try {
      const page = await (await get(`reports?limit=${POLLED}`)).json();
      for (const report of page.items) this.reports.fetched(report, asked);
      this.onPage?.(page);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.onPage?.(null, error);
      if (error.status === 401) {
        this.ended = true;
        this.onState("closed");
        return;
      }
    }
    this.timer = setTimeout(() => !this.open && this.poll(), about(POLL_SECONDS));
  }
}
