// The keyboard on the kiosk's screen: keys by simple-keyboard, Chinese by pinyin, lent to one field at a
// time. Letters that are still being read stand in the field itself, so that a search that goes along
// finds by pinyin meanwhile. Neighbours: `lending.js` calls it, `layouts.js` has the rows.

import Keyboard from "simple-keyboard/build/index.modern.esm.js";
import words from "words";
import { layoutFor } from "./layouts.js";
import { makeReader } from "./pinyin.js";
import { makeStrip } from "./strip.js";

const WIDE = "{space}";
const LETTER = /^[a-z']$/;
// The field for the applicant's name, which every form asks for (kiosk/terminal/identify.py).
const NAME = /(^|[-_])name$/;

export function makeBoard(place) {
  const said = JSON.parse(place.dataset.words);
  const read = makeReader(words);
  const inChinese = document.documentElement.lang.startsWith("zh");
  const strip = makeStrip(said, choose);
  const keys = document.createElement("div");
  keys.className = "board__keys";
  place.append(strip.element, keys);
  let field = null;
  let kind = null;
  let layout = "";
  // Letters of the field, before the cursor, that are not read yet.
  let letters = "";

  const keyboard = new Keyboard(keys, {
    layout: { default: [WIDE] },
    mergeDisplay: true,
    display: display(said),
    buttonTheme: [
      { class: "board__wide", buttons: "{space}" },
      { class: "board__deed", buttons: "{done}" },
      { class: "board__side", buttons: "{latin} {chinese} {shift} {digits} {letters} {erase} {hide}" },
      { class: "board__none", buttons: "{none}" },
    ],
    disableCaretPositioning: true,
    onKeyPress: press,
  });
  // The field keeps the cursor while keys are touched.
  place.addEventListener("mousedown", (event) => event.preventDefault());

  function turnTo(name) {
    layout = name;
    if (name !== "pinyin") letters = "";
    keyboard.setOptions({ layoutName: name });
    place.dataset.layout = name;
    suggest();
  }

  function serve(wanted) {
    if (wanted === field && isOpen()) return;
    field = wanted;
    letters = "";
    kind = layoutFor(field, inChinese);
    keyboard.setOptions({ layout: kind.rows, layoutName: kind.first, display: display(said, field) });
    place.hidden = false;
    turnTo(kind.first);
    strip.element.hidden = kind.isPrivate || !inChinese;
    document.documentElement.style.setProperty("--board", `${place.offsetHeight}px`);
    bringIntoSight();
  }

  function bringIntoSight() {
    const box = field.getBoundingClientRect();
    const room = innerHeight - place.offsetHeight;
    if (box.top < 0 || box.bottom > room - box.height) scrollBy(0, box.top - room / 3);
  }

  function hide() {
    place.hidden = true;
    letters = "";
    field = null;
    document.documentElement.style.removeProperty("--board");
  }

  function isOpen() {
    return !place.hidden;
  }

  // Puts `text` in the place of the `back` characters before the cursor.
  function write(text, back = 0) {
    const from = field.selectionStart === field.selectionEnd ? field.selectionStart - back : field.selectionStart;
    const to = field.selectionEnd;
    const left = field.maxLength < 0 ? Infinity : field.maxLength - field.value.length + (to - from);
    field.setRangeText([...text].slice(0, left).join(""), Math.max(0, from), to, "end");
    field.dispatchEvent(new InputEvent("input", { bubbles: true, data: text }));
  }

  // The letters are still where they were typed; else somebody has moved the cursor or typed otherwise.
  function stillThere() {
    const at = field.selectionStart;
    return at === field.selectionEnd && field.value.slice(at - letters.length, at).toLowerCase() === letters;
  }

  function suggest() {
    strip.show(letters ? meant() : []);
  }

  function meant() {
    const isFirst = field.value.length === letters.length;
    return read(letters, isFirst && NAME.test(field.id));
  }

  function choose({ text, used }) {
    if (!stillThere()) letters = "";
    const rest = letters.slice(used).replace(/^'/, "");
    write(text + rest, letters.length);
    letters = rest;
    suggest();
  }

  function press(button) {
    if (!field) return;
    if (!stillThere()) letters = "";
    if (button in deeds) deeds[button]();
    else if (!button.startsWith("{")) type(button);
  }

  function type(sign) {
    const before = field.value.length;
    write(sign);
    if (layout === "pinyin" && LETTER.test(sign)) {
      if (field.value.length > before) letters += sign;
    } else letters = "";
    suggest();
    if (layout === "capitals") turnTo("latin");
  }

  const deeds = {
    "{latin}": () => turnTo("latin"),
    "{chinese}": () => turnTo("pinyin"),
    "{shift}": () => turnTo(layout === "capitals" ? "latin" : "capitals"),
    "{digits}": () => turnTo("signs"),
    "{letters}": () => turnTo(kind.letters),
    "{none}": () => {},
    "{erase}": () => {
      if (field.selectionStart > 0 || field.selectionEnd > 0) write("", 1);
      letters = letters.slice(0, -1);
      suggest();
    },
    "{space}": () => {
      const first = letters ? meant()[0] : null;
      if (first) choose(first);
      else type(" ");
    },
    "{hide}": hide,
    "{done}": () => {
      const form = field.form;
      if (field.tagName === "TEXTAREA") return type("\n");
      if (form?.getAttribute("role") === "search") return form.requestSubmit();
      next()?.focus();
    },
  };

  // The next field of the form that takes text; without one the keyboard goes and the page is seen whole.
  function next() {
    const fields = [...(field.form?.elements ?? [])].filter((part) => part.matches("input.in, textarea.in"));
    const following = fields[fields.indexOf(field) + 1];
    if (!following) hide();
    return following;
  }

  return { serve, hide, isOpen };
}

function display(said, field) {
  const done = field?.tagName === "TEXTAREA" ? said.line : field?.form?.getAttribute("role") === "search" ? said.search : said.done;
  return {
    "{space}": said.space,
    "{hide}": said.hide,
    "{done}": done,
    "{letters}": said.letters,
    "{digits}": said.digits,
    "{chinese}": said.chinese,
    "{latin}": said.latin,
    "{shift}": said.shift,
    "{erase}": said.erase,
    "{none}": " ",
  };
}
