// The live camera: frames go to this station's own server, which reads them; what it read goes into
// the form and is confirmed by a person on the next page. Nothing is opened from here.
// Browsers give the camera to secure origins only; elsewhere the other ways on the page remain.

const WIDTH = 1280;
const PAUSE_MS = 250;
const QUALITY = 0.8;

async function start(finder) {
  const hint = finder.querySelector("[data-hint]");
  const video = finder.querySelector("video");
  const typed = document.querySelector("form[data-typed]");
  let stream;
  finder.hidden = false;
  hint.textContent = hint.dataset.looking;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "environment", width: { ideal: WIDTH } },
    });
  } catch {
    hint.textContent = hint.dataset.denied;
    finder.classList.add("finder_off");
    return;
  }
  video.srcObject = stream;
  await video.play();
  const canvas = document.createElement("canvas");
  addEventListener("pagehide", () => stream.getTracks().forEach((track) => track.stop()));
  while (stream.active) {
    const text = await read(video, canvas, finder.dataset.url, typed.elements.csrf_token.value);
    if (text) {
      stream.getTracks().forEach((track) => track.stop());
      typed.elements.text.value = text;
      typed.requestSubmit();
      return;
    }
    await new Promise((resume) => setTimeout(resume, PAUSE_MS));
  }
}

async function read(video, canvas, url, token) {
  canvas.width = Math.min(video.videoWidth, WIDTH);
  canvas.height = Math.round((canvas.width * video.videoHeight) / video.videoWidth);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  const frame = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  if (!frame) return null;
  const body = new FormData();
  body.append("image", frame, "frame.jpg");
  try {
    const headers = { Accept: "application/json", "X-CSRFToken": token };
    const answer = await fetch(url, { method: "POST", body, headers });
    // 4xx means no code in this frame: the next one may have it.
    return answer.ok ? (await answer.json()).text : null;
  } catch {
    return null;
  }
}

const finder = document.querySelector("[data-finder]");
if (finder && window.isSecureContext && navigator.mediaDevices) start(finder);
