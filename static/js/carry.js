// Codes that carry an exchange: on one screen they go round, before another a camera collects them.
// Without this file all codes stand below each other, and pictures of them are chosen by hand.
import { frame, open, wait } from "./scanning/live.js";

// Below three a second, which is the limit for what flashes (WCAG 2.3.1).
const SHOWN_MS = 400;
// The server takes one picture after the other; a little air lets others in.
const PAUSE_MS = 60;

function run(loop) {
  const codes = [...loop.querySelectorAll("[data-code]")];
  const bar = loop.querySelector("[data-loop-bar]");
  const pause = loop.querySelector("[data-loop-pause]");
  const stop = pause.textContent;
  let at = 0;
  let timer = null;
  const show = (next) => {
    codes[at].hidden = true;
    at = next % codes.length;
    codes[at].hidden = false;
    loop.querySelector("[data-loop-at]").textContent = String(at + 1);
  };
  const go = () => {
    timer = setInterval(() => show(at + 1), SHOWN_MS);
    pause.textContent = stop;
  };
  const halt = () => {
    clearInterval(timer);
    timer = null;
    pause.textContent = pause.dataset.go;
  };
  for (const code of codes) {
    code.querySelector("img").loading = "eager";
    code.hidden = true;
  }
  loop.classList.add("codes_running");
  bar.hidden = false;
  show(0);
  pause.addEventListener("click", () => (timer ? halt() : go()));
  loop.querySelector("[data-loop-next]").addEventListener("click", () => {
    halt();
    show(at + 1);
  });
  // Whoever wants no motion presses first.
  if (codes.length > 1 && !matchMedia("(prefers-reduced-motion: reduce)").matches) go();
  else halt();
}

async function collect(finder) {
  const camera = await open(finder);
  if (!camera) return;
  const canvas = document.createElement("canvas");
  while (camera.track.readyState === "live") {
    const told = document.hidden ? null : await send(await frame(camera.video, canvas));
    if (told?.total) say(told);
    if (told?.wrong) camera.hint.textContent = told.wrong;
    if (told?.location) {
      camera.track.stop();
      location.assign(told.location);
      return;
    }
    await wait(PAUSE_MS);
  }
}

async function send(picture) {
  if (!picture) return null;
  const body = new FormData();
  body.append("image", picture, "frame.jpg");
  const token = document.querySelector("form[data-upload]").elements.csrf_token.value;
  try {
    const headers = { Accept: "application/json", "X-CSRFToken": token };
    const answer = await fetch(location.href, { method: "POST", body, headers });
    // What is not read in this picture is read in the next.
    return answer.ok ? await answer.json() : null;
  } catch {
    await wait(1000);
    return null;
  }
}

function say(told) {
  const seen = document.querySelector("[data-seen]");
  const missing = told.missing.slice(0, 12).join(", ");
  const more = told.missing.length > 12 ? " …" : "";
  seen.textContent = seen.dataset.words
    .replace("{have}", told.have)
    .replace("{total}", told.total)
    .replace("{missing}", missing + more || "–");
}

for (const loop of document.querySelectorAll("[data-loop]")) run(loop);
const finder = document.querySelector("[data-collect]");
if (finder) collect(finder);
