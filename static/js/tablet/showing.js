// Which page is shown for which address, and the lock before all of them. Pages are functions that take
// what the address says and return {main, title, foot?}; they live in pages/.

import { settled } from "./drafts.js";
import { isUnlocked, lock } from "./keyring.js";
import { hold, letGo, noteLocked, noteOpen } from "./holding.js";
import { evicted } from "./room.js";
import { drawFrame } from "./frame.js";
import { isReady, take } from "./updates.js";
import { signOut } from "./terminal.js";
import { followKey, noted } from "./vault.js";
import { piece, put, say } from "./words.js";
import * as gate from "./pages/gate.js";
import * as home from "./pages/home.js";
import * as guide from "./pages/guide.js";
import * as section from "./pages/section.js";
import * as materials from "./pages/materials.js";
import * as check from "./pages/check.js";
import * as sign from "./pages/sign.js";
import * as receipt from "./pages/receipt.js";
import * as waiting from "./pages/waiting.js";
import * as drafts from "./pages/drafts.js";
import * as work from "./pages/work.js";

const PAGES = { "": home, item: guide, form: section, materials, check, sign, receipt, queue: waiting, drafts, work };
const FORMS = new Set(["form", "materials", "check", "sign"]);

const main = document.querySelector("#main");
let leave = null;
let drawing = 0;
let isOpen = false;

/** Return what the address says: the page's name and what follows it. */
export function here() {
  const [name = "", ...rest] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  return { name, rest };
}

/** Say whether somebody is filling a form: then nothing is taken away from under the fingers. */
export function isFormOpen() {
  return isUnlocked() && FORMS.has(here().name);
}

export function go(...parts) {
  const wanted = `#/${parts.map(encodeURIComponent).join("/")}`;
  if (location.hash === wanted) show();
  else location.hash = wanted;
}

/** Lock the app: first everything is written, then the key is forgotten, written or not, and with the last tab
 * that is open the session at the terminal ends. */
export async function lockUp() {
  if (!isUnlocked()) return;
  try {
    await leave?.();
    await settled();
  } catch {
    // The disk is full or broken; what was written before stays.
  } finally {
    leave = null;
    lock();
    // With no line the terminal ends it by itself, and gives the key to nobody without a password.
    noteLocked(ended).catch(() => {});
    await show();
  }
}

/** End the session when nothing is on its way any more: each answer brings the session's cookie anew. */
function ended() {
  return navigator.locks.request("tablet-sending", () => signOut());
}

/** Follow when the key was thrown away or changed elsewhere: the tablet was shut out, locked for good or paired
 * anew in another tab. */
export async function followLock() {
  if (!isOpen || (isUnlocked() && (await noted("lock")) && (await followKey()))) return;
  lock();
  noteLocked(ended).catch(() => {});
  drop();
}

/** Show the present address again without writing what is on the screen: every change was written as it came. */
function drop() {
  leave = null;
  show();
}

/** Draw the page of the present address; `isTaking` takes a form over that is open in another tab. */
export async function show(isTaking = false) {
  drawing += 1;
  const mine = drawing;
  await leave?.();
  leave = null;
  const { name, rest } = here();
  const lost = isUnlocked() ? null : await evicted();
  const page = isUnlocked() ? (PAGES[name] ?? home) : gate;
  isOpen = page !== gate;
  if (isOpen) noteOpen();
  // Nobody is in the middle of anything here.
  if (page === gate && isReady()) take();
  const isForm = isOpen && FORMS.has(name);
  if (!isForm) letGo();
  const isHere = !isForm || (await hold(rest[0], drop, isTaking));
  const made = isHere ? await page.page(...(page === gate ? [lost] : rest)) : elsewhere();
  if (mine !== drawing || !made) return;
  leave = made.leave ?? null;
  main.className = `page ${made.look ?? ""}`;
  main.replaceChildren(made.main);
  document.title = made.title;
  drawFrame(name);
  scrollTo(0, 0);
  made.drawn?.();
  const focus = main.querySelector("[data-focus], [autofocus]");
  (focus ?? main).focus({ preventScroll: true });
}

function elsewhere() {
  const made = put(piece("explained"), { h1: say("elsewhere"), "[data-rest]": say("elsewhere_next"), button: say("elsewhere_take") });
  const button = made.querySelector("button");
  button.hidden = false;
  button.addEventListener("click", () => show(true));
  return { main: made, title: say("elsewhere") };
}
