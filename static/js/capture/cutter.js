// Four corners to drag onto those of the paper. What lies between them is cut out on the server
// (kiosk/terminal/pictures.py), so that nothing is lost before a person has pressed the button.
import { paperPlace } from "./quality.js";

const PARTS = 10000;
const INSET = 0.06;
const STEP = 0.01;
const NAMESPACE = "http://www.w3.org/2000/svg";

export function startCutting(form) {
  const page = form.parentElement;
  const picture = form.querySelector("img");
  const over = form.querySelector("[data-over]");
  const cutting = form.querySelector("[data-cutting]");
  const hint = form.querySelector("[data-hint]");
  const tools = page.querySelector("[data-tools]");
  const begin = page.querySelector("[data-begin]");
  const done = document.querySelector("[data-done]");
  const names = form.querySelector("[data-corner-names]").innerHTML.split("|");
  const frame = document.createElementNS(NAMESPACE, "svg");
  const shape = document.createElementNS(NAMESPACE, "polygon");
  let corners = [];

  frame.setAttribute("viewBox", "0 0 1 1");
  frame.setAttribute("preserveAspectRatio", "none");
  frame.append(shape);
  over.append(frame);
  const handles = names.map((name, number) => handle(name, number));

  function handle(name, number) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "cutter__corner";
    button.setAttribute("aria-label", name);
    button.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      button.setPointerCapture(event.pointerId);
      button.focus();
    });
    button.addEventListener("pointermove", (event) => {
      if (!button.hasPointerCapture(event.pointerId)) return;
      const box = over.getBoundingClientRect();
      move(number, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    });
    button.addEventListener("keydown", (event) => {
      const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
      const way = ways[event.key];
      if (!way) return;
      event.preventDefault();
      move(number, corners[number].x + way[0] * STEP, corners[number].y + way[1] * STEP);
    });
    over.append(button);
    return button;
  }

  function move(number, x, y) {
    corners[number] = { x: Math.min(1, Math.max(0, x)), y: Math.min(1, Math.max(0, y)) };
    draw();
  }

  function draw() {
    shape.setAttribute("points", corners.map(({ x, y }) => `${x},${y}`).join(" "));
    corners.forEach(({ x, y }, number) => {
      handles[number].style.left = `${x * 100}%`;
      handles[number].style.top = `${y * 100}%`;
    });
    const parts = corners.flatMap(({ x, y }) => [Math.round(x * PARTS), Math.round(y * PARTS)]);
    form.elements.corners.value = parts.join(",");
  }

  function show(isCutting) {
    over.hidden = cutting.hidden = hint.hidden = !isCutting;
    tools.hidden = done.hidden = isCutting;
    (isCutting ? handles[0] : begin).focus();
  }

  begin.hidden = false;
  begin.addEventListener("click", () => {
    corners = firstCorners(picture);
    show(true);
    draw();
  });
  form.querySelector("[data-leave]").addEventListener("click", () => show(false));
}

// The paper's box where it can be told from the table, or nearly the whole picture.
function firstCorners(picture) {
  const canvas = document.createElement("canvas");
  canvas.width = picture.naturalWidth;
  canvas.height = picture.naturalHeight;
  canvas.getContext("2d").drawImage(picture, 0, 0);
  const far = 1 - INSET;
  const box = paperPlace(canvas) ?? { left: INSET, top: INSET, right: far, bottom: far };
  return [
    { x: box.left, y: box.top },
    { x: box.right, y: box.top },
    { x: box.right, y: box.bottom },
    { x: box.left, y: box.bottom },
  ];
}
