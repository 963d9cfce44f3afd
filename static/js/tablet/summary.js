// All answers and papers of an application in words, as the check page and the sign page show them: the
// tablet is in the hands of the staff and what is signed is shown in full.

import { inFull } from "../forms/showing.js";
import { due, needs } from "./opened.js";
import { dayInWords } from "./clock.js";
import { language, say } from "./words.js";

/** Return [{title, section, lines: [{label, value}]}] of judged answers. */
export function groups({ opened }) {
  const words = Object.fromEntries(["empty", "yes", "no", "period", "picture", "amount", "mu"].map((name) => [name, say(`value_${name}`)]));
  return opened.flatMap(({ section, rows }) =>
    rows.map((row) => ({
      title: section.repeat ? `${section.title} · ${say("number", { n: row.index + 1 })}` : section.title,
      section: section.id,
      lines: row.fields.map((field) => ({ label: field.label, value: inFull(field, row.kept[field.id], words) })),
    })),
  );
}

/** Return [{label, value}] of the papers. */
export function papers(view) {
  const day = due(view);
  return needs(view).map(({ requirement, given, state }) => ({
    label: requirement.name,
    value: {
      given: () => say("pictures_count", { n: given.pictures.length }),
      later: () => (day ? say("later_on", { day: dayInWords(day, language) }) : say("later")),
      open: () => say("missing"),
    }[state](),
  }));
}

/** Return a list of pairs, each with a link to change it if `href` is given. */
export function pairs(lines, href) {
  const list = document.createElement("dl");
  list.className = href ? "pairs pairs_change" : "pairs pairs_tight";
  for (const { label, value } of lines) {
    const line = document.createElement("div");
    const [name, told] = [document.createElement("dt"), document.createElement("dd")];
    [name.textContent, told.textContent] = [label, value];
    told.className = "pairs__value";
    line.append(name, told);
    if (href) {
      const [cell, link, whose] = [document.createElement("dd"), document.createElement("a"), document.createElement("span")];
      link.className = "change";
      link.href = href;
      whose.className = "unseen";
      whose.textContent = ` ${label}`;
      link.append(say("change"), whose);
      cell.append(link);
      line.append(cell);
    }
    list.append(line);
  }
  return list;
}
