// What was handed in on this tablet: waiting, needing attention, or at the station. A case leaves the queue
// only when the terminal has answered for it; nothing that is not there yet can be thrown away. The state
// of a row stands in the clear, its content is sealed. Neighbours: sending.js moves rows on.

import { now } from "./clock.js";
import { picturesOf } from "./drafts.js";
import { openValue, sealValue } from "./keyring.js";
import { next } from "./numbers.js";
import { kept, row, rows, write } from "./vault.js";

export const WAITING = "waiting";
export const ATTENTION = "attention";
export const SENT = "sent";
const PAUSE = 250;
const KEPT_FOR = 7 * 24 * 3600 * 1000;

const line = "BroadcastChannel" in self ? new BroadcastChannel("tablet-queue") : null;
const listeners = new Set();
let pause = 0;

line?.addEventListener("message", () => tellHere());

/** Call back whenever the queue may have changed, in this tab or another. */
export function onChange(listener) {
  listeners.add(listener);
}

export function tell() {
  tellHere();
  line?.postMessage("changed");
}

// A long queue on its way changes many times in a second; people are told a few times.
function tellHere() {
  if (pause) return;
  pause = setTimeout(() => {
    pause = 0;
    for (const listener of listeners) listener();
  }, PAUSE);
}

/** Return the rows, oldest first, without their sealed content opened. */
export async function all() {
  return (await rows("queue")).sort((one, other) => one.order - other.order);
}

/** Return {waiting, attention, oldest}: counts, and when the oldest unsent one was made (ISO or null). */
export async function backlog() {
  const unsent = (await all()).filter((each) => each.state !== SENT);
  return {
    waiting: unsent.filter((each) => each.state === WAITING).length,
    attention: unsent.filter((each) => each.state === ATTENTION).length,
    oldest: unsent[0]?.made ?? null,
  };
}

/** Return what a row holds: {code, name, applicant, number, token, body, pictures, draft}. */
export async function entryOf(id) {
  const found = await row("queue", id);
  return found ? { row: found, entry: await openValue(found.sealed) } : null;
}

/** Hand a draft in: its number, the case and the end of the draft are one write. Return the row's id.
 *
 * `signature` is {method, picture} with the change that stores its picture, if it was drawn.
 */
export async function handIn(draft, judged, signature, more = []) {
  const taken = draft.number ? { label: { number: draft.number, token: draft.token }, change: null } : await next();
  const operator = await kept("operator");
  const made = now().toISOString();
  const attachments = Object.entries(judged.attachments).map(([requirement, given]) => ({
    requirement,
    mode: given.mode,
    materials: given.pictures ?? [],
    ...(given.due ? { due: given.due } : {}),
  }));
  const pictures = [...judged.captured, ...attachments.flatMap((each) => each.materials), ...(signature.picture ? [signature.picture] : [])];
  const body = {
    item: draft.code,
    release: draft.release,
    answers: judged.answers,
    attachments,
    signature: { method: signature.method, material: signature.picture ?? null },
    consent: draft.consent,
    commitment: draft.commitment === true,
    filled_at: made,
    operator: operator?.username ?? "",
  };
  const label = taken?.label ?? { number: null, token: null };
  const entry = { code: draft.code, name: draft.name, applicant: judged.applicant, later: judged.later, ...label, body, pictures: [...new Set(pictures)], draft };
  const [last] = (await all()).slice(-1);
  // Another key for other content: what was refused was not taken, and a correction is another body.
  const id = draft.sent ? crypto.randomUUID() : draft.id;
  const placed = { id, order: (last?.order ?? 0) + 1, state: WAITING, made, tries: 0, error: null, sealed: await sealValue(entry) };
  // Pictures that were replaced while filling belong to nothing any more.
  const unused = picturesOf(draft).filter((each) => !pictures.includes(each));
  const changes = [["queue", "put", placed], ["drafts", "delete", draft.id], ...more];
  changes.push(...unused.map((each) => ["pictures", "delete", each]));
  if (taken?.change) changes.push(taken.change);
  await write(changes);
  tell();
  return id;
}

/** Give a number to a case that was made when none was left; false when there still is none. */
export async function number(found) {
  const taken = await next();
  if (!taken) return false;
  Object.assign(found.entry, taken.label);
  await change(found, {}, [taken.change]);
  return true;
}

/** Give a case another number, because its own is not of this station any more; the old one is told. */
export async function renumber(found) {
  const before = found.entry.number;
  // Once: a number that is refused again is a matter for a person.
  if (found.entry.before) return false;
  found.entry.before = before;
  return number(found);
}

/** Write a row anew: `values` into its open part, and its entry as it is now. */
export async function change(found, values, more = []) {
  found.row = { ...found.row, ...values, sealed: await sealValue(found.entry) };
  await write([["queue", "put", found.row], ...more]);
  tell();
}

/** Keep what a receipt shows of a case that is at the station, and let everything else of it go. */
export async function noteSent(found, receipt) {
  const { code, name, applicant, later, pictures, before } = found.entry;
  const { number, token } = receipt;
  found.entry = { code, name, applicant, later, before, number, token };
  const gone = pictures.map((id) => ["pictures", "delete", id]);
  await change(found, { state: SENT, sent: now().toISOString(), error: null, centre: false }, gone);
}

/** Open a refused case as a draft again; its number stays its own. Return the draft. */
export async function reopen(found) {
  const { draft, number, token, body } = found.entry;
  const again = { ...draft, number, token, sent: true, changed: now().toISOString() };
  const changes = [["drafts", "put", { id: again.id, sealed: await sealValue(again) }], ["queue", "delete", found.row.id]];
  // What is handed in again is signed again.
  if (body.signature.material) changes.push(["pictures", "delete", body.signature.material]);
  await write(changes);
  tell();
  return again;
}

/** Let receipts go that have been at the station for a week. */
export async function tidy() {
  const old = (await rows("queue")).filter((each) => each.state === SENT && now() - Date.parse(each.sent) > KEPT_FOR);
  if (old.length) await write(old.map((each) => ["queue", "delete", each.id]));
}
