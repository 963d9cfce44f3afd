// Brings the queue to the terminal: in order, pictures first, each case under its own key, one tab at a
// time; the pictures of the next cases come meanwhile. What cannot be reached is tried again later, with growing
// pauses; what is refused needs a person; what only this tablet's standing forbids waits for that. Neighbours:
// queue.js, ahead.js, uploads.js.

import { ahead } from "./ahead.js";
import { now, setByTerminal } from "./clock.js";
import { Locked, isUnlocked, lock, markInHand } from "./keyring.js";
import { release } from "./forms.js";
import { refill } from "./numbers.js";
import * as queue from "./queue.js";
import * as terminal from "./terminal.js";
import { ask } from "./updates.js";
import { parcels } from "./parcels.js";
import { bringAnew, letGo, noteBrought } from "./uploads.js";
import { mark } from "./room.js";
import { say } from "./words.js";
import { bodyOf } from "./bodies.js";
import { changeKey, keep, note, row, write } from "./vault.js";

const FIRST_PAUSE = 2_000;
const LONGEST_PAUSE = 300_000;
/** Another tab was at it; this one then looks for itself how the line is. */
const AFTER_ANOTHER = 5_000;
/** What the terminal says of the tablet or of who holds it, not of the case. */
const STANDING = new Set(["not-signed-in", "operator-disabled", "device-unknown", "device-revoked"]);

export const line = { isUp: null, standing: "", error: "", sending: null, part: 0, told: null, numbers: "" };

/** The number is of another terminal, of this tablet before it was paired anew, or another case has it. */
const NOT_LEASED = "number-not-leased";
const NUMBER_USED = "number-used";
/** The terminal has a picture no more: it waited there too long, or the terminal was restored. */
const PICTURE_GONE = "material_unknown";

/** So often a tablet that was shut out tries what the terminal cannot take just now, before it forgets its key. */
const MOST_ROUNDS = 5;

let failures = 0;
let rounds = 0;
let timer = 0;

/** Try now, whatever the pause; another tab that is at it goes on instead. */
export async function sendNow() {
  clearTimeout(timer);
  if (!isUnlocked()) return;
  await navigator.locks.request("tablet-sending", { ifAvailable: true }, async (held) => {
    if (held) await drain();
    else again(AFTER_ANOTHER);
  });
  const { waiting, attention } = await queue.backlog();
  await mark(waiting + attention);
}

async function drain() {
  try {
    await contact();
    const trouble = await sendAll();
    await contact();
    await followReceipts();
    if (trouble) {
      later(trouble);
      return;
    }
    failures = 0;
    again(60_000);
  } catch (error) {
    await noteTrouble(error);
  } finally {
    line.sending = null;
    queue.tell();
  }
}

/** Send what waits, oldest first; return what was wrong with one of them, or null. One case that cannot be sent
 * keeps no other back; only what concerns them all ends it. */
async function sendAll() {
  const waiting = (await queue.all()).filter((each) => each.state === queue.WAITING).map((each) => each.id);
  const [pictures, mark] = [ahead(waiting, isOfAll), markInHand()];
  let trouble = null;
  try {
    for (const id of waiting) {
      try {
        await sendOne(id, pictures);
      } catch (error) {
        if (isOfAll(error)) throw error;
        trouble = error;
      }
    }
  } finally {
    pictures.end();
    // Where that cannot be written the pictures come again.
    await noteBrought(mark).catch(() => {});
  }
  return trouble;
}

/** Say whether it ends the round: it would be alike with every other case. */
function isOfAll(error) {
  return error instanceof Locked || error instanceof terminal.Unreachable || error.status === 429 || STANDING.has(error.code);
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
  await followPairing(line.told.unlock);
  await keep("operator", line.told.operator);
  await note("station", { ...line.told.station, device: line.told.device, terminal: line.told.terminal });
  line.numbers = "";
  await refill(terminal.leases, queue.numbersGiven).catch((error) => {
    if (error instanceof terminal.Refusal) line.numbers = error.message;
  });
}

