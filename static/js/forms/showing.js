// An answer in words: choices by label, or with its middle hidden; as kiosk/pages/showing.py and
// forms/masking.py. `words` has the few words that stand around values. Must not know who looks.

/** Return a cleaned value in words, nothing hidden. */
export function inFull(field, value, words) {
  if (value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0)) return words.empty;
  if (typeof value === "boolean") return value ? words.yes : words.no;
  if (Array.isArray(value)) return value.map((code) => labelOf(field, code)).join("、");
  if (typeof value === "object") return field.answer === "period" ? words.period.replace("{from}", value.from).replace("{to}", value.to) : placeOf(field, value);
  if (field.answer === "choice") return labelOf(field, value);
  if (field.answer === "photo" || field.answer === "signature") return words.picture;
  if (field.answer === "amount") return words.amount.replace("{amount}", value);
  if (field.answer === "area") return `${value} ${field.params.unit === "mu" ? words.mu : "m²"}`;
  return String(value);
}

function labelOf(field, code) {
  return field.choices.find((choice) => choice.code === code)?.label ?? String(code);
}

function placeOf(field, { division, detail }) {
  return [division ? labelOf(field, division) : "", detail ?? ""].filter(Boolean).join(" ");
}

/** Return a name as a list may show it: "张**". */
export function maskedName(name) {
  const signs = [...(name ?? "")];
  return signs.slice(0, 1).join("") + "*".repeat(Math.max(Math.min(signs.length - 1, 2), 1));
}
