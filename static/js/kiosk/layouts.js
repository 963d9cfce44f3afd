// The rows of the kiosk's keyboard, and which of them a field gets. Pure: knows no page.

const PINYIN = [
  "q w e r t y u i o p",
  "a s d f g h j k l",
  "{latin} z x c v b n m {erase}",
  "{digits} ， {space} 。 {hide} {done}",
];
const LATIN = [
  "q w e r t y u i o p",
  "a s d f g h j k l",
  "{shift} z x c v b n m {erase}",
  "{digits} {chinese} {space} . {hide} {done}",
];
const SIGNS = [
  "1 2 3 4 5 6 7 8 9 0",
  "- / : ( ) 、 《 》 ？ ！",
  "{letters} # @ _ · * + = {erase}",
  "{letters} ， {space} 。 {hide} {done}",
];

function pad(extra) {
  return ["1 2 3 {erase}", "4 5 6 {hide}", `7 8 9 ${extra.more}`, `${extra.first} 0 ${extra.last} {done}`];
}

const PADS = {
  numeric: pad({ first: "00", last: "{none}", more: "{none}" }),
  decimal: pad({ first: "00", last: ".", more: "{none}" }),
  tel: pad({ first: "-", last: "{none}", more: "{none}" }),
  // ID numbers end in X at times, codes of organisations and receipts have letters.
  identifier: pad({ first: "X", last: "-", more: "{letters}" }),
};

/**
 * Returns `{ rows, first, writesChinese, isPrivate }` for a field: its layouts by name, the one to begin
 * with, and whether what is typed may be guessed at in words.
 */
export function layoutFor(field, chinese) {
  const mode = field.inputMode;
  const isPassword = field.type === "password";
  const isIdentifier = !mode && field.classList.contains("in_number");
  const isPrivate = isPassword || isIdentifier || mode in PADS || field.autocomplete === "username";
  const latin = isPrivate ? LATIN.map((row) => row.replace("{chinese} ", "- ")) : LATIN;
  const rows = {
    pinyin: PINYIN,
    latin,
    capitals: latin.map((row) => row.replace(/\b[a-z]\b/g, (letter) => letter.toUpperCase())),
    signs: SIGNS,
  };
  const pad = mode in PADS ? mode : isIdentifier ? "identifier" : null;
  if (pad) rows.pad = PADS[pad];
  const letters = isPrivate || !chinese ? "latin" : "pinyin";
  return { rows, first: pad ? "pad" : letters, letters, isPrivate };
}
