// The forms of the release, as the terminal has drawn them: packed, from the service worker's cache when
// there is no line. Must not know drafts. Neighbours: kiosk/terminal/portable.py makes them.

import { language } from "./words.js";

let names = null;
let last = null;

/** Return the release that this app works with. */
export function release() {
  return document.querySelector("#app").dataset.release;
}

/** Return {items, bundles}: what lists show. */
export async function catalogue() {
  names ??= await (await fetch(`/tablet/names/${release()}/${language}`)).json();
  return names;
}

/** Return the names of an item or bundle, or null. */
export async function named(code) {
  const { items, bundles } = await catalogue();
  return [...items, ...bundles].find((each) => each.code === code) ?? null;
}

/** Return one form: {release, code, item, parts}; `parts` is a document fragment of templates. */
export async function form(code) {
  if (last?.code === code) return last;
  const packed = await fetch(`/tablet/forms/${release()}/${language}/${code}`);
  if (!packed.ok) throw new Error(`no form ${code}`);
  const opened = await new Response(packed.body.pipeThrough(new DecompressionStream("gzip"))).json();
  const holder = document.createElement("template");
  holder.innerHTML = opened.html;
  last = { ...opened, parts: holder.content };
  return last;
}

/** Return a copy of one part of a form, or null. */
export function part(found, selector) {
  const template = found.parts.querySelector(`template${selector}`);
  return template ? template.content.cloneNode(true) : null;
}
