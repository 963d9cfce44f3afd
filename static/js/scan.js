// The live camera. The browser's own reader is asked where there is one; otherwise, and whenever its word
// is not beyond doubt, frames go to this station's own server, one at a time. What was read goes into the
// form and is confirmed by a person on the next page. Nothing is opened from here.
// Browsers give the camera to secure origins only; the other ways on the page remain.

const WIDTH = 1280;
const QUALITY = 0.75;
const PAUSE_MS = 330;
const SLOW_MS = 1000;
const DOUBT_AFTER_MS = 5000;
const SLOW_AFTER_MS = 30000;

const wait = (ms) => new Promise((resume) => setTimeout(resume, ms));

async function start(finder) {
  const hint = finder.querySelector("[data-hint]");
  const video = finder.querySelector("video");
  finder.hidden = false;
  hint.textContent = hint.dataset.asking;
  try {
    if (!window.isSecureContext || !navigator.mediaDevices) throw new Error("insecure");
    video.srcObject = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "environment", width: { ideal: WIDTH } },
    });
    await video.play();
  } catch (error) {
    const reason = error.message === "insecure" ? "insecure" : error.name.toLowerCase();
    return giveUp(finder, hint, reason);
  }
  const [track] = video.srcObject.getVideoTracks();
  addEventListener("pagehide", () => track.stop());
  track.addEventListener("ended", () => giveUp(finder, hint, "lost"));
  offerLight(finder.querySelector("[data-torch]"), track);
  hint.textContent = hint.dataset.looking;
  const texts = await look(video, track, finder.dataset.url, hint);
  track.stop();
  if (texts) hand(texts);
}

// The reason by its name, and the way on.
function giveUp(finder, hint, reason) {
  hint.textContent = `${hint.dataset[reason] ?? hint.dataset.other} ${hint.dataset.onward}`;
  finder.classList.add("finder_off");
}

function offerLight(button, track) {
  if (!track.getCapabilities?.().torch) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    await track.applyConstraints({ advanced: [{ torch: on }] });
    button.setAttribute("aria-pressed", String(on));
  });
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

async function frame(video, canvas) {
  canvas.width = Math.min(video.videoWidth, WIDTH);
  canvas.height = Math.round((canvas.width * video.videoHeight) / video.videoWidth);
  const brush = canvas.getContext("2d");
  // Colour says nothing about a code and would be half of the bytes.
  brush.filter = "grayscale(1)";
  brush.drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
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
