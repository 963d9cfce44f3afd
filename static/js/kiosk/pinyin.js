// From letters to Chinese: what the letters typed so far can mean, the likeliest first. Pure: knows no page.
//
// A word is found by its syllables, whole or only begun ("zhangjg", "zjg"). What is chosen may stand for
// the first part of the letters only; the rest stays to be read on. Neighbours: `words` of the build.

const MOST = 60;
const MOST_WHOLE = 20;
const MOST_OF_BEGUN = 4;

export function makeReader({ characters, words, surnames }) {
  const lines = words.split("\n").map((line) => {
    const [reading, ...written] = line.split(" ");
    return { syllables: reading.split("'"), written };
  });
  const byFirstLetter = new Map();
  for (const line of lines) {
    const letter = line.syllables[0][0];
    byFirstLetter.set(letter, [...(byFirstLetter.get(letter) ?? []), line]);
  }

  // How many of the letters the word's syllables stand for, and how well; null if they do not fit.
  function fit(syllables, letters) {
    let [at, whole] = [0, 0];
    for (const syllable of syllables) {
      if (letters[at] === "'") at += 1;
      let length = 0;
      while (length < syllable.length && letters[at + length] === syllable[length]) length += 1;
      if (length === 0) return null;
      if (length === syllable.length) whole += 1;
      at += length;
    }
    return { used: at, whole: whole === syllables.length };
  }

  function wordsFor(letters) {
    const found = [];
    for (const line of byFirstLetter.get(letters[0]) ?? []) {
      const fitting = fit(line.syllables, letters);
      if (!fitting) continue;
      // A word of which letters are missing must stand for all that was typed.
      if (!fitting.whole && fitting.used < letters.length) continue;
      for (const text of line.written) found.push({ text, ...fitting });
    }
    // What stands for more letters comes first, then what is written out; then the more used.
    return found.sort((a, b) => b.used - a.used || Number(b.whole) - Number(a.whole));
  }

  function charactersFor(letters) {
    const end = letters.indexOf("'") < 0 ? letters.length : letters.indexOf("'");
    const found = [];
    for (let length = Math.min(6, end); length > 0; length -= 1) {
      const list = characters[letters.slice(0, length)];
      if (list) for (const text of list) found.push({ text, used: length, whole: true });
    }
    if (found.length > 0 && found[0].used === end) return found;
    return [...begun(letters.slice(0, end)), ...found];
  }

  // Characters of the syllables that these letters may become: "zh" → 这中…
  function begun(letters) {
    const lists = Object.keys(characters).filter((syllable) => syllable.startsWith(letters));
    const used = letters.length;
    const found = lists.flatMap((syllable) =>
      [...characters[syllable].slice(0, MOST_OF_BEGUN)].map((text, rank) => ({ text, used, rank })),
    );
    return found.sort((a, b) => a.rank - b.rank);
  }

  // A sign that is a surname before one that is none, where a name begins.
  function asSurname(entry) {
    const rank = surnames.indexOf(entry.text);
    return rank < 0 ? surnames.length : rank;
  }

  /**
   * Returns `[{text, used}]`: what may be meant, and how many of the letters it stands for.
   * `beginsName`: these are the first letters of somebody's name.
   */
  return function read(letters, beginsName = false) {
    const typed = letters.toLowerCase();
    if (!typed) return [];
    const found = wordsFor(typed);
    const whole = found.filter((entry) => entry.used === typed.length).slice(0, MOST_WHOLE);
    const parts = found.filter((entry) => entry.used < typed.length).slice(0, MOST_WHOLE);
    const single = charactersFor(typed);
    if (beginsName) single.sort((a, b) => b.used - a.used || asSurname(a) - asSurname(b));
    const isOne = single[0]?.used === typed.length;
    // One syllable: its characters before the words that it only begins.
    const exact = whole.filter((entry) => entry.whole);
    const guessed = whole.filter((entry) => !entry.whole);
    // Names are written sign by sign: few are words.
    const order =
      isOne || beginsName
        ? [...exact, ...single, ...guessed, ...parts]
        : [...exact, ...guessed, ...parts, ...single];
    const seen = new Set();
    return order
      .filter(({ text }) => !seen.has(text) && seen.add(text))
      .slice(0, MOST)
      .map(({ text, used }) => ({ text, used }));
  };
}
