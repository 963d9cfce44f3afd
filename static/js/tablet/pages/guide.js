// What has to be known of an item before one begins, and the beginning.

import { begin } from "../drafts.js";
import { form, part } from "../forms.js";
import { FOR_A_FORM, room } from "../room.js";
import { go } from "../showing.js";
import { banner, piece, put, say } from "../words.js";

export async function page(code) {
  const found = await form(code);
  const main = put(piece("guide"), { h1: found.item.name, "[data-department]": found.item.department });
  main.querySelector("[data-guide]").append(part(found, '[data-part="guide"]'));
  const start = main.querySelector("[data-start]");
  if ((await room()).free < FOR_A_FORM) {
    start.disabled = true;
    start.before(banner(say("room_none"), say("room_next"), "stop", "alert"));
  }
  start.addEventListener("click", async () => {
    start.disabled = true;
    const draft = await begin(found);
    // Which members of a bundle are wanted comes before everything, and is ticked already.
    go("form", draft.id, ...(found.ticked.length ? [found.choice] : []));
  });
  return { main, title: found.item.name, look: "page_wide" };
}
