// The live camera. The browser's own reader is asked where there is one; otherwise, and whenever its word
// is not beyond doubt, frames go to this station's own server, one at a time. What was read goes into the
// form and is confirmed by a person on the next page. Nothing is opened from here.
// Browsers give the camera to secure origins only; the other ways on the page remain.

import { frame, open, wait } from "./scanning/live.js";

const PAUSE_MS = 330;
const SLOW_MS = 1000;
const DOUBT_AFTER_MS = 5000;
const SLOW_AFTER_MS = 30000;

async function start(finder) {
  const camera = await open(finder);
  if (!camera) return;
  const texts = await look(camera.video, camera.track, finder.dataset.url, camera.hint);
  camera.track.stop();
  if (texts) hand(texts);
}

async function look(video, track, url, hint) {
  const detector = await ownReader();
  const canvas = document.createElement("canvas");
  const begun = performance.now();
  for (let round = 0; track.readyState === "live"; round += 1) {
    const at = performance.now();
    const texts = document.hidden ? [] : await read(video, canvas, url, detector, round);
    if (texts.length > 0) return texts;
    if (at - begun > DOUBT_AFTER_MS) hint.textContent = hint.dataset.closer;
    const pause = at - begun > SLOW_AFTER_MS ? SLOW_MS : PAUSE_MS;
    await wait(Math.max(0, pause - (performance.now() - at)));
  }
  return null;
}

async function ownReader() {
  try {
    const formats = await window.BarcodeDetector?.getSupportedFormats();
    return formats?.includes("qr_code") ? new BarcodeDetector({ formats: ["qr_code"] }) : null;
  } catch {
    return null;
  }
}

async function read(video, canvas, url, detector, round) {
  if (detector) {
    const found = await detector.detect(video).then((codes) => codes.map((code) => code.rawValue), () => []);
    // Readers guess the encoding of other signs; the server does not.
    if (found.length > 0 && found.every((text) => /^[\x20-\x7e]+$/.test(text))) return found;
    // It may overlook what the server sees: every third frame goes there all the same.
    if (found.length === 0 && round % 3 !== 0) return [];
  }
  return ask(await frame(video, canvas), url);
}

async function ask(picture, url) {
  if (!picture) return [];
  const body = new FormData();
  body.append("image", picture, "frame.jpg");
  const token = document.querySelector("form[data-typed]").elements.csrf_token.value;
  try {
    const headers = { Accept: "application/json", "X-CSRFToken": token };
    const answer = await fetch(url, { method: "POST", body, headers });
    // 4xx means no code in this frame: the next one may have it.
    return answer.ok ? (await answer.json()).codes.map((code) => code.text) : [];
  } catch {
    return [];
  }
}

function hand(texts) {
  const form = document.querySelector("form[data-typed]");
  form.elements.text.value = texts[0];
  for (const text of texts.slice(1)) {
    const more = document.createElement("input");
    more.type = "hidden";
    more.name = "text";
    more.value = text;
    form.append(more);
  }
  form.requestSubmit();
}

const finder = document.querySelector("[data-finder]");
if (finder) start(finder);
