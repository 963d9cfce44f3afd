// When two words are nearly the same: one slip of the finger, or signs that sound alike.
// The same here and in forms/likeness.py.

const FOLDS = [["zh", "z"], ["ch", "c"], ["sh", "s"], ["ng", "n"]];

/** Return pinyin without what many speakers do not keep apart: zh/z, ch/c, sh/s, ng/n. */
export function folded(pinyin) {
  return FOLDS.reduce((text, [long, short]) => text.split(long).join(short), pinyin);
}

/** Say quickly whether `text` may hold `word` with one slip: a half of it must be there. */
export function mayHold(text, word) {
  const middle = word.length >> 1;
  return (
    text.includes(word.slice(0, middle)) || text.includes(word.slice(middle)) ||
    text.includes(swappedAt(word, middle))
  );
}

/** Return where `word` with one slip begins in `form`: 0 at the beginning, 1 inside, else null. */
export function placeOfNear(word, form) {
  if (begins(form, word)) return 0;
  const middle = word.length >> 1;
  const [first, second] = [word.slice(0, middle), word.slice(middle)];
  let at = form.indexOf(first);
  if (at >= 0 && begins(form.slice(at + middle), second)) return 1;
  if (form.includes(swappedAt(word, middle))) return 1;
  at = form.indexOf(second);
  return at >= 0 && begins(reversed(form.slice(0, at)), reversed(first)) ? 1 : null;
}

// Two letters that changed places in the middle break both halves, so they are put back.
function swappedAt(word, middle) {
  return word.slice(0, middle - 1) + word[middle] + word[middle - 1] + word.slice(middle + 1);
}

function reversed(text) {
  return text.split("").reverse().join("");
}

// Say whether `whole` begins with `word`, or does so after one slip in `word` is mended.
function begins(whole, word) {
  let same = 0;
  while (same < word.length && same < whole.length && word[same] === whole[same]) same += 1;
  const [typed, meant] = [word.slice(same), whole.slice(same)];
  if (typed === "") return true;
  if (meant === "") return typed.length === 1;
  const tries = [
    typed.slice(1),
    meant[0] + typed,
    meant[0] + typed.slice(1),
    typed.slice(1, 2) + typed.slice(0, 1) + typed.slice(2),
  ];
  return tries.some((tried) => meant.startsWith(tried));
}
