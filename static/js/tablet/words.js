// The texts of the app and its pieces of markup: both stand in the shell (templates/terminal/tablet.html),
// so that they are written and translated in one place. Must not know what they are used for.

const shell = document.querySelector("#app");
const texts = JSON.parse(shell.dataset.words);

export const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";

/** Return a text with its {places} filled in; the name itself where there is none, which tests find. */
export function say(name, values = {}) {
  const text = texts[name] ?? name;
  return text.replace(/\{(\w+)\}/g, (whole, place) => (place in values ? values[place] : whole));
}

/** Return a fresh copy of a piece of the shell: its one element, or all of them in a fragment. */
export function piece(name) {
  const { content } = document.querySelector(`template[data-piece="${name}"]`);
  const made = content.cloneNode(true);
  return made.childElementCount === 1 ? made.firstElementChild : made;
}

/** Put plain text and attributes into a piece: {"[data-name]": "text", "a": {href: "#/"}}. */
export function put(made, values) {
  for (const [selector, value] of Object.entries(values)) {
    const place = made.matches?.(selector) ? made : made.querySelector(selector);
    if (!place) continue;
    if (typeof value === "string") place.textContent = value;
    else for (const [name, given] of Object.entries(value)) place.setAttribute(name, given);
  }
  return made;
}

/** Return a piece of the shell's drawings by name. */
export function drawing(name) {
  return document.querySelector(`template[data-icon="${name}"]`).content.firstElementChild.cloneNode(true);
}

/** Return a tag: words in a coloured box with a drawing, as controls.html makes it. */
export function tag(words, kind = "", symbol = "") {
  const made = document.createElement("span");
  made.className = kind ? `tag tag_${kind}` : "tag";
  if (symbol) made.append(drawing(symbol));
  made.append(words);
  return made;
}

/** Return a banner with one sentence in bold and one below. */
export function banner(strong, rest = "", kind = "", symbol = "info") {
  const made = document.createElement("div");
  made.className = kind ? `banner banner_${kind}` : "banner";
  const inside = document.createElement("div");
  const first = document.createElement("p");
  const bold = document.createElement("strong");
  bold.textContent = strong;
  first.append(bold);
  inside.append(first);
  if (rest) {
    const second = document.createElement("p");
    second.textContent = rest;
    inside.append(second);
  }
  made.append(drawing(symbol), inside);
  return made;
}
