// Reads the page aloud with the browser's own voice: only what a page has marked as nobody's, and never
// what was entered. Where the browser has no voice for the language there is no button.

const button = document.querySelector("[data-aloud]");
const voices = window.speechSynthesis;
const language = document.documentElement.lang;
// Left out though it lies within what is marked: fields, and what is there for the eye alone.
const UNREAD = "input, textarea, select, output, video, svg, script, template, [hidden], [aria-hidden=true], [data-quiet], [data-private]";
const BLOCKS = "h1, h2, h3, p, li, dt, dd, legend, label, .weui-cell, .tile, .field__label, .field__hint";
// A slower voice for large text.
const RATE = document.documentElement.dataset.mode === "care" ? 0.8 : 0.95;

function voice() {
  const wanted = language.slice(0, 2).toLowerCase();
  const fitting = voices.getVoices().filter((entry) => entry.lang.toLowerCase().startsWith(wanted));
  // A voice of this machine before one that would send the text away.
  return fitting.find((entry) => entry.localService) ?? null;
}

function sentences() {
  const found = [];
  let last = null;
  for (const place of document.querySelectorAll(button.dataset.aloud)) {
    const texts = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode;
      const said = text.data.replace(/\s+/g, " ").trim();
      if (!said || text.parentElement.closest(UNREAD)) continue;
      const block = text.parentElement.closest(BLOCKS) ?? place;
      if (block === last) found.push(`${found.pop()} ${said}`);
      else found.push(said);
      last = block;
    }
  }
  return [...new Set(found)];
}

function speak() {
  const chosen = voice();
  const all = sentences();
  all.forEach((text, number) => {
    const said = new SpeechSynthesisUtterance(text);
    said.lang = language;
    said.voice = chosen;
    said.rate = RATE;
    if (number === all.length - 1) said.onend = () => show(false);
    voices.speak(said);
  });
  show(true);
}

function show(isSpeaking) {
  button.classList.toggle("tool_on", isSpeaking);
  button.textContent = isSpeaking ? button.dataset.stop : begin;
}

const begin = button.textContent;
if (voices) {
  const look = () => {
    button.hidden = voice() === null;
  };
  button.addEventListener("click", () => {
    const wasSpeaking = button.classList.contains("tool_on");
    voices.cancel();
    if (wasSpeaking) show(false);
    else speak();
  });
  voices.addEventListener?.("voiceschanged", look);
  // Who leaves takes the voice along.
  addEventListener("pagehide", () => voices.cancel());
  voices.cancel();
  look();
}
