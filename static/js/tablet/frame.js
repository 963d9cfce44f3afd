// What stands around every page: the line and the queue, who is signed in, the lock, language and size, and
// the banners about updates, storage and the clock. Neighbours: sending.js says how the line is.

import { onTrouble } from "./drafts.js";
import { hasJumped, minutesOff } from "./clock.js";
import { isUnlocked } from "./keyring.js";
import * as queue from "./queue.js";
import { room } from "./room.js";
import { line } from "./sending.js";
import { here, isFormOpen, lockUp } from "./showing.js";
import { isReady, startUpdates, take } from "./updates.js";
import { banner, drawing, language, say } from "./words.js";

const state = document.querySelector("[data-state]");
const stateWords = state.querySelector("span");
const notices = document.querySelector("[data-notices]");
const root = document.documentElement;
let unsaved = false;

/** Start what the frame listens to. */
export async function startFrame() {
  if (localStorage.getItem("language") && localStorage.getItem("language") !== language) {
    location.replace(`/tablet/?lang=${localStorage.getItem("language")}${location.hash}`);
  }
  root.dataset.app = "tablet";
  root.dataset.mode = document.body.dataset.weuiMode = localStorage.getItem("mode") === "care" ? "care" : "standard";
  document.querySelector("[data-lock]").addEventListener("click", () => lockUp());
  document.querySelector("[data-larger]").addEventListener("click", () => {
    const mode = root.dataset.mode === "care" ? "standard" : "care";
    root.dataset.mode = document.body.dataset.weuiMode = mode;
    localStorage.setItem("mode", mode);
  });
  document.querySelector("[data-language]").addEventListener("click", (event) => {
    localStorage.setItem("language", event.currentTarget.value);
    location.replace(`/tablet/?lang=${event.currentTarget.value}${location.hash}`);
  });
  queue.onChange(() => drawFrame(here().name));
  onTrouble((isUnsaved) => {
    if (isUnsaved !== unsaved) {
      unsaved = isUnsaved;
      drawNotices();
    }
  });
  await startUpdates(() => drawFrame(here().name));
}

/** Draw the frame anew for the page of that name. */
export async function drawFrame(name) {
  const { waiting, attention } = await queue.backlog();
  const open = isUnlocked();
  for (const each of document.querySelectorAll("[data-inside]")) each.hidden = !open;
  for (const link of document.querySelectorAll(".tabs a")) {
    const isHere = link.getAttribute("href") === `#/${name}`;
    if (isHere) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  for (const [place, number] of [["queue", waiting + attention]]) {
    const mark = document.querySelector(`[data-count="${place}"]`);
    mark.textContent = number || "";
    mark.hidden = !number;
  }
  state.hidden = line.isUp === null && !open;
  state.className = `state state_${line.isUp ? "up" : "down"}`;
  state.querySelector("svg")?.replaceWith(drawing(line.isUp ? "check" : "line"));
  stateWords.textContent = stateOf(waiting, attention);
  await drawNotices(waiting + attention > 0);
}

function stateOf(waiting, attention) {
  if (line.sending) return say("sending", { part: Math.round(line.part * 100) });
  if (attention) return say("attention_count", { n: attention });
  if (waiting && line.standing === "not-signed-in") return say("waiting_sign_in", { n: waiting });
  if (waiting) return say(line.isUp ? "waiting_up" : "waiting_down", { n: waiting });
  return say(line.isUp ? "line_up" : "line_down");
}

async function drawNotices(isOnItsWay = false) {
  const made = [];
  if (unsaved) made.push(banner(say("unsaved"), say("room_next"), "stop", "alert"));
  if (isReady()) made.push(updateNotice());
  if (line.standing === "device-revoked" && isUnlocked()) made.push(banner(say("revoked"), say(isOnItsWay ? "revoked_going" : "revoked_next"), "stop", "alert"));
  if (line.standing === "operator-disabled") made.push(banner(say("disabled"), say("disabled_next"), "", "alert"));
  if (hasJumped()) made.push(banner(say("clock_jumped"), say("clock_next"), "", "clock"));
  else if (minutesOff()) made.push(banner(say("clock_off", { n: minutesOff() }), say("clock_next"), "calm", "clock"));
  if (isUnlocked() && (await room()).isNearlyFull) made.push(banner(say("room_low"), say("room_next"), "", "alert"));
  notices.replaceChildren(...made);
  notices.hidden = made.length === 0;
}

function updateNotice() {
  const made = banner(say("update_ready"), say(isFormOpen() ? "update_in_form" : "update_next"), "calm", "info");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "weui-btn weui-btn_default";
  button.textContent = say("update_take");
  button.addEventListener("click", take);
  made.lastElementChild.append(button);
  return made;
}
