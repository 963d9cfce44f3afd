// A whole section on one page (kiosk/terminal/sections.py): what is not asked disappears at once.
//
// The page tells its rules and the answers of other sections that they read; the same rules judge
// again on the server. Without this file a question appears when the section is saved.

import { openSections } from "./forms/asking.js";
import { evaluate } from "./forms/rules.js";

const NUMBERS = new Set(["count", "year"]);
const DECIMALS = new Set(["amount", "area", "measure"]);
const RUN_TOGETHER = new Set(["resident_id", "uscc", "bank_card", "mobile", "landline", "phone", "postal_code"]);

const form = document.querySelector("form[data-live]");
const { item, answers } = JSON.parse(form.dataset.live);
const section = item.sections[item.sections.length - 1];
const rows = [...form.querySelectorAll("[data-row]")];

function text(name) {
  return (form.elements[name]?.value ?? "").normalize("NFKC").trim();
}

function day(name) {
  const [year, month, date] = ["year", "month", "day"].map((part) => text(`${name}-${part}`));
  return year && month && date ? `${year}-${month.padStart(2, "0")}-${date.padStart(2, "0")}` : "";
}

/** Return an answer as the server will have cleaned it, as far as rules can tell the difference. */
function answerOf(field, name) {
  const kind = field.answer;
  if (kind === "choices") {
    return [...form.querySelectorAll(`input[name="${CSS.escape(name)}"]:checked`)].map((box) => box.value);
  }
  if (kind === "yes_no") return { yes: true, no: false }[text(name)] ?? null;
  if (kind === "date") return day(name);
  if (kind === "period") return { from: day(`${name}-from`), to: day(`${name}-to`) };
  if (kind === "address") return { division: text(`${name}-division`), detail: text(`${name}-detail`) };
  if (NUMBERS.has(kind)) return /^[0-9]+$/.test(text(name)) ? Number(text(name)) : null;
  if (DECIMALS.has(kind)) return text(name).replace(/[,\s]/g, "");
  if (RUN_TOGETHER.has(kind)) return text(name).replace(/[\s-]/g, "").toUpperCase();
  return text(name);
}

function answersOf(row) {
  const found = {};
  for (const place of row.querySelectorAll("[data-asks]")) {
    const field = section.fields.find((each) => each.id === place.dataset.asks);
    found[field.id] = answerOf(field, place.dataset.name);
  }
  return found;
}

/** Say beside the label whether a question may be left empty. */
function markOptional(place, isOptional) {
  const label = place.querySelector(".field__label");
  const mark = label.querySelector(".field__optional");
  if (mark) mark.hidden = !isOptional;
  else if (isOptional) {
    const made = document.createElement("span");
    made.className = "field__optional";
    made.textContent = form.dataset.optional;
    label.append(" ", made);
  }
}

function refresh() {
  const given = rows.map(answersOf);
  const all = { ...answers, [section.id]: section.repeat ? given : given[0] };
  const opened = openSections(item, all).find((each) => each.section === section);
  const asked = [];
  rows.forEach((row, index) => {
    const { fields, scope } = opened.rows[index];
    for (const place of row.querySelectorAll("[data-asks]")) {
      const field = fields.find((each) => each.id === place.dataset.asks);
      place.hidden = !field;
      if (!field) continue;
      asked.push(place.dataset.name);
      if (typeof field.required !== "boolean") {
        markOptional(place, !evaluate(field.required, scope));
      }
    }
  });
  form.elements.asked.value = asked.join(" ");
}

form.addEventListener("input", refresh);
addEventListener("pageshow", refresh);
refresh();
