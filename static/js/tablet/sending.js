// Brings the queue to the terminal: in order, pictures first, each case under its own key, one tab at a
// time. What cannot be reached is tried again later, with growing pauses; what is refused needs a
// person; what only this tablet's standing forbids waits for that. Neighbours: queue.js, uploads.js.

import { now, setByTerminal } from "./clock.js";
import { Locked, isUnlocked, lock, markOf, open, seal } from "./keyring.js";
import { release } from "./forms.js";
import { refill } from "./numbers.js";
import * as queue from "./queue.js";
import * as terminal from "./terminal.js";
import { ask } from "./updates.js";
import { bring } from "./uploads.js";
import { mark } from "./room.js";
import { say } from "./words.js";
import { changeKey, keep, note, noted, row, write } from "./vault.js";

const FIRST_PAUSE = 2_000;
const LONGEST_PAUSE = 300_000;
const AT_ONCE = 3;
/** What the terminal says of the tablet or of who holds it, not of the case. */
const STANDING = new Set(["not-signed-in", "operator-disabled", "device-unknown", "device-revoked"]);

export const line = { isUp: null, standing: "", error: "", sending: null, part: 0, told: null };

/** The number is of another terminal, or of this tablet before it was paired anew. */
const NOT_LEASED = "number-not-leased";

let failures = 0;
let timer = 0;

/** Try now, whatever the pause; another tab that is at it goes on instead. */
export async function sendNow() {
  clearTimeout(timer);
  if (!isUnlocked()) return;
  await navigator.locks.request("tablet-sending", { ifAvailable: true }, async (held) => {
    if (held) await drain();
  });
  await mark((await queue.backlog()).waiting);
}

async function drain() {
  try {
    await contact();
    for (const placed of await queue.all()) {
      if (placed.state === queue.WAITING) await sendOne(placed.id);
    }
    await contact();
    await followReceipts();
    failures = 0;
    again(60_000);
  } catch (error) {
    await noteTrouble(error);
  } finally {
    line.sending = null;
    queue.tell();
  }
}

/** Tell the terminal how much waits; hear its time, its release and who is signed in. */
async function contact() {
  const { waiting, attention, oldest } = await queue.backlog();
  line.told = await terminal.state(waiting + attention, oldest);
  line.isUp = true;
  [line.standing, line.error] = ["", ""];
  await setByTerminal(line.told.now);
  if (line.told.release !== release()) await ask();
  if (!line.told.operator) {
    line.standing = "not-signed-in";
    return;
  }
  await followPairing(line.told.unlock.key);
  await keep("operator", line.told.operator);
  await note("station", { ...line.told.station, device: line.told.device, terminal: line.told.terminal });
  await refill(terminal.leases).catch(() => {});
}

/** A tablet that was paired anew has another key, and numbers and pictures of before are not known to it. */
async function followPairing(key) {
  const locked = await noted("lock");
  if (locked.mark === (await markOf(key))) return;
  await changeKey(key);
}

async function sendOne(id) {
  const found = await queue.entryOf(id);
  if (!found || found.row.state !== queue.WAITING) return;
  if (!found.entry.number && !(await queue.number(found))) return;
  line.sending = id;
  line.part = 0;
  queue.tell();
  try {
    const materials = await bringPictures(found);
    const body = await bodyOf(found.entry, materials);
    await queue.noteSent(found, await terminal.handIn(body, id));
    failures = 0;
  } catch (error) {
    if (error instanceof Locked) throw error;
    if (error.code === NOT_LEASED && (await queue.renumber(found))) {
      await sendOne(id);
      return;
    }
    const isOurs = error instanceof terminal.Refusal && !error.isPassing && !STANDING.has(error.code);
    const text = error instanceof terminal.Unreachable ? say("need_line") : error.message;
    const told = { text, code: error.code ?? "", fields: error.fields ?? [], at: now().toISOString() };
    const state = isOurs ? queue.ATTENTION : queue.WAITING;
    await queue.change(found, { state, error: told, tries: found.row.tries + 1 });
    if (!isOurs) throw error;
  }
}

async function bringPictures({ entry }) {
  const materials = {};
  const left = [...entry.pictures];
  const total = left.length;
  async function next() {
    for (let id = left.shift(); id; id = left.shift()) {
      const picture = await row("pictures", id);
      if (picture) materials[id] = await bring(picture);
      line.part = (total - left.length) / total;
      queue.tell();
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, total) }, next));
  return materials;
}

