// The work list as the terminal last told it; kept sealed, so that it can be read without a line.

import { dayInWords, inWords } from "../clock.js";
import { line } from "../sending.js";
import { workList } from "../terminal.js";
import { keep, kept } from "../vault.js";
import { language, piece, put, say, tag } from "../words.js";

export async function page() {
  const told = await newest();
  const main = piece("work");
  const rows = told?.rows ?? [];
  put(main, { "[data-asof]": told ? say("as_of", { at: inWords(told.as_of, language) }) : "" });
  main.querySelector("[data-none]").hidden = rows.length > 0;
  main.querySelector("[data-lines]").append(...rows.map(lineOf));
  return { main, title: say("work"), look: "page_wide" };
}

/** Return {as_of, rows, counts}: what the terminal says, or what it said last. */
async function newest() {
  // Where no one answers, nobody waits for that.
  const before = line.isUp === false ? await kept("work") : null;
  if (before) return before;
  try {
    const told = await workList();
    await keep("work", told);
    return told;
  } catch {
    // No line, or a terminal without a work list.
    return kept("work");
  }
}

function lineOf({ title, who, number, due_on: due, state_words: state, group = [] }) {
  const made = put(piece("work-line"), {
    "[data-name]": title?.[language] ?? "",
    "[data-note]": [who, number, due ? say("due_by", { day: dayInWords(due, language) }) : ""].filter(Boolean).join(" · "),
  });
  const isLate = group.includes("overdue");
  made.querySelector("[data-tag]").append(tag(state?.[language] ?? "", isLate ? "stop" : "", isLate ? "alert" : ""));
  return made;
}
