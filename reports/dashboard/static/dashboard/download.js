// Saves a result as a file. A plain link could not name the organization, nor say what went wrong.

import { make } from "./dom.js";
import { made } from "./made.js";

const MEGABYTE = 1048576;

/** Fetch the result in `format` and hand it to the browser; `onProgress` hears megabytes read. */
export async function download(report, format, onProgress, onMaking) {
  const response = await made(report, format, { onMaking });
  let read = 0;
  const counted = new TransformStream({
    transform(chunk, controller) {
      read += chunk.byteLength;
      onProgress(read / MEGABYTE);
      controller.enqueue(chunk);
    },
  });
  const body = await new Response(response.body.pipeThrough(counted)).blob();
  const address = URL.createObjectURL(body);
  make("a", { href: address, download: nameOf(response, report, format) }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

function nameOf(response, report, format) {
  const named = /filename="?([^";]+)"?/.exec(response.headers.get("Content-Disposition") ?? "");
  return named ? named[1] : `report-${report.id}.${format}`;
}
