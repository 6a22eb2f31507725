// Puts the start page together: one store of reports, one live connection, the two halves.

import { Asking } from "./asking.js";
import { byId, make, say, show } from "./dom.js";
import { Live } from "./live.js";
import { Overview } from "./overview.js";
import { Preview } from "./preview.js";
import { ReportList } from "./reportlist.js";
import { Reports } from "./store.js";
import { Submission } from "./submission.js";

const STATES = {
  connecting: "Connecting", live: "Live", polling: "Reconnecting, checking meanwhile", closed: "Logged out",
};
const { organization, socket, maySubmit } = byId("content").dataset;

function trouble(text) {
  say(byId("trouble"), text);
  show(byId("trouble"), Boolean(text));
}

function showState(state) {
  byId("connection").dataset.state = state;
  say(byId("connection-text"), STATES[state]);
  if (state !== "closed") return;
  const here = encodeURIComponent(window.location.pathname + window.location.search);
  trouble("Your session has ended, so nothing here is renewed any more. ");
  byId("trouble").append(make("a", { href: `/login?next=${here}` }, "Log in again"));
}

const reports = new Reports();
const list = new ReportList(reports, new Preview(), trouble, maySubmit === "true");
const address = new URL(socket);
address.searchParams.set("organization", organization);
const live = new Live(address.href, reports, showState);
live.onPage = (page, error) => list.paged(page, error);
if (maySubmit === "true") new Submission((report) => list.submitted(report));

byId("organization")?.addEventListener("change", (event) => event.target.form.submit());
for (const button of document.querySelectorAll("[data-close]")) {
  button.addEventListener("click", () => button.closest("dialog").close());
}

live.start();
new Overview(new Asking(reports, live)).start();
