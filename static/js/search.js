// The search page: hits appear as one types, found in the browser over the release's index, with the
// same result as the server's (forms/search.py). Without this file the form asks the server.

import { prepare, search } from "./forms/search.js";
import { isOurs } from "./ours.js";

const PAUSE_MS = 120;

const form = document.querySelector("form[data-index]");
const place = (name) => document.querySelector(`[data-${name}]`);
const [count, hits, hit, bundleHit, otherwise, advice] =
  ["count", "hits", "hit", "bundle-hit", "otherwise", "advice"].map(place);
const words = JSON.parse(form.dataset.words);
const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
let index = null;
let bundleIndex = null;
let items = null;
let bundles = null;
let waiting = null;
let shown = form.elements.q.value.trim();

function numbered([one, many], number) {
  return number === 1 ? one : many.replace("{n}", number);
}

function limit({ value, unit }) {
  return value === 0 ? words.at_once : numbered(words[unit], value);
}

function filled(template, code, name, note) {
  const made = template.content.cloneNode(true);
  made.querySelector("a").href = form.dataset.guide.replace("CODE", code);
  made.querySelector(".cell__name").textContent = name[language];
  made.querySelector(".cell__note").textContent = note;
  return made;
}

function cell(code) {
  const { name, department, promised } = items[code].shown;
  return filled(hit, code, name, `${department[language]} · ${limit(promised)}`);
}

function bundleCell(code) {
  const { name, members } = bundles[code].shown;
  return filled(bundleHit, code, name, numbered(words.together, members));
}

function show() {
  const query = form.elements.q.value.trim();
  // What a scanner types into the box is sent by wedge.js, and stands in no address until then.
  if (query === shown || isOurs(query)) return;
  shown = query;
  const cells = [
    ...search(bundleIndex, query, Number(form.dataset.mostBundles)).map(bundleCell),
    ...search(index, query, Number(form.dataset.most)).map(cell),
  ];
  hits.replaceChildren(...cells);
  hits.hidden = cells.length === 0;
  otherwise.hidden = cells.length > 0;
  advice.hidden = query === "";
  if (cells.length > 0) count.textContent = numbered(words.found, cells.length);
  else count.textContent = query === "" ? "" : words.none;
  // Coming back from a guide shows what was found, from the server.
  history.replaceState(null, "", query === "" ? form.action.split("?")[0] : address(query));
}

function address(query) {
  const found = new URL(form.action.split("?")[0], location.href);
  found.searchParams.set("q", query);
  return found;
}

function typed() {
  clearTimeout(waiting);
  waiting = setTimeout(show, PAUSE_MS);
}

async function start() {
  const answer = await fetch(form.dataset.index).catch(() => null);
  // Where the index does not come, the button still asks the server.
  if (answer?.status !== 200) return;
  const found = await answer.json();
  ({ items, bundles } = found);
  // A release made before hits were shown by this page is searched by the server alone.
  if (!Object.values(items).every((item) => item.shown)) return;
  index = prepare(found);
  bundleIndex = prepare({ ...found, items: bundles });
  form.elements.q.addEventListener("input", typed);
  typed();
}

start();
