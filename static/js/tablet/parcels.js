// What a tablet brings that is no longer trusted: a case with its pictures, sealed so that the terminal alone can
// open it (docs/tablets.md). Neighbours: sending.js brings parcels; bodies.js makes what is in them.

import { bodyOf } from "./bodies.js";
import { open, seal } from "./keyring.js";
import { row } from "./vault.js";

/** With more bytes of pictures than these a case goes in several parcels, each picture in one of its own, so that
 * none is ever too large to be taken. */
const MOST_TOGETHER = 5_000_000;

/** Return the parcels of an unsent case, in the order in which they have to come. */
export async function parcels({ key, entry, pictures: ids }) {
  const found = (await Promise.all(ids.map((id) => row("pictures", id)))).filter(Boolean);
  const digests = Object.fromEntries(found.map((each) => [each.id, each.sha256]));
  const content = { case: await bodyOf(entry, digests), idempotency_key: key };
  const total = found.reduce((sum, each) => sum + each.bytes, 0);
  if (total <= MOST_TOGETHER) {
    return [await parcel({ ...content, pictures: await Promise.all(found.map(inText)) })];
  }
  const made = [];
  for (const each of found) made.push(await parcel({ pictures: [await inText(each)] }));
  return [...made, await parcel({ ...content, pictures: [] })];
}

async function inText({ sha256, sealed }) {
  return { sha256, base64: base64Of(await open(sealed)) };
}

async function parcel(content) {
  const { nonce, data } = await seal(new TextEncoder().encode(JSON.stringify(content)));
  return new Blob([nonce, data]);
}

function base64Of(bytes) {
  let text = "";
  const all = new Uint8Array(bytes);
  for (let at = 0; at < all.length; at += 32768) text += String.fromCharCode(...all.subarray(at, at + 32768));
  return btoa(text);
}
