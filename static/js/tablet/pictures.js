// Pictures and signatures on the tablet: made small, judged, sealed. A picture is at most 400 kB, so that
// a day of them fits. Neighbours: capture/quality.js judges; sending.js brings them to the terminal.

import { faultsOf } from "../capture/quality.js";
import { open } from "./keyring.js";
import { row } from "./vault.js";

export const MOST_BYTES = 400_000;
const SIZES = [[2200, 0.86], [2000, 0.78], [1800, 0.7], [1600, 0.62], [1400, 0.55], [1100, 0.5]];

/** Return {blob, faults} of a file somebody has taken; null for what is no picture. */
export async function developed(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return null;
  }
  let faults = null;
  for (const [edge, quality] of SIZES) {
    const canvas = drawn(bitmap, edge);
    faults ??= faultsOf(canvas);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
    if (blob.size <= MOST_BYTES) return { blob, faults };
  }
  return null;
}

/** Return {id, change}: the row of a picture, to be written with the draft that names it. */
export async function sealedPicture(blob) {
  const bytes = await blob.arrayBuffer();
  const id = crypto.randomUUID();
  const sha256 = await digestOf(bytes);
  const picture = { id, clear: bytes, sha256, bytes: bytes.byteLength, kind: blob.type };
  return { id, change: ["pictures", "put", picture] };
}

/** Return a picture as a blob, or null when it is not here. */
export async function pictureOf(id) {
  const found = await row("pictures", id);
  return found ? new Blob([await open(found.sealed)], { type: found.kind }) : null;
}

export async function digestOf(bytes) {
  const found = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...found].map((each) => each.toString(16).padStart(2, "0")).join("");
}

function drawn(bitmap, edge) {
  const scale = Math.min(1, edge / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  const brush = canvas.getContext("2d");
  brush.imageSmoothingQuality = "high";
  brush.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}
