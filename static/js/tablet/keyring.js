// The tablet's key and the PIN that opens it. All personal content is sealed with AES-GCM under the key
// that the terminal gave this tablet; here it is kept only wrapped under the PIN, and in memory while
// unlocked. Five wrong PINs throw the wrapped key away: the terminal has it, and gives it again to whoever
// signs in there, so nothing that was sealed is lost. Neighbour: vault.js stores what is sealed here.

const ITERATIONS = 600_000;
export const MOST_TRIES = 5;
export const LEAST_DIGITS = 6;
const NONCE = 12;

let key = null;
// What tells that key from another, as the stored lock says it too.
let mark = null;
// What wraps the key, kept while unlocked: with another key of the terminal's the PIN is not asked again.
let wrapping = null;
let refresh = () => {};

/** Say whether the key is in memory. */
export function isUnlocked() {
  return key !== null;
}

/** Say which key is in memory; null while locked. */
export function markInHand() {
  return mark;
}

/** Forget the key; what is sealed stays as it is. */
export function lock() {
  key = null;
  mark = null;
  wrapping = null;
}

/** Take the key that the terminal gives, as base64; return it wrapped under the PIN, to be stored. */
export async function wrap(base64, pin) {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  wrapping = { under: await derived(pin, salt), salt };
  const { lock: wrapped, next } = await rewrap(base64);
  use(next);
  return wrapped;
}

/** Wrap another key of the terminal's under the same PIN; only while unlocked. Return {lock, next}: the lock to be
 * stored, and the key for `seal` and, when what was sealed with it is on the disk, for `use`. */
export async function rewrap(base64) {
  const raw = rawOf(base64);
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE));
  const wrapped = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, wrapping.under, raw);
  const next = { key: await imported(raw), mark: await markOf(raw) };
  raw.fill(0);
  return { lock: { salt: wrapping.salt, nonce, wrapped, iterations: ITERATIONS, tries: 0, mark: next.mark }, next };
}

/** Seal and open with a key that `rewrap` returned from now on. */
export function use(next) {
  ({ key, mark } = next);
}

/** Go over to the key that another tab has wrapped under the same PIN; locks and returns false where it was
 * another PIN. */
export async function follow({ salt, nonce, wrapped }) {
  const isSame = wrapping && String(salt) === String(wrapping.salt);
  const raw = isSame ? await crypto.subtle.decrypt({ name: "AES-GCM", iv: nonce }, wrapping.under, wrapped).catch(() => null) : null;
  if (!raw) {
    lock();
    return false;
  }
  use({ key: await imported(raw), mark: await markOf(raw) });
  new Uint8Array(raw).fill(0);
  return true;
}

/** Open and seal with a key of the terminal's from before; `use` ends it. Only while unlocked. */
export async function goBackTo(base64) {
  const raw = rawOf(base64);
  use({ key: await imported(raw), mark: await markOf(raw) });
}

/** Return what tells one key from another and does not tell the key; the terminal says it alike
 * (kiosk/terminal/tablet_api.py). */
async function markOf(raw) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", raw));
  return [...digest.subarray(0, 8)].join(".");
}

function rawOf(base64) {
  return Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
}

/** Open what `wrap` returned; false for another PIN. */
export async function unwrap({ salt, nonce, wrapped, iterations }, pin) {
  const under = await derived(pin, salt, iterations);
  let raw;
  try {
    raw = new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv: nonce }, under, wrapped));
  } catch {
    return false;
  }
  use({ key: await imported(raw), mark: await markOf(raw) });
  wrapping = { under, salt };
  raw.fill(0);
  return true;
}

/** Return bytes sealed: {nonce, data}; under another key where one is given. Throws Locked without any. */
export async function seal(bytes, under = key) {
  if (!under) throw new Locked();
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE));
  return { nonce, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, under, bytes) };
}

/** Return the bytes of what `seal` returned. Throws Locked without the key, and for another key's. */
export async function open({ nonce, data }) {
  if (!key) throw new Locked();
  const before = mark;
  const how = { name: "AES-GCM", iv: nonce };
  try {
    return await crypto.subtle.decrypt(how, key, data);
  } catch (error) {
    // Another tab may have gone over to another key since.
    await refresh();
    if (!key) throw new Locked();
    if (mark === before) throw error;
    return crypto.subtle.decrypt(how, key, data);
  }
}

/** Let `follows` look for another key when something cannot be opened; it calls `follow`. */
export function onStale(follows) {
  refresh = follows;
}

/** Return a value sealed as JSON. */
export function sealValue(value) {
  return seal(new TextEncoder().encode(JSON.stringify(value)));
}

/** Return the value that `sealValue` took. */
export async function openValue(sealed) {
  return JSON.parse(new TextDecoder().decode(await open(sealed)));
}

export class Locked extends Error {}

async function derived(pin, salt, iterations = ITERATIONS) {
  const from = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return crypto.subtle.deriveKey(how, from, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

function imported(raw) {
  return crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
}
