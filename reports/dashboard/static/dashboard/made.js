// A result in a format. A worker makes that of a large one first; asking again tells how far it is.

import { get, local } from "./api.js";

const SECOND = 1000;

/** Return the response that carries the result; `onMaking` hears the fraction made until then. */
export async function made(report, format, { signal, accept = "*/*", onMaking = () => {} } = {}) {
  const address = `${local(report.links.result)}?format=${format}`;
  for (;;) {
    const response = await get(address, { signal, headers: { Accept: accept, Prefer: "wait=5" } });
    if (response.status !== 202) return response;
    onMaking((await response.json()).progress.fraction);
    await new Promise((resolve) => setTimeout(resolve, SECOND));
  }
}
