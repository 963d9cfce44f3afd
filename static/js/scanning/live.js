// A live camera on a page: asked for, given up with a reason, its light, its pictures for the server.
// Browsers give the camera to secure origins only; the other ways on the page remain.

const WIDTH = 1280;
const QUALITY = 0.75;

export const wait = (ms) => new Promise((resume) => setTimeout(resume, ms));

// Opens the camera into the finder's video; null when there is none, which the hint then says.
export async function open(finder) {
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
    giveUp(finder, hint, error.message === "insecure" ? "insecure" : error.name.toLowerCase());
    return null;
  }
  const [track] = video.srcObject.getVideoTracks();
  addEventListener("pagehide", () => track.stop());
  track.addEventListener("ended", () => giveUp(finder, hint, "lost"));
  offerLight(finder.querySelector("[data-torch]"), track);
  hint.textContent = hint.dataset.looking;
  return { video, track, hint };
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

// The camera's present picture as a JPEG.
export async function frame(video, canvas) {
  canvas.width = Math.min(video.videoWidth, WIDTH);
  canvas.height = Math.round((canvas.width * video.videoHeight) / video.videoWidth);
  const brush = canvas.getContext("2d");
  // Colour says nothing about a code and would be half of the bytes.
  brush.filter = "grayscale(1)";
  brush.drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
}
