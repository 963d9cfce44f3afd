// What was begun on this tablet and is not handed in yet.

import { all, discard } from "../drafts.js";
import { inWords } from "../clock.js";
import { maskedName } from "../../forms/showing.js";
import { show } from "../showing.js";
import { language, piece, put, say } from "../words.js";

export async function page() {
  const main = piece("drafts");
  const drafts = await all();
  main.querySelector("[data-none]").hidden = drafts.length > 0;
  main.querySelector("[data-lines]").append(...drafts.map(lineOf));
  return { main, title: say("drafts"), look: "page_wide" };
}

function lineOf(draft) {
  const who = draft.answers.applicant?.name;
  const made = put(piece("draft"), {
    a: { href: `#/form/${draft.id}` },
    "[data-name]": draft.name,
    "[data-note]": [who ? maskedName(who) : say("nobody_yet"), inWords(draft.changed, language)].join(" · "),
  });
  const drop = made.querySelector("[data-drop]");
  // What has a number was handed in once: it can be corrected, and not thrown away.
  drop.hidden = Boolean(draft.sent);
  let isSure = false;
  drop.addEventListener("click", async () => {
    if (!isSure) {
      isSure = true;
      drop.textContent = say("discard_sure");
      return;
    }
    await discard(draft);
    show();
  });
  return made;
}
