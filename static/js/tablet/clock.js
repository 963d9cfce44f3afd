// What time it is. A tablet's own clock may be wrong by a year, so the terminal's is taken where it is
// known: the difference at the last contact is kept. Must not know what the time is for.

import { note, noted } from "./vault.js";

const MINUTE = 60_000;
const TOLERATED = 5 * MINUTE;
const LONGEST_AWAY = 45 * 24 * 60 * MINUTE;

let contact = null;

/** Read what is known from the last contact. */
export async function startClock() {
  contact = (await noted("contact")) ?? null;
}

/** Take the terminal's time, ISO. */
export async function setByTerminal(told) {
  contact = { offset: Date.parse(told) - Date.now(), at: Date.now() };
  await note("contact", contact);
}

/** Return the present moment as well as it is known. */
export function now() {
  return new Date(Date.now() + (contact?.offset ?? 0));
}

/** Return the day in Asia/Shanghai as ISO text. */
export function today() {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai" }).format(now());
}

/** Return by how many minutes the tablet's clock is off at the last contact, 0 for next to nothing. */
export function minutesOff() {
  const off = Math.abs(contact?.offset ?? 0);
  return off > TOLERATED ? Math.round(off / MINUTE) : 0;
}

/** Say whether the clock has been turned since the last contact, as far as can be told without one. */
export function hasJumped() {
  if (!contact) return false;
  const gone = Date.now() - contact.at;
  return gone < -TOLERATED || gone > LONGEST_AWAY;
}

/** Return a moment as a person reads it, in the time of the place. */
export function inWords(moment, language) {
  const how = { timeZone: "Asia/Shanghai", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false };
  return new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", how).format(new Date(moment));
}

/** Return a day (ISO) as a person reads it. */
export function dayInWords(day, language) {
  const how = { timeZone: "UTC", year: "numeric", month: "long", day: "numeric" };
  return new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", how).format(new Date(`${day}T00:00:00Z`));
}
