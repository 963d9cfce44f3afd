// One picture to the terminal, by tus 1.0: what is there already is not sent again, also after the tablet
// was off in between. Must not know cases. Neighbour: sending.js.

import { Upload } from "tus-js-client";
import { Refusal, Unreachable, headers } from "./terminal.js";
import { open } from "./keyring.js";
import { amend } from "./vault.js";

/** Gone, at another place, or damaged on its way: nothing is wrong with the picture itself. */
const BEGIN_ANEW = new Set([404, 409, 410, 460]);
const ENDPOINT = "/api/v1/tablet/uploads";

/** Bring a picture (a row of the vault) and return the id of its material; `onPart` hears of bytes. */
export async function bring(picture, onPart = () => {}) {
  if (picture.material) return picture.material;
  const blob = new Blob([await open(picture.sealed)], { type: picture.kind });
  const told = await sent(picture, blob, onPart).catch((error) => {
    // What lies there is not the beginning of this: the next try begins anew.
    if (BEGIN_ANEW.has(error.status)) picture.upload = null;
    throw error;
  });
  const material = told ?? (await materialOf(picture.upload));
  picture.material = material;
  await amend("pictures", picture.id, { material, upload: picture.upload ?? null });
  return material;
}

/** Forget what the terminal has of a picture, since it has it no more; return whether there was anything. */
export async function bringAnew(picture) {
  if (!picture.material && !picture.upload) return false;
  await amend("pictures", picture.id, { material: null, upload: null });
  return true;
}

function sent(picture, blob, onPart) {
  return new Promise((done, fail) => {
    let material = null;
    const extension = picture.kind === "image/png" ? "png" : "jpg";
    const upload = new Upload(blob, {
      endpoint: ENDPOINT,
      uploadUrl: picture.upload ?? null,
      metadata: { sha256: picture.sha256, filename: `${picture.id}.${extension}`, filetype: picture.kind },
      retryDelays: null,
      storeFingerprintForResuming: false,
      headers: headers(),
      onUploadUrlAvailable: () => {
        picture.upload = upload.url;
        amend("pictures", picture.id, { upload: upload.url }).catch(() => {});
      },
      onAfterResponse: (request, response) => {
        material = response.getHeader("Material-Id") ?? material;
      },
      onProgress: onPart,
      onSuccess: () => done(material),
      onError: (error) => fail(inWords(error)),
    });
    upload.start();
  });
}

async function materialOf(address) {
  const response = await fetch(address, { headers: headers(), cache: "no-store" }).catch((error) => {
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
