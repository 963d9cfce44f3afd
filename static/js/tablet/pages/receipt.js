// The receipt: number and code are final from the first moment, also without a line; where the case is.

import { dayInWords, inWords } from "../clock.js";
import { drawn, payload } from "../code.js";
import { begin } from "../drafts.js";
import { form } from "../forms.js";
import { ATTENTION, SENT, entryOf, onChange } from "../queue.js";
import { FOR_A_FORM, room } from "../room.js";
import { go, here, show } from "../showing.js";
import { banner, language, piece, put, say } from "../words.js";

onChange(() => {
  if (here().name === "receipt") redraw();
});

let shown = null;

export async function page(id) {
  const found = await entryOf(id);
  if (!found) return { main: put(piece("explained"), { h1: say("receipt_gone"), "[data-rest]": say("receipt_gone_next") }), title: say("receipt") };
  const { row, entry } = found;
  const main = put(piece("receipt"), {
    ".receipt__item": entry.name,
    ".receipt__number": entry.number ? grouped(entry.number) : say("number_follows"),
    "[data-applicant]": entry.applicant,
    "[data-made]": inWords(row.made, language),
  });
  if (entry.token) main.querySelector("[data-code]").append(drawn(payload(entry.token)));
  main.querySelector(".receipt__code").hidden = !entry.token;
  const later = main.querySelector("[data-later]");
  later.hidden = !entry.later?.length;
  later.querySelector("dd").textContent = (entry.later ?? []).map((each) => (each.due ? `${each.name} · ${say("later_on", { day: dayInWords(each.due, language) })}` : each.name)).join("；");
  const renumbered = main.querySelector("[data-renumbered]");
  renumbered.hidden = !entry.before;
  if (entry.before) renumbered.append(banner(say("renumbered", { before: grouped(entry.before) }), say("renumbered_next"), "", "alert"));
  shown = { id, place: main.querySelector("[data-where]") };
  drawWhere(shown.place, row, entry);
  const another = main.querySelector("[data-another]");
  another.hidden = !entry.draft;
  another.addEventListener("click", async () => {
    another.disabled = true;
    if ((await room()).free < FOR_A_FORM) another.closest(".actions").before(banner(say("room_none"), say("room_next"), "stop", "alert"));
    else await beginAnother(entry.draft);
  });
  return { main, title: say("receipt"), look: "page_columns" };
}

async function redraw() {
  const found = shown && (await entryOf(shown.id));
  if (!found || !shown.place.isConnected) return;
  const isNumbered = document.querySelector(".receipt__code")?.hidden === false;
  if (found.entry.number && !isNumbered) show();
  else drawWhere(shown.place, found.row, found.entry);
}

function drawWhere(place, row, entry) {
  const [strong, rest, kind, symbol] =
    row.state === ATTENTION
      ? [say("where_attention"), row.error.text, "stop", "alert"]
      : row.state !== SENT
        ? [say(entry.number ? "where_tablet" : "where_unnumbered"), say("where_tablet_next"), "", "clock"]
        : row.centre
          ? [say("where_centre"), "", "calm", "check"]
          : [say("where_station"), say("where_station_next"), "calm", "check"];
  place.replaceChildren(banner(strong, rest, kind, symbol));
  place.dataset.state = row.state === SENT ? (row.centre ? "centre" : "station") : row.state;
}

/** Begin the form for another member: what is of the household goes along, what is of one person does not. */
async function beginAnother(before) {
  const found = await form(before.code);
  const answers = {};
  for (const section of found.item.sections) {
    const given = before.answers[section.id];
    if (section.repeat && section.id.endsWith("household") && given) answers[section.id] = given.map((row) => withoutPictures(section, row));
    if (section.repeat || !given) continue;
    const shared = section.fields.filter((field) => field.answer === "address" && given[field.id]);
    if (shared.length) answers[section.id] = Object.fromEntries(shared.map((field) => [field.id, given[field.id]]));
  }
  go("form", (await begin(found, answers)).id);
}

/** A picture belongs to one case and goes with it. */
function withoutPictures({ fields }, row) {
  const kept = fields.filter((field) => !["photo", "signature"].includes(field.answer) && field.id in row);
  return Object.fromEntries(kept.map((field) => [field.id, row[field.id]]));
}

function grouped(number) {
  return number.replace(/(.{4})(?=.)/g, "$1 ");
}
