// The kiosk while nobody is there: a few calm pictures of what can be done, one after the other.
// They are in the page already, so that they need no line, and hold nothing of any person.

const SLIDE_MS = 9000;
const LOOK_MS = 500;
// The page's forms are good for ten minutes; a page that has waited longer is asked for anew.
const OLD_MS = 5 * 60 * 1000;
const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"];
const ENDINGS = ["click", "keydown"];

export function attract(pictures) {
  const wait = Number(pictures.dataset.attract) * 1000;
  const slides = [...pictures.querySelectorAll("[data-slide]")];
  const opened = Date.now();
  let last = opened;
  let turned = 0;
  let at = 0;

  function turn(to) {
    at = to % slides.length;
    turned = Date.now();
    slides.forEach((slide, number) => slide.classList.toggle("attract__slide_on", number === at));
  }

  function begin() {
    // Whatever somebody has typed and left is not for the next one's eyes.
    for (const form of document.forms) form.reset();
    document.activeElement?.blur();
    scrollTo(0, 0);
    turn(0);
    pictures.hidden = false;
  }

  function end(event) {
    // The touch that wakes the screen presses nothing.
    event.preventDefault();
    event.stopPropagation();
    pictures.hidden = true;
    if (Date.now() - opened > OLD_MS) location.reload();
  }

  function noticed(event) {
    last = Date.now();
    if (!pictures.hidden && ENDINGS.includes(event.type)) end(event);
  }

  for (const sign of new Set([...SIGNS, ...ENDINGS])) addEventListener(sign, noticed, { capture: true });
  setInterval(() => {
    if (pictures.hidden && Date.now() - last >= wait) begin();
    else if (!pictures.hidden && Date.now() - turned >= SLIDE_MS) turn(at + 1);
  }, LOOK_MS);
}
