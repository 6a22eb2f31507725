// The public REST API, asked with the session's cookie for the chosen organization.

const BASE = "/api/v1";
const organization = document.getElementById("content").dataset.organization;
const csrf = () => document.querySelector("[name=csrfmiddlewaretoken]").value;

/** A failure a person can act on: `message` says what to do, `errors` names bad fields. */
export class Failure extends Error {
  constructor(message, { status = 0, problem = null } = {}) {
    super(message);
    this.status = status;
    this.errors = problem?.errors ?? [];
    this.code = problem?.code ?? "";
  }
}

const ADVICE = {
  0: "The server cannot be reached. Check that it runs and that you are online, then try again.",
  401: "You are logged out. Reload the page to log in again.",
  403: "Your account may not do this here. Ask an owner of the organization.",
  409: "The report has changed meanwhile; the list shows its state now.",
  410: "This result has expired. Run the report again to compute it anew.",
  429: "Too much at once. Wait a few seconds and try again.",
  500: "Something went wrong on our side and has been logged. Try again in a moment.",
  502: "The warehouse did not answer. Try again in a moment.",
  503: "The warehouse is not ready. Try again in a moment.",
  504: "This took longer than its time limit. Choose a shorter period, or submit it as a report.",
};

/** The failure a problem document stands for. */
export function failureOf(status, problem) {
  const advice = ADVICE[status] ?? "";
  const detail = problem?.detail ?? "";
  const told = status === 401 || status >= 500 ? advice : detail || advice;
  return new Failure(told || problem?.title || `The server answered ${status}.`, { status, problem });
}

/** Send a request; returns the response, or throws a `Failure`. */
export async function send(method, path, { body, headers = {}, signal } = {}) {
  const writes = method !== "GET";
  let response;
  try {
    response = await fetch(path.startsWith("/") || path.startsWith("http") ? path : `${BASE}/${path}`, {
      method,
      signal,
      credentials: "same-origin",
      headers: {
        Accept: "application/json",
        "X-Organization": organization,
        ...(writes ? { "X-CSRFToken": csrf() } : {}),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw failureOf(0, null);
  }
  if (response.ok) return response;
  throw failureOf(response.status, await response.json().catch(() => null));
}

export const get = (path, options) => send("GET", path, options);
export const post = (path, body, options = {}) => send("POST", path, { body, ...options });

/** A link of a report as an address on this host, whatever host the server took itself for. */
export function local(link) {
  const address = new URL(link, window.location.href);
  return address.pathname + address.search;
}

/** A key that makes a repeated POST harmless. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
