// The tablet's database. Rows hold ids, times and states in the clear, and everything of a person sealed.
// A write is one transaction that is on the disk when its promise resolves (durability: strict), so a
// tablet killed in the middle has the old or the new whole. Sealing takes a moment and a transaction
// does not wait, so rows are sealed first; one Web Lock around both keeps all tabs' writes apart, so that
// nothing is sealed with a key that is being changed, and nobody takes the same number.
// Neighbours: keyring.js seals; drafts, queue, pictures and numbers say what rows mean.

import { openDB } from "idb";
import { Locked, follow, isUnlocked, markInHand, onStale, open, openValue, rewrap, seal, sealValue, use } from "./keyring.js";

const NAME = "tablet";
const VERSION = 1;
export const STORES = ["plain", "drafts", "queue", "pictures", "numbers", "kept"];

const [RESERVE, PROBE] = ["reserve", "probe"];
const SEALED = STORES.filter((store) => store !== "plain");

let database = null;

async function opened() {
  database ??= await openDB(NAME, VERSION, {
    upgrade(made) {
      for (const store of STORES) made.createObjectStore(store, { keyPath: "id" });
    },
    // Another tab of a later app wants to change the database: this one lets go of it.
    blocking() {
      database?.close();
      database = null;
    },
    terminated() {
      database = null;
    },
  });
  return database;
}

/** Do writes together, or none: [[store, "put", row] | [store, "delete", id], …], or a function that reads what
 * it needs and returns them, with nobody writing in between; it must not write itself. What a row has as `clear`,
 * a value or bytes, is kept sealed.
 *
 * Where the disk is full the reserve is let go, so that what was begun can be finished; pictures have to
 * leave it to writing. Throws QuotaExceededError when there is no room all the same, and Locked when another tab
 * has gone over to a key under another PIN.
 */
export function write(changes, { isWriting = true } = {}) {
  return alone(async () => {
    const wanted = typeof changes === "function" ? await changes() : changes;
    await commit(await Promise.all(wanted.map(sealed)), isWriting);
  });
}

/** Write `values` into a row that is there; nothing where it is gone. Its sealed part stays as it is. */
export function amend(store, id, values) {
  return alone(async () => {
    const found = await row(store, id);
    if (found) await commit([[store, "put", { ...found, ...values }]]);
  });
}

/** Follow when another tab went over to another key; false, and locked, when that is under another PIN. */
export async function followKey() {
  const stored = isUnlocked() ? await noted("lock") : null;
  return !stored || stored.mark === markInHand() || follow(stored);
}

onStale(followKey);

function alone(work) {
  return navigator.locks.request("tablet-vault", async () => {
    if (!(await followKey())) throw new Locked();
    return work();
  });
}

async function sealed([store, verb, what]) {
  if (verb !== "put" || !("clear" in what)) return [store, verb, what];
  const { clear, ...rest } = what;
  return [store, verb, { ...rest, sealed: await (clear instanceof ArrayBuffer ? seal(clear) : sealValue(clear)) }];
}

async function commit(changes, isWriting = true) {
  if (changes.length === 0) return;
  try {
    await written(changes);
  } catch (error) {
    if (error.name !== "QuotaExceededError" || !(await hasReserve())) throw error;
    await written([["plain", "delete", RESERVE]]);
    if (!isWriting) throw error;
    await written(changes);
  }
}

async function written(changes) {
  const open = await opened();
  const names = [...new Set(changes.map(([store]) => store))];
  const transaction = open.transaction(names, "readwrite", { durability: "strict" });
  const done = changes.map(([store, verb, what]) => transaction.objectStore(store)[verb](what));
  await Promise.all([...done, transaction.done]);
}

/** Say whether the room is still set aside that writing may fall back on. */
export async function hasReserve() {
  return (await (await opened()).getKey("plain", RESERVE)) !== undefined;
}

/** Set room aside if that leaves as much again; false when it does not. */
export async function setAside(bytes) {
  try {
    await written([RESERVE, PROBE].map((id) => ["plain", "put", { id, value: noise(bytes) }]));
  } catch (error) {
    if (error.name === "QuotaExceededError") return false;
    throw error;
  }
  await written([["plain", "delete", PROBE]]);
  return true;
}

/** Bytes that no database makes smaller. */
function noise(bytes) {
  const made = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 65_536) crypto.getRandomValues(made.subarray(at, at + 65_536));
  return made;
}

export async function row(store, id) {
  return (await opened()).get(store, id);
}

export async function rows(store) {
  return (await opened()).getAll(store);
}

/** Return the row whose id is the first, or undefined. */
export async function firstRow(store) {
  return (await (await opened()).getAll(store, null, 1))[0];
}

export async function count(store) {
  return (await opened()).count(store);
}

/** Keep a value that is nobody's: a count, a time, a wrapped key. */
export async function note(id, value) {
  await write([["plain", "put", { id, value }]]);
}

export async function noted(id) {
  return (await row("plain", id))?.value;
}

/** Count one more PIN that is tried, or none any more; return the lock as it is now, undefined where there is none.
 * Never written from memory: another tab may have gone over to another key meanwhile. */
export async function noteTry(isRight = false) {
  let locked;
  await write(async () => {
    const found = await noted("lock");
    locked = found && { ...found, tries: isRight ? 0 : found.tries + 1 };
    return found ? [["plain", "put", { id: "lock", value: locked }]] : [];
  });
  return locked;
}

/** Keep a value sealed under a name. */
export async function keep(id, value) {
  await write([["kept", "put", { id, clear: value }]]);
}

export async function kept(id) {
  const found = await row("kept", id);
  return found ? openValue(found.sealed) : undefined;
}

/** Go over to another key: everything is sealed anew in one write. Numbers and what the terminal has of a
 * picture belonged to the pairing before, and go. */
export function changeKey(base64) {
  return alone(() => sealAnew(base64));
}

async function sealAnew(base64) {
  const { lock, next } = await rewrap(base64);
  if ((await noted("lock"))?.mark === next.mark) return;
  const found = [];
  for (const store of SEALED) {
    for (const each of await rows(store)) found.push([store, each, await open(each.sealed)]);
  }
  const changes = [["plain", "put", { id: "lock", value: lock }]];
  for (const [store, each, bytes] of found) {
    const moved = store === "pictures" ? { ...each, upload: null, material: null } : each;
    changes.push(store === "numbers" ? [store, "delete", each.id] : [store, "put", { ...moved, sealed: await seal(bytes, next.key) }]);
  }
  await commit(changes);
  // Not before: a write that fails leaves everything as it was, and readable.
  use(next);
}

/** Say whether what lies here can be opened with the present key. */
export async function isReadable() {
  for (const store of SEALED) {
    const first = await firstRow(store);
    if (first) return open(first.sealed).then(() => true, () => false);
  }
  return true;
}
