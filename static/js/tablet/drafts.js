// Applications that are being filled. A draft is one sealed row and is written whole at every change;
// while one write is on its way the next waits, and only the newest is written. Neighbours: pictures.js
// keeps what is photographed, queue.js takes a finished draft.

import { openValue } from "./keyring.js";
import { now } from "./clock.js";
import { row, rows, write } from "./vault.js";

let waiting = null;
let writing = null;
let trouble = () => {};

/** Call back with true when a draft could not be written, and with false when one was. */
export function onTrouble(listener) {
  trouble = listener;
}

/** Begin a draft of a form. `answers` are those to start with. */
export async function begin(form, answers = {}) {
  const chosen = form.ticked.length ? { [form.choice]: { wanted: [...form.ticked] } } : {};
  const draft = {
    id: crypto.randomUUID(),
    code: form.code,
    release: form.release,
    name: form.item.name,
    answers: { ...chosen, ...answers },
    attachments: {},
    consent: false,
    commitment: null,
    begun: now().toISOString(),
  };
  await save(draft);
  return draft;
}

/** Write a draft; `more` are other changes of the same moment. Resolves when the newest is on the disk. */
export function save(draft, more = []) {
  draft.changed = now().toISOString();
  waiting = { draft, more: [...(waiting?.draft.id === draft.id ? waiting.more : []), ...more] };
  writing ??= drain();
  return writing;
}

/** Resolve when nothing is on its way to the disk any more. */
export async function settled() {
  await writing;
}

/** Return the change that writes a draft as it is now. One that was handed in once says so in the clear, so that
 * it is counted among what is not at the station. */
export function rowOf(draft) {
  return ["drafts", "put", { id: draft.id, sent: Boolean(draft.sent), begun: draft.begun, clear: structuredClone(draft) }];
}

async function drain() {
  let doing = null;
  try {
    while (waiting) {
      const { draft, more } = waiting;
      waiting = null;
      doing = { draft, more };
      const begun = performance.now();
      await write([...more, rowOf(draft)], { isWriting: !more.some(addsPicture) });
      performance.measure("draft_save", { start: begun });
      trouble(false);
    }
  } catch (error) {
    // Nothing on the disk has changed; what is on the screen is written with the next change, and what was to
    // be removed goes then. A picture that was to come is not: whoever took it is told, and no draft names it.
    const last = waiting ?? doing;
    const all = waiting ? [...doing.more, ...waiting.more] : doing.more;
    waiting = { draft: last.draft, more: all.filter(([, verb]) => verb === "delete") };
    trouble(true);
    throw error;
  } finally {
    writing = null;
  }
}

function addsPicture([store, verb]) {
  return store === "pictures" && verb === "put";
}

/** Return a draft, or null. */
export async function draftOf(id) {
  const found = await row("drafts", id);
  return found ? openValue(found.sealed) : null;
}

/** Return all drafts, newest first. */
export async function all() {
  const found = await Promise.all((await rows("drafts")).map((each) => openValue(each.sealed)));
  return found.sort((one, other) => (one.changed < other.changed ? 1 : -1));
}

/** Throw a draft and its pictures away: only what was never handed in can be. */
export async function discard(draft) {
  if (draft.sent) return;
  await write([["drafts", "delete", draft.id], ...picturesOf(draft).map((id) => ["pictures", "delete", id])]);
}

/** Return the ids of all pictures a draft names. */
export function picturesOf(draft) {
  const given = Object.values(draft.attachments).flatMap((each) => each.pictures ?? []);
  return [...new Set([...given, ...(draft.captured ?? [])])];
}
