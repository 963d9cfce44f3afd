// The work list as the terminal last told it; kept sealed, so that it can be read without a line.

import { inWords, now } from "../clock.js";
import { workList } from "../terminal.js";
import { keep, kept } from "../vault.js";
import { language, piece, put, say, tag } from "../words.js";

export async function page() {
  const told = await newest();
  const main = piece("work");
  const rows = told?.work?.cases ?? told?.work?.items ?? [];
  put(main, { "[data-asof]": told ? say("as_of", { at: inWords(told.at, language) }) : "" });
  main.querySelector("[data-none]").hidden = rows.length > 0;
  main.querySelector("[data-lines]").append(...rows.map(lineOf));
  return { main, title: say("work"), look: "page_wide" };
}

async function newest() {
  try {
    const told = { work: await workList(), at: now().toISOString() };
    await keep("work", told);
    return told;
  } catch {
    // No line, or a terminal without a work list: what was heard last.
    return kept("work");
  }
}

function lineOf(entry) {
  const made = put(piece("work-line"), {
    "[data-name]": entry.name ?? entry.item ?? "",
    "[data-note]": [entry.applicant, entry.number, entry.due_on].filter(Boolean).join(" · "),
  });
  if (entry.state) made.querySelector("[data-tag]").append(tag(entry.state_name ?? entry.state));
  return made;
}
