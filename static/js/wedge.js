// A USB scanner types what it reads, fast, and presses Enter. Wherever the cursor is on this page, that
// goes into the form of the scan page; what people type into a box of their own is left alone.
// Nothing is opened from here: the next page shows what was read.

import { isOurs } from "./ours.js";

// Slow scanners (Bluetooth) included; nobody types a line outside of a box this fast.
const GAP_MS = 120;
const LEAST = 6;
const TEXT_BOX = "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=file], [type=button])";

const form = document.querySelector("form[data-wedge]");
let keys = "";
let last = 0;

function send(text) {
  form.elements.text.value = text;
  form.requestSubmit();
}

function listen(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (event.target.matches(TEXT_BOX) || event.timeStamp - last > GAP_MS) keys = "";
  last = event.timeStamp;
  if (event.target.matches(TEXT_BOX)) return;
  if (event.key === "Enter" && keys.length >= LEAST) {
    // Or the link that has the focus would be followed.
    event.preventDefault();
    send(keys);
    keys = "";
  } else if (event.key.length === 1) {
    keys += event.key;
    if (keys.length > 1) event.preventDefault();
  }
}

if (form) {
  addEventListener("keydown", listen, true);
  // A box that has the cursor gets what is scanned; sent from there it would stand in an address.
  for (const other of document.querySelectorAll("form:not([data-wedge])")) {
    other.addEventListener("submit", (event) => {
      const box = [...other.elements].find((each) => each.matches(TEXT_BOX) && isOurs(each.value));
      if (!box) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const text = box.value;
      other.reset();
      send(text);
    });
  }
}
