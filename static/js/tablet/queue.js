// What was handed in on this tablet: waiting, needing attention, or at the station. A case leaves the queue
// only when the terminal has answered for it; nothing that is not there yet can be thrown away. The state
// of a row stands in the clear, its content is sealed. Neighbours: sending.js moves rows on.

import { now } from "./clock.js";
import { picturesOf, rowOf } from "./drafts.js";
import { openValue } from "./keyring.js";
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

/** Return {waiting, attention, oldest}: counts, and when the oldest unsent one was made (ISO or null). What was
 * refused and is being corrected counts on: its receipt is out. `found` are the rows where they are at hand. */
export async function backlog(found) {
  const unsent = (found ?? (await all())).filter((each) => each.state !== SENT);
  const corrected = (await rows("drafts")).filter((each) => each.sent);
  const times = [...unsent.map((each) => each.made), ...corrected.map((each) => each.begun)].sort();
  return {
    waiting: unsent.filter((each) => each.state === WAITING).length,
    attention: unsent.filter((each) => each.state === ATTENTION).length + corrected.length,
    oldest: times[0] ?? null,
  };
}

/** Return everything whose receipt is out and that is not at the station, oldest first: {store, id, key, entry,
 * pictures, gone}: its pictures, and those that go with it. Of what is being corrected it is what was signed. One that cannot be opened is left out. */
export async function unsent() {
  const queued = (await all()).filter((each) => each.state !== SENT);
  const corrected = (await rows("drafts")).filter((each) => each.sent);
  const found = await Promise.all([
    ...queued.map(async ({ id, sealed }) => {
      const entry = await openValue(sealed);
      return { store: "queue", id, key: id, entry, pictures: entry.pictures, gone: entry.pictures };
    }),
    ...corrected.map(async ({ id, sealed }) => {
      const draft = await openValue(sealed);
      const { key, body, pictures } = draft.refused;
      const entry = { body, number: draft.number, token: draft.token };
      return { store: "drafts", id, key, entry, pictures, gone: [...pictures, ...picturesOf(draft)] };
    }),
  ].map((each) => each.catch(() => null)));
  return found.filter(Boolean);
}

/** Return the numbers of cases that are not at the station, those that are being corrected among them. */
export async function numbersGiven() {
  const unsent = (await rows("queue")).filter((each) => each.state !== SENT);
  const corrected = (await rows("drafts")).filter((each) => each.sent);
  const held = await Promise.all([...unsent, ...corrected].map((each) => openValue(each.sealed)));
  return held.map((each) => each.number).filter(Boolean);
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
  const { refused, ...filled } = draft;
  const entry = { code: draft.code, name: draft.name, applicant: judged.applicant, later: judged.later, body, pictures: [...new Set(pictures)], draft: filled };
  // Another key for other content: what was refused was not taken, and a correction is another body.
  const id = draft.sent ? crypto.randomUUID() : draft.id;
  // Pictures that were replaced while filling belong to nothing any more, nor do those that were refused.
  const unused = [...picturesOf(draft), ...(refused?.pictures ?? [])].filter((each) => !pictures.includes(each));
  await write(async () => {
    const taken = draft.number ? { label: { number: draft.number, token: draft.token }, change: null } : await next();
    const [last] = (await all()).slice(-1);
    const clear = { ...entry, ...(taken?.label ?? { number: null, token: null }) };
    const placed = { id, order: (last?.order ?? 0) + 1, state: WAITING, made, tries: 0, error: null, clear };
    const changes = [["queue", "put", placed], ["drafts", "delete", draft.id], ...more];
    changes.push(...unused.map((each) => ["pictures", "delete", each]));
    if (taken?.change) changes.push(taken.change);
    return changes;
  });
  tell();
  return id;
}

/** Give a number to a case that was made when none was left; false when there still is none. */
export async function number(found) {
  let taken = null;
  await write(async () => {
    taken = await next();
    if (!taken) return [];
    Object.assign(found.entry, taken.label);
    return [["queue", "put", { ...found.row, clear: found.entry }], taken.change];
  });
  if (taken) tell();
  return taken !== null;
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
  found.row = { ...found.row, ...values };
  await write([["queue", "put", { ...found.row, clear: found.entry }], ...more]);
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

/** Open a refused case as a draft again; its number stays its own. Return the draft. What was signed stays with
 * it until another is signed in its place: its receipt is out, and nothing else could be brought sealed. */
export async function reopen(found) {
  const { draft, number, token, body, pictures } = found.entry;
  const again = { ...draft, number, token, sent: true, refused: { key: found.row.id, body, pictures }, changed: now().toISOString() };
  await write([rowOf(again), ["queue", "delete", found.row.id]]);
  tell();
  return again;
}

/** Let receipts go that have been at the station for a week. */
export async function tidy() {
  const old = (await rows("queue")).filter((each) => each.state === SENT && now() - Date.parse(each.sent) > KEPT_FOR);
  if (old.length) await write(old.map((each) => ["queue", "delete", each.id]));
}
