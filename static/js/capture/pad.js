// The box to sign in: signature_pad draws, and what it has drawn is a PNG. Must not know who keeps it.
import SignaturePad from "signature_pad";

const PEN = "#14252c";
const PAPER = "#fff";
const LEAST_POINTS = 8;

/** Start the pad in `area`; `onDrawn` gets the PNG's address, or "" for a tap by chance. Returns its end. */
export function startPad(area, onDrawn) {
  const canvas = area.querySelector("canvas");
  area.hidden = false;
  const pad = new SignaturePad(canvas, { penColor: PEN, backgroundColor: PAPER, minWidth: 1, maxWidth: 3.5 });

  // A canvas forgets its drawing when its size changes; the strokes are drawn again, to the new size.
  function fit() {
    const box = canvas.getBoundingClientRect();
    if (box.width === 0) return;
    const scale = Math.min(window.devicePixelRatio || 1, 2);
    const before = { width: canvas.width / scale || box.width, height: canvas.height / scale || box.height };
    const strokes = pad.toData();
    canvas.width = Math.round(box.width * scale);
    canvas.height = Math.round(box.height * scale);
    canvas.getContext("2d").scale(scale, scale);
    pad.clear();
    for (const stroke of strokes) {
      for (const point of stroke.points) {
        point.x *= box.width / before.width;
        point.y *= box.height / before.height;
      }
    }
    pad.fromData(strokes);
    keep();
  }

  // A tap by chance is no signature.
  function keep() {
    const points = pad.toData().reduce((sum, stroke) => sum + stroke.points.length, 0);
    onDrawn(points >= LEAST_POINTS ? pad.toDataURL("image/png") : "");
  }

  pad.addEventListener("endStroke", keep);
  area.querySelector("[data-clear]").addEventListener("click", () => {
    pad.clear();
    keep();
  });
  fit();
  addEventListener("resize", fit);
  return () => {
    removeEventListener("resize", fit);
    pad.off();
  };
}
