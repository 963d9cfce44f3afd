// Before everything: pairing, signing in, choosing a PIN, unlocking. Without a line only unlocking works.

import { LEAST_DIGITS, MOST_TRIES, goBackTo, lock as forget, unwrap, wrap } from "../keyring.js";
import { setByTerminal } from "../clock.js";
import { askToPersist, mark, noteEviction } from "../room.js";
import { sendNow } from "../sending.js";
import { show } from "../showing.js";
import * as terminal from "../terminal.js";
import { changeKey, isReadable, keep, note, noteTry, noted, write } from "../vault.js";
import { ready } from "../updates.js";
import { banner, piece, put, say } from "../words.js";

export async function page(lost) {
  const locked = await noted("lock");
  const main = document.createElement("div");
  main.className = "gate";
  if (lost) main.append(lostNotice(lost));
  main.append(locked ? unlocking() : await beginning());
  return { main, title: say("locked_title"), look: "page_gate" };
}

function lostNotice({ waiting }) {
  const made = banner(say("evicted"), say(waiting ? "evicted_with" : "evicted_empty", { n: waiting }), "stop", "alert");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "weui-btn weui-btn_default";
  button.textContent = say("understood");
  button.addEventListener("click", () => {
    noteEviction();
    made.remove();
  });
  made.lastElementChild.append(button);
  return made;
}

function unlocking() {
  const made = piece("unlock");
  const told = made.querySelector("[data-wrong]");
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    const input = made.elements.pin;
    // Counted before it is tried: a tablet that is switched off in between has tried all the same.
    const locked = await noteTry();
    if (locked && (await unwrap(locked, input.value))) {
      await noteTry(true);
      enter();
      return;
    }
    input.value = "";
    if (!locked || locked.tries >= MOST_TRIES) {
      await write([["plain", "delete", "lock"]]);
      // Another PIN is for somebody who knows a password.
      await terminal.signOut().catch(() => {});
      await show();
      return;
    }
    put(told, { "[data-wrong]": say("wrong_pin", { n: MOST_TRIES - locked.tries }) });
    told.hidden = false;
    input.focus();
  });
  return made;
}

/** What to do on a tablet that has no PIN yet, or none any more. */
async function beginning() {
  let told;
  try {
    told = await terminal.state();
  } catch (error) {
    return unready(error);
  }
  await setByTerminal(told.now);
  // The key is given for a short while after a password, and to nobody who finds the session open.
  return told.operator && told.unlock.key ? choosing(told) : signingIn();
}

function unready(error) {
  if (error instanceof terminal.Unreachable) return explained("need_line", "need_line_next", true);
  if (error.code === "not-signed-in" || error.code === "operator-disabled") return signingIn(error.code === "operator-disabled" ? error.message : "");
  if (error.code === "device-revoked") return explained("revoked", "revoked_next", false);
  if (error.code === "device-unknown" || error.status === 401) return piece("pair");
  const made = explained("need_line", "need_line_next", true);
  made.append(error.message);
  return made;
}

function explained(title, rest, canRetry) {
  const made = put(piece("explained"), { h1: say(title), "[data-rest]": say(rest) });
  const button = made.querySelector("button");
  button.hidden = !canRetry;
  button.addEventListener("click", () => show());
  return made;
}

function signingIn(wrong = "") {
  const made = piece("sign-in");
  const told = made.querySelector("[data-wrong]");
  if (wrong) [told.textContent, told.hidden] = [wrong, false];
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await terminal.signIn(made.elements.username.value.trim(), made.elements.password.value);
      await show();
    } catch (error) {
      told.textContent = error instanceof terminal.Unreachable ? say("need_line") : error.message;
      told.hidden = false;
    }
  });
  return made;
}

function choosing(told) {
  const made = piece("choose-pin");
  const wrong = made.querySelector("[data-wrong]");
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [pin, again] = [made.elements.pin.value, made.elements.again.value];
    const fault = !/^[0-9]+$/.test(pin) || pin.length < LEAST_DIGITS ? "pin_short" : pin !== again ? "pin_differs" : "";
    if (fault) {
      [wrong.textContent, wrong.hidden] = [say(fault, { n: LEAST_DIGITS }), false];
      return;
    }
    made.querySelector("button").disabled = true;
    const lock = await wrap(told.unlock.key, pin);
    if (!(await isReadable()) && !(await broughtOver(told.unlock))) {
      forget();
      made.replaceWith(explained("other_key", "other_key_next", false));
      return;
    }
    // What was brought over came with a lock of its own.
    if (!(await noted("lock"))) await note("lock", lock);
    await keep("operator", told.operator);
    await note("station", { ...told.station, device: told.device, terminal: told.terminal });
    await askToPersist();
    await mark(0);
    await ready();
    enter();
  });
  return made;
}

/** Seal anew what this tablet had before it was paired again; false when no key it had opens that. */
async function broughtOver({ key, previous = [] }) {
  for (const each of previous) {
    await goBackTo(each.key);
    if (!(await isReadable())) continue;
    await changeKey(key);
    return true;
  }
  return false;
}

function enter() {
  show();
  sendNow();
}
