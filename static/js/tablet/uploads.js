// One picture to the terminal, by tus 1.0. The first try sends the bytes with the announcement
// (creation-with-upload), one round trip, of which nothing stays where it stops. Every further try announces first,
// and what is there then is not sent again, also after the tablet was off in between. Must not know cases. Neighbours: ahead.js says which and when; sending.js.

import { Upload } from "tus-js-client";
import { Refusal, Unreachable, headers } from "./terminal.js";
import { markInHand, open } from "./keyring.js";
import { amend } from "./vault.js";

/** Gone, at another place, or damaged on its way: nothing is wrong with the picture itself. */
const BEGIN_ANEW = new Set([404, 409, 410, 460]);
const ENDPOINT = "/api/v1/tablet/uploads";

/** What was brought for cases that are not handed in yet. On the disk it is noted only when a round ends early: a
 * note writes the whole picture anew, and what a kill makes come twice the terminal knows by its bytes. */
const brought = new Map();
/** Pictures that did not come in one go: the next try announces them, and a further one goes on where that stopped. */
const cut = new Set();

/** Bring a picture (a row of the vault) and return the id of its material; `signal` breaks it off. */
export async function bring(picture, signal) {
  // Another pairing has other materials.
  const name = `${markInHand()} ${picture.id}`;
  const earlier = picture.material ?? brought.get(name)?.material;
  if (earlier) return earlier;
  const blob = new Blob([await open(picture.sealed)], { type: picture.kind });
  const told = await sent(picture, blob, signal).catch((error) => {
    // What lies there is not the beginning of this: the next try begins anew.
    if (BEGIN_ANEW.has(error.status)) picture.upload = null;
    throw error;
  });
  const material = told ?? (await materialOf(picture.upload, signal));
  brought.set(name, { id: picture.id, material });
  return material;
}

/** Note what was brought for cases that are still here, so that it need not come again after a pause; `mark` tells
 * the pairing it was brought under, which a lock meanwhile makes forgotten. */
export async function noteBrought(mark) {
  for (const [name, { id, material }] of [...brought]) {
    if (name.startsWith(`${mark} `)) await amend("pictures", id, { material });
    brought.delete(name);
  }
}

/** Forget what is in memory of pictures whose case is at the station. */
export function letGo(ids) {
  for (const id of ids) {
    brought.delete(`${markInHand()} ${id}`);
    cut.delete(id);
  }
}

/** Forget what the terminal has of a picture, since it has it no more; return whether there was anything. */
export async function bringAnew(picture) {
  const wasBrought = brought.delete(`${markInHand()} ${picture.id}`);
  if (!picture.material && !picture.upload) return wasBrought;
  await amend("pictures", picture.id, { material: null, upload: null });
  return true;
}

function sent(picture, blob, signal) {
  let breakOff;
  const whole = new Promise((done, fail) => {
    let material = null;
    const extension = picture.kind === "image/png" ? "png" : "jpg";
    const upload = new Upload(blob, {
      endpoint: ENDPOINT,
      uploadUrl: picture.upload ?? null,
      uploadDataDuringCreation: !cut.has(picture.id),
      metadata: { sha256: picture.sha256, filename: `${picture.id}.${extension}`, filetype: picture.kind },
      retryDelays: null,
      storeFingerprintForResuming: false,
      headers: headers(),
      onUploadUrlAvailable: () => {
        picture.upload = upload.url;
        // What came whole has served already.
        if (!material) amend("pictures", picture.id, { upload: upload.url }).catch(() => {});
      },
      // Broken off between its beginning and this, it would leave all the same.
      onBeforeRequest: () => {
        if (signal.aborted) throw new Unreachable("broken off");
      },
      onAfterResponse: (request, response) => {
        material = response.getHeader("Material-Id") ?? material;
      },
      onSuccess: () => done(material),
      onError: (error) => {
        const told = inWords(error);
        if (told instanceof Unreachable || told.isPassing) cut.add(picture.id);
        fail(told);
      },
    });
    breakOff = () => {
      upload.abort();
      cut.add(picture.id);
      fail(new Unreachable("broken off"));
    };
    signal.addEventListener("abort", breakOff);
    if (signal.aborted) breakOff();
    else upload.start();
  });
  return whole.finally(() => signal.removeEventListener("abort", breakOff));
}

async function materialOf(address, signal) {
  const response = await fetch(address, { headers: headers(), cache: "no-store", signal }).catch((error) => {
    throw new Unreachable(error.message);
  });
  const told = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(response.status, told, 0);
  return response.headers.get("Material-Id") ?? told.material;
}

function inWords(error) {
  const response = error.originalResponse;
  if (!response || !response.getStatus()) return new Unreachable(error.message);
  let told = {};
  try {
    told = JSON.parse(response.getBody());
  } catch {
    told = { detail: error.message };
  }
  const refusal = new Refusal(response.getStatus(), told, Number(response.getHeader("Retry-After") ?? 0) * 1000);
  refusal.isOfTheWay = BEGIN_ANEW.has(refusal.status);
  return refusal;
}
