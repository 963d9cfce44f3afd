// Is there room, and is everything still there? Browsers do not tell how much is free (Chromium says 10 GiB
// whatever the disk), so some is set aside, and whether that can be done tells it. They may also clear a site's
// storage when a disk is full.
// A cookie lies outside of it and remembers that there was something. Must not know what is stored.

import { hasReserve, note, noted, setAside } from "./vault.js";

const NEARLY_FULL = 0.85;
/** The least that has to be free for a new form with its photographs, bytes. */
export const FOR_A_FORM = 5_000_000;
/** The least that has to be free for one more picture with the writing that goes with it, bytes. */
export const FOR_A_PICTURE = 1_000_000;
const COOKIE = "tablet_kept";
const SECONDS = 400 * 24 * 3600;
const TRIED_AGAIN_AFTER = 20_000;

let tried = { at: 0, isFull: false, now: null };

/** Return {free, isNearlyFull}; much free where the browser does not tell and there is some set aside. */
export async function room() {
  if (!(await hasReserve())) {
    if (Date.now() - tried.at > TRIED_AGAIN_AFTER) tried = { at: Date.now(), isFull: tried.isFull, now: look() };
    await tried.now;
    if (tried.isFull) return { free: 0, isNearlyFull: true };
  }
  const told = await navigator.storage?.estimate?.().catch(() => null);
  if (!told?.quota) return { free: Number.MAX_SAFE_INTEGER, isNearlyFull: false };
  const free = told.quota - told.usage;
  return { free, isNearlyFull: free < FOR_A_FORM || told.usage / told.quota > NEARLY_FULL };
}

async function look() {
  // Another write may fail at the same time, and it decides for itself.
  const isThere = await setAside(FOR_A_FORM).catch(() => true);
  tried.isFull = !isThere;
}

/** Note that a picture found no room, so that this is told at once. */
export function noteFull() {
  tried = { at: Date.now(), isFull: true, now: null };
}

/** Ask the browser to clear this site's storage last; it may say no. */
export async function askToPersist() {
  return (await navigator.storage?.persist?.().catch(() => false)) ?? false;
}

/** Remember outside of the storage that it exists, and how many cases wait in it. */
export async function mark(waiting) {
  let name = await noted("mark");
  if (!name) {
    name = crypto.randomUUID();
    await note("mark", name);
  }
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${COOKIE}=${name}.${waiting}; path=/tablet/; max-age=${SECONDS}; samesite=strict${secure}`;
}

/** Return null, or {waiting}: the storage has been cleared, with so many cases in it at the last count. */
export async function evicted() {
  const found = document.cookie.split("; ").find((each) => each.startsWith(`${COOKIE}=`));
  if (!found) return null;
  const [name, waiting] = found.slice(COOKIE.length + 1).split(".");
  return (await noted("mark")) === name ? null : { waiting: Number(waiting) || 0 };
}

/** Forget the old mark once somebody has read what happened. */
export function noteEviction() {
  document.cookie = `${COOKIE}=; path=/tablet/; max-age=0; samesite=strict`;
}
