// What the kiosk's keyboard can write: characters by syllable and words by their syllables, the most used
// first; and surnames. Made at build time, so that a browser gets one small file and no dictionary of readings.
//
// Characters come from simple-keyboard-layouts, common words from words/common.txt, names of services,
// places and choices from the catalogue's release; pinyin-pro reads the words. Neighbours: `build.mjs`
// hands this to the scripts as the module "words"; `js/kiosk/pinyin.js` looks things up in it.
import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { pinyin } from "pinyin-pro";
import chinese from "simple-keyboard-layouts/build/layouts/chinese.js";

const here = path.dirname(fileURLToPath(import.meta.url));
const releases = path.join(here, "../forms/releases");
const HAN_WORD = /^\p{Script=Han}{2,8}$/u;

async function commonWords() {
  const text = await readFile(path.join(here, "words/common.txt"), "utf8");
  return text.split("\n").filter((line) => HAN_WORD.test(line));
}

// Every short Chinese text of the catalogue: search words, labels of choices, villages.
async function catalogueWords() {
  if (!existsSync(releases)) return [];
  const found = new Set();
  for (const file of (await readdir(releases)).sort()) {
    JSON.parse(await readFile(path.join(releases, file), "utf8"), (key, value) => {
      if (key === "search_words") for (const word of value) found.add(word);
      if (key === "zh" && typeof value === "string") found.add(value);
      return value;
    });
  }
  return [...found].filter((word) => HAN_WORD.test(word)).sort();
}

function read(word) {
  return pinyin(word, { toneType: "none", type: "array", v: true }).join("'");
}

async function surnames() {
  const text = await readFile(path.join(here, "words/surnames.txt"), "utf8");
  return [...new Set(text.replace(/^#.*$/gm, "").match(/\p{Script=Han}/gu))].join("");
}

/**
 * Returns `{ characters: {"li": "理力…"}, words: "zhong'guo 中国\n…", surnames: "王李…" }`; the same
 * sources, the same bytes.
 */
export async function makeWords() {
  const characters = Object.fromEntries(
    Object.entries(chinese.layoutCandidates).map(([syllable, list]) => [syllable, list.replaceAll(" ", "")]),
  );
  const byReading = new Map();
  for (const word of new Set([...(await commonWords()), ...(await catalogueWords())])) {
    const reading = read(word);
    byReading.set(reading, [...(byReading.get(reading) ?? []), word]);
  }
  const words = [...byReading].map(([reading, list]) => `${reading} ${list.join(" ")}`).join("\n");
  return { characters, words, surnames: await surnames() };
}