/** Return the body as the terminal takes it: its own ids of pictures, its names of a bundle's questions. */
async function bodyOf({ body, number, token }, materials) {
  const moved = await moving(body);
  const whole = { ...moved, number, token };
  return JSON.parse(JSON.stringify(whole, (key, value) => (typeof value === "string" && materials[value]) || value));
}

async function moving(body) {
  const wanted = body.answers.members?.wanted;
  if (!wanted) return body;
  const names = await terminal.places(body.release, body.item, wanted);
  const answers = {};
  for (const [section, given] of Object.entries(body.answers)) {
    if (Array.isArray(given)) {
      answers[names[section] ?? section] = given;
      continue;
    }
    for (const [field, value] of Object.entries(given)) {
      const [place, name] = (names[`${section}.${field}`] ?? `${section}.${field}`).split(".");
      (answers[place] ??= {})[name] = value;
    }
  }
  const attachments = body.attachments.map((each) => ({
    ...each,
    requirement: (names[`attachments.${each.requirement}`] ?? `.${each.requirement}`).split(".")[1],
  }));
  return { ...body, answers, attachments };
}

/** Ask how far those that are at the station have come; until they are at the centre. */
async function followReceipts() {
  for (const placed of await queue.all()) {
    if (placed.state !== queue.SENT || placed.centre) continue;
    const found = await queue.entryOf(placed.id);
    const told = await terminal.progress(found.entry.number, found.entry.token).catch(() => null);
    if (told?.at_hall) await queue.change(found, { centre: true });
  }
  await queue.tidy();
}

async function noteTrouble(error) {
  // Locked in the middle: it goes on when somebody unlocks.
  if (error instanceof Locked) return;
  if (!(error instanceof terminal.Unreachable) && !(error instanceof terminal.Refusal)) throw error;
  line.isUp = error instanceof terminal.Refusal;
  line.error = line.isUp ? error.message : `${say("need_line")} (${error.message})`;
  line.standing = STANDING.has(error.code) ? error.code : "";
  if (line.standing === "device-revoked") {
    if (await gaveUp()) return;
  }
  failures += 1;
  if (!line.isUp) wakeLater();
  const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1));
  again(Math.max(error.retryAfter ?? 0, pause * (0.5 + Math.random() / 2)));
}

/** Let the browser wake this app when there is a network again, where it can. */
function wakeLater() {
  navigator.serviceWorker?.ready.then((registration) => registration.sync?.register("send")).catch(() => {});
}

function again(pause) {
  clearTimeout(timer);
  timer = setTimeout(() => sendNow(), pause);
}

/** This tablet is no longer trusted: everything unsent goes as sealed parcels that only the terminal can
 * open, and then the key is forgotten here. False when the line broke: what is left goes later. */
async function gaveUp() {
  for (const placed of await queue.all()) {
    if (placed.state === queue.SENT) continue;
    const found = await queue.entryOf(placed.id);
    try {
      await terminal.handInSealed(await parcel(found));
    } catch (error) {
      if (!(error instanceof terminal.Refusal)) return false;
      if (error.isPassing) return false;
      // It stays here sealed, for when this tablet is paired anew; the others go all the same.
      continue;
    }
    const pictures = found.entry.pictures.map((id) => ["pictures", "delete", id]);
    await write([["queue", "delete", placed.id], ...pictures]);
  }
  await write([["plain", "delete", "lock"]]);
  lock();
  queue.tell();
  return true;
}

async function parcel({ row: placed, entry }) {
  const digests = {};
  const pictures = [];
  for (const id of entry.pictures) {
    const picture = await row("pictures", id);
    digests[id] = picture.sha256;
    pictures.push({ sha256: picture.sha256, base64: base64Of(await open(picture.sealed)) });
  }
  const content = { case: await bodyOf(entry, digests), idempotency_key: placed.id, pictures };
  const { nonce, data } = await seal(new TextEncoder().encode(JSON.stringify(content)));
  return new Blob([nonce, data]);
}

function base64Of(bytes) {
  let text = "";
  const all = new Uint8Array(bytes);
  for (let at = 0; at < all.length; at += 32768) text += String.fromCharCode(...all.subarray(at, at + 32768));
  return btoa(text);
}
