// Finding service items by what people type, over the index of a release: as forms/search.py, which
// tells how. Both must give the same codes in the same order. `prepare` takes what
// GET /api/v1/search-index answers; must not know pages.

import { folded, mayHold, placeOfNear } from "./likeness.js";

const [EXACT, PREFIX, INSIDE, SOUND, ABOUT, NEAR, LOOSE] = [100, 80, 60, 40, 30, 25, 20];
const OFFICIAL = 15;
const NEAR_LETTERS = 4;
const NEAR_SIGNS = 3;
const ASCII = /^[\x00-\x7f]*$/;
const KEPT = /^[\p{L}\p{N}-]$/u;

/** Make an index ready for `search`: {items: {code: entry}, sounds: [signs that sound alike]}. */
export function prepare({ items, sounds }) {
  const first = new Map();
  for (const group of sounds) for (const sign of group) first.set(sign, group[0]);
  const entries = Object.entries(items).map(([code, entry]) => {
    const spelt = entry.pinyin.map(folded);
    const heard = [entry.name, ...entry.words].map((form) => asHeard(form, first));
    const joined = { allSpelt: spelt.join("\n"), allHeard: heard.join("\n") };
    return { code, entry, spelt, heard, ...joined };
  });
  return { entries, first };
}

/** Return the codes of the items that fit, best first, at most `limit`; none for a blank query. */
export function search(index, query, limit = 10) {
  const parts = partsOf(query);
  if (parts.length === 0) return [];
  for (const [score, asked] of [[scored, parts], [near, parts], [mentioned, parts.slice(0, 1)]]) {
    const found = index.entries
      .map((item) => [totalOf(index, asked, item, score), item.code])
      .filter(([total]) => total > 0)
      .sort(([one, code], [other, next]) => other - one || (code < next ? -1 : 1));
    if (found.length > 0) return found.slice(0, limit).map(([, code]) => code);
  }
  return [];
}

function asHeard(text, first) {
  return [...text].map((sign) => first.get(sign) ?? sign).join("");
}

function partsOf(query) {
  // Signs past U+FFFF are in no index, and would count twice here.
  const signs = [...query.normalize("NFKC").toLowerCase()];
  const kept = signs.map((sign) => (sign.length === 1 && KEPT.test(sign) ? sign : " "));
  const words = kept.join("").split(" ").filter(Boolean);
  if (words.length < 2) return words.length ? [words] : [];
  return [[words.join("")], words];
}

function totalOf(index, parts, item, score) {
  let best = 0;
  for (const words of parts) {
    const scores = words.map((word) => score(index, item, word));
    if (scores.every((each) => each > 0)) {
      best = Math.max(best, Math.floor(scores.reduce((sum, each) => sum + each, 0) / scores.length));
    }
  }
  return best;
}

function scored(index, { code, entry }, word) {
  if (withoutHyphens(word) === withoutHyphens(code).toLowerCase()) return EXACT + OFFICIAL + 10;
  if (ASCII.test(word)) {
    return Math.max(
      bestOf(entry.pinyin, word),
      bestOf(entry.initials, word) - 5,
      english(entry.english, word),
      word.length > 2 && code.toLowerCase().startsWith(word) ? ABOUT : 0,
    );
  }
  const called = bestOf([entry.name], word);
  const named = Math.max(called ? called + OFFICIAL : 0, bestOf(entry.words, word));
  if (named) return named;
  return Math.max(
    entry.about.some((about) => about.includes(word)) ? ABOUT : 0,
    word.length > 2 && isInOrder(word, entry.name) ? LOOSE : 0,
  );
}

function withoutHyphens(text) {
  return text.split("-").join("");
}

// How well the best form fits; among equals, the more of it was typed the better.
function bestOf(forms, word) {
  let best = 0;
  for (const form of forms) {
    if (word === form) return EXACT;
    if (!form.includes(word)) continue;
    const kind = form.startsWith(word) ? PREFIX : word.length > 1 ? INSIDE : 0;
    best = Math.max(best, kind && kind + Math.floor((9 * word.length) / form.length));
  }
  return best;
}

function english(texts, word) {
  if (word.length < 3) return 0;
  if (texts.some((text) => text.split(/\s+/).includes(word))) return INSIDE + 10;
  return texts.some((text) => text.includes(word)) ? INSIDE - 10 : 0;
}

// Whether the signs of `word` stand in `name` in this order, with others between.
function isInOrder(word, name) {
  let place = -1;
  for (const sign of word) {
    place = name.indexOf(sign, place + 1);
    if (place < 0) return false;
  }
  return true;
}

// A word that is right, sounds right, or is right but for one slip.
function near(index, item, word) {
  const found = scored(index, item, word);
  if (found > 0) return found;
  const isPlain = ASCII.test(word);
  const heard = isPlain ? folded(word) : asHeard(word, index.first);
  const [forms, text] = isPlain ? [item.spelt, item.allSpelt] : [item.heard, item.allHeard];
  const [toHear, toMend] = isPlain ? [NEAR_LETTERS, NEAR_LETTERS] : [NEAR_SIGNS - 1, NEAR_SIGNS];
  if (word.length >= toHear && text.includes(heard)) {
    return SOUND + Math.floor(bestOf(forms, heard) / 10);
  }
  if (heard.length < toMend || !mayHold(text, heard)) return 0;
  let best = 0;
  for (const form of forms) {
    const place = placeOfNear(heard, form);
    const more = Math.min(Math.abs(form.length - heard.length), 9);
    if (place !== null) best = Math.max(best, NEAR - place - more);
  }
  return best;
}

// What stands inside a sentence: the longest word, then how many.
function mentioned(index, { entry }, sentence) {
  const all = [entry.name, ...entry.words, ...entry.about];
  const forms = all.filter((form) => sentence.includes(form));
  const longest = Math.max(0, ...forms.map((form) => form.length));
  return longest > 1 ? 10 * longest + Math.min(forms.length, 9) : 0;
}
