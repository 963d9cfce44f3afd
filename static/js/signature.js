// The sign page: what the box has drawn becomes a PNG in a hidden field. Where this cannot run, the tick
// beside it remains, which counts the same.
import { startPad } from "./capture/pad.js";

const form = document.querySelector("form[data-sign]");
if (form) {
  startPad(form.querySelector("[data-pad]"), (png) => {
    form.elements.drawing.value = png;
  });
}
