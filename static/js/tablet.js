// The tablets' app (kiosk/terminal/tablet.py): one page whose address after "#" says what is shown. It works
// with no line at all; everything of a person is sealed (tablet/keyring.js), and what is handed in goes to
// the terminal by itself when it can be reached (tablet/sending.js).

import { startClock } from "./tablet/clock.js";
import * as queue from "./tablet/queue.js";
import { line, sendNow } from "./tablet/sending.js";
import { startFrame } from "./tablet/frame.js";
import { followLock, lockUp, show } from "./tablet/showing.js";

const IDLE = 10 * 60_000;

let idle = 0;
let touched = Date.now();

function wake() {
  touched = Date.now();
  clearTimeout(idle);
  idle = setTimeout(() => lockUp(), IDLE);
}

/** A tablet that sleeps stops its timers: what the lock has missed is made up for before anything is shown. */
function lookUp() {
  if (Date.now() - touched >= IDLE) lockUp();
}

addEventListener("visibilitychange", () => document.visibilityState === "visible" && lookUp());
for (const sign of ["pointerdown", "keydown"]) addEventListener(sign, wake, { passive: true });
addEventListener("hashchange", () => show());
addEventListener("online", () => sendNow());
queue.onChange(followLock);
addEventListener("offline", () => {
  line.isUp = false;
  queue.tell();
});
navigator.serviceWorker?.addEventListener("message", (event) => {
  if (event.data === "send") sendNow();
});

async function start() {
  wake();
  await startClock();
  await startFrame();
  await show();
}

start();
