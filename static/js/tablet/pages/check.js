// Everything that was entered, on one page, each with a way to change it.

import { judged, needs, openIn, opened } from "../opened.js";
import { groups, pairs, papers } from "../summary.js";
import { go } from "../showing.js";
import { piece, put, say } from "../words.js";

export async function page(id) {
  const view = await opened(id);
  if (!view) return null;
  const now = judged(view);
  const [wrong] = openIn(view, now).keys();
  if (wrong) {
    go("form", id, wrong, "wrong");
    return null;
  }
  if (needs(view).some((need) => need.state === "open")) {
    go("materials", id);
    return null;
  }
  const main = put(piece("check"), { "[data-form]": view.form.item.name, "[data-back]": { href: `#/materials/${id}` }, "[data-on]": { href: `#/sign/${id}` } });
  const place = main.querySelector("[data-groups]");
  for (const group of groups(now)) place.append(sheet(group.title, pairs(group.lines, `#/form/${id}/${group.section}`)));
  const given = papers(view);
  if (given.length) place.append(sheet(say("materials"), pairs(given, `#/materials/${id}`)));
  return { main, title: say("check"), look: "page_wide" };
}

function sheet(title, list) {
  const made = document.createElement("section");
  made.className = "sheet";
  const head = document.createElement("h2");
  head.textContent = title;
  made.append(head, list);
  return made;
}
