// The box to sign in: strokes of a finger or pen become a PNG in a hidden field.
// Where it cannot run, the tick beside it remains, which counts the same.

const PEN = "#14252c";
const LEAST_POINTS = 8;
// The height that pen speeds are judged by, in CSS pixels.
const HEIGHT = 200;

function start(form) {
  const area = form.querySelector("[data-pad]");
  const canvas = area.querySelector("canvas");
  const field = form.elements.drawing;
  const brush = canvas.getContext("2d");
  let points = 0;
  let last = null;

  function size() {
    const scale = Math.min(window.devicePixelRatio || 1, 2);
    const box = canvas.getBoundingClientRect();
    canvas.width = Math.round(box.width * scale);
    canvas.height = Math.round(box.height * scale);
    brush.lineCap = "round";
    brush.lineJoin = "round";
    brush.strokeStyle = PEN;
    brush.fillStyle = "#fff";
    clear();
  }

  function clear() {
    brush.fillRect(0, 0, canvas.width, canvas.height);
    points = 0;
    field.value = "";
  }

  // In the picture's own pixels: the box may have been stretched since it was made.
  function place(event) {
    const box = canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) * canvas.width) / box.width,
      y: ((event.clientY - box.top) * canvas.height) / box.height,
      at: event.timeStamp,
    };
  }

  // A quick stroke is thinner than a slow one, as ink is.
  function stroke(from, to) {
    const pixels = Math.hypot(to.x - from.x, to.y - from.y) / (canvas.height / HEIGHT);
    const speed = pixels / Math.max(to.at - from.at, 1);
    brush.lineWidth = (canvas.height / 40) * Math.max(0.5, 1.25 - speed * 0.4);
    brush.beginPath();
    brush.moveTo(from.x, from.y);
    brush.lineTo(to.x, to.y);
    brush.stroke();
  }

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = place(event);
    points += 1;
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    // The parts between two frames make a smooth line; some browsers give none.
    const parts = event.getCoalescedEvents?.() ?? [];
    for (const part of parts.length > 0 ? parts : [event]) {
      const next = place(part);
      stroke(last, next);
      last = next;
      points += 1;
    }
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      last = null;
      if (points >= LEAST_POINTS) field.value = canvas.toDataURL("image/png");
    });
  }
  area.querySelector("[data-clear]").addEventListener("click", clear);

  area.hidden = false;
  size();
  // A turned tablet gives another box; what has been drawn is kept, only stretched.
  addEventListener("resize", () => {
    if (points === 0) size();
  });
}

const form = document.querySelector("form[data-sign]");
if (form) start(form);
