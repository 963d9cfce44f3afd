// The tablet's database. Rows hold ids, times and states in the clear, and everything of a person sealed.
// A write is one transaction that is on the disk when its promise resolves (durability: strict), so a
// tablet killed in the middle has the old or the new whole. Sealing takes a moment and a transaction
// does not wait, so rows are sealed first. Neighbours: keyring.js seals; drafts, queue, pictures and numbers
// say what rows mean.

import { openDB } from "idb";
import { open, openValue, rewrap, seal, sealValue } from "./keyring.js";

const NAME = "tablet";
const VERSION = 1;
export const STORES = ["plain", "drafts", "queue", "pictures", "numbers", "kept"];

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

/** Do writes together, or none: [[store, "put", row] | [store, "delete", id], …]. */
export async function write(changes) {
  const open = await opened();
  const names = [...new Set(changes.map(([store]) => store))];
  const transaction = open.transaction(names, "readwrite", { durability: "strict" });
  const done = changes.map(([store, verb, what]) => transaction.objectStore(store)[verb](what));
  await Promise.all([...done, transaction.done]);
}

export async function row(store, id) {
  return (await opened()).get(store, id);
}

export async function rows(store) {
  return (await opened()).getAll(store);
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

/** Keep a value sealed under a name. */
export async function keep(id, value) {
  await write([["kept", "put", { id, sealed: await sealValue(value) }]]);
}

export async function kept(id) {
  const found = await row("kept", id);
  return found ? openValue(found.sealed) : undefined;
}

/** Go over to another key: everything is sealed anew in one write. Numbers and what the terminal has of a
 * picture belonged to the pairing before, and go. */
export async function changeKey(base64) {
  const found = [];
  for (const store of SEALED) {
    for (const each of await rows(store)) found.push([store, each, await open(each.sealed)]);
  }
  const lock = await rewrap(base64);
  const changes = [["plain", "put", { id: "lock", value: lock }]];
  for (const [store, each, bytes] of found) {
    const moved = store === "pictures" ? { ...each, upload: null, material: null } : each;
    changes.push(store === "numbers" ? [store, "delete", each.id] : [store, "put", { ...moved, sealed: await seal(bytes) }]);
  }
  await write(changes);
}

/** Say whether what lies here can be opened with the present key. */
export async function isReadable() {
  for (const store of SEALED) {
    const [first] = await rows(store);
    if (first) return open(first.sealed).then(() => true, () => false);
  }
  return true;
}