/** A tablet that was paired anew has another key, and numbers and pictures of before are not known to it. */
async function followPairing({ mark: theirs, key }) {
  if (theirs === markInHand()) return;
  // The key is given to whoever has just shown a password.
  if (!key) throw new terminal.Refusal(401, { code: "not-signed-in", title: say("need_password") }, 0);
  await changeKey(key);
}

/** Send one case; `isAgain` when its pictures have been brought anew already. */
async function sendOne(id, pictures, isAgain = false) {
  const found = await queue.entryOf(id);
  if (!found || found.row.state !== queue.WAITING) return;
  if (!found.entry.number && !(await queue.number(found))) return;
  line.sending = id;
  line.part = 0;
  queue.tell();
  try {
    const materials = await pictures.of(found, (part) => {
      if (line.sending !== id) return;
      line.part = part;
      queue.tell();
    });
    const body = await bodyOf(found.entry, materials);
    const { pictures: gone } = found.entry;
    await queue.noteSent(found, await terminal.handIn(body, id));
    letGo(gone);
    failures = 0;
  } catch (error) {
    if (error instanceof Locked) throw error;
    if (await isMended(found, error.code, isAgain)) {
      await sendOne(id, pictures, isAgain || error.code === PICTURE_GONE);
      return;
    }
    // 400 is the token of a session that somebody has just begun in another tab: the next contact renews it.
    const isOurs = error instanceof terminal.Refusal && !error.isPassing && error.status !== 400 && !STANDING.has(error.code);
    const text = error instanceof terminal.Unreachable ? say("need_line") : error.message;
    const told = { text, code: error.code ?? "", fields: error.fields ?? [], at: now().toISOString() };
    const state = isOurs ? queue.ATTENTION : queue.WAITING;
    await queue.change(found, { state, error: told, tries: found.row.tries + 1 });
    if (!isOurs) throw error;
  }
}

/** Mend what the terminal refuses a case for, where that is no matter for a person. */
async function isMended(found, code, isAgain) {
  const { draft, pictures } = found.entry;
  // A corrected case keeps its number: whoever has that may well be the same case.
  if (code === NOT_LEASED || (code === NUMBER_USED && !draft.sent)) return queue.renumber(found);
  if (code !== PICTURE_GONE || isAgain) return false;
  const here = (await Promise.all(pictures.map((id) => row("pictures", id)))).filter(Boolean);
  return (await Promise.all(here.map(bringAnew))).includes(true);
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
  const isOfTheLine = error instanceof terminal.Unreachable || error instanceof terminal.Refusal;
  // Something of our own, a full disk perhaps: it is tried again, and told where such things are read.
  if (!isOfTheLine) {
    later(error);
    throw error;
  }
  line.isUp = error instanceof terminal.Refusal;
  line.error = line.isUp ? error.message : say("need_line");
  line.standing = STANDING.has(error.code) ? error.code : "";
  if (line.standing === "device-revoked") {
    if (await gaveUp()) return;
  }
  if (!line.isUp) wakeLater();
  later(error);
}

function later(error) {
  failures += 1;
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
 * open, and then the key is forgotten here, all gone or not. False when something may still go later. */
async function gaveUp() {
  let isAll = true;
  for (const unsent of await queue.unsent()) {
    try {
      for (const parcel of await parcels(unsent)) await terminal.handInSealed(parcel);
      const pictures = unsent.gone.map((id) => ["pictures", "delete", id]);
      await write([[unsent.store, "delete", unsent.id], ...pictures]);
    } catch (error) {
      if (error instanceof Locked) throw error;
      if (error instanceof terminal.Unreachable) return false;
      // What is refused stays here sealed, for when this tablet is paired anew; the others go all the same.
      if (error instanceof terminal.Refusal && error.isPassing) isAll = false;
    }
  }
  rounds += 1;
  if (!isAll && rounds < MOST_ROUNDS) return false;
  await write([["plain", "delete", "lock"]]);
  lock();
  queue.tell();
  return true;
}
