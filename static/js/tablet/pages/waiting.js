// What was handed in on this tablet, newest first: where each is, what went wrong last, and how to go on.

import { inWords } from "../clock.js";
import { all as allDrafts } from "../drafts.js";
import { maskedName } from "../../forms/showing.js";
import { openValue } from "../keyring.js";
import { left } from "../numbers.js";
import * as queue from "../queue.js";
import { line, sendNow } from "../sending.js";
import { go, here } from "../showing.js";
import { signIn, Unreachable } from "../terminal.js";
import { banner, language, piece, put, say, tag } from "../words.js";

queue.onChange(() => {
  if (here().name === "queue") redraw();
});

let place = null;
// The lines that stand on the page, and for what they were made: a long queue changes often, and each time only
// the lines are made anew whose row has changed.
let drawn = new Map();

export async function page() {
  const main = piece("queue");
  place = main;
  drawn = new Map();
  main.querySelector("[data-send]").addEventListener("click", () => sendNow());
  const form = main.querySelector("form");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    comeIn(form);
  });
  await redraw();
  return { main, title: say("queue"), look: "page_wide" };
}

async function comeIn(form) {
  const told = form.querySelector("[data-wrong]");
  try {
    await signIn(form.elements.username.value.trim(), form.elements.password.value);
    form.reset();
    told.hidden = true;
    await sendNow();
  } catch (error) {
    told.textContent = error instanceof Unreachable ? say("need_line") : error.message;
    told.hidden = false;
  }
}

async function redraw() {
  const rows = (await queue.all()).reverse();
  const { waiting, attention } = await queue.backlog(rows);
  const corrected = (await allDrafts()).filter((each) => each.sent);
  const lines = [...corrected.map(lineOfCorrected), ...(await Promise.all(rows.map(lineAsItIs)))];
  if (!place) return;
  arrange(place.querySelector("[data-lines]"), lines);
  place.querySelector("[data-none]").hidden = lines.length > 0;
  put(place, { "[data-numbers]": say("numbers_left", { n: await left() }), "[data-total]": say("unsent_total", { n: waiting + attention }) });
  const trouble = place.querySelector("[data-trouble]");
  trouble.replaceChildren(...(line.error && (waiting || attention) ? [banner(say("last_error"), line.error, "", "line")] : []));
  if (line.numbers) trouble.append(banner(say("numbers_refused"), line.numbers, "", "alert"));
  place.querySelector("[data-pair]").hidden = line.standing !== "device-unknown";
  place.querySelector("form").hidden = !["not-signed-in", "operator-disabled"].includes(line.standing);
  place.querySelector("[data-send]").hidden = waiting === 0;
}

/** Put lines where they belong, and touch none that is there already. */
function arrange(list, lines) {
  lines.forEach((each, at) => {
    if (list.children[at] !== each) list.insertBefore(each, list.children[at] ?? null);
  });
  while (list.children.length > lines.length) list.lastElementChild.remove();
}

async function lineAsItIs(row) {
  const { sealed, ...open } = row;
  // With every sealing comes another nonce: the content is the same while that is.
  const state = JSON.stringify([open, String(sealed.nonce), line.sending === row.id && line.part]);
  const earlier = drawn.get(row.id);
  if (earlier?.state === state) return earlier.made;
  const made = await lineOf(row);
  drawn.set(row.id, { state, made });
  return made;
}

async function lineOf(row) {
  const entry = await openValue(row.sealed);
  const made = put(piece("queued"), {
    a: { href: `#/receipt/${row.id}` },
    "[data-name]": entry.name,
    "[data-note]": [entry.applicant, entry.number ?? say("number_follows"), inWords(row.made, language), entry.before ? say("renumbered", { before: entry.before }) : ""].filter(Boolean).join(" · "),
  });
  made.querySelector("[data-tag]").append(tagOf(row));
  const told = made.querySelector("[data-error]");
  told.hidden = !row.error;
  if (row.error) told.textContent = [row.error.text, ...(row.error.fields ?? []).map((each) => each.message)].filter(Boolean).join(" ");
  const open = made.querySelector("[data-open]");
  open.hidden = row.state !== queue.ATTENTION;
  open.addEventListener("click", async () => {
    const draft = await queue.reopen(await queue.entryOf(row.id));
    go("form", draft.id);
  });
  const retry = made.querySelector("[data-retry]");
  retry.hidden = row.state !== queue.ATTENTION;
  retry.addEventListener("click", async () => {
    await queue.change(await queue.entryOf(row.id), { state: queue.WAITING });
    sendNow();
  });
  return made;
}

/** What was refused and is being corrected: its receipt is out, so it stands here until it is handed in again. */
function lineOfCorrected(draft) {
  const made = put(piece("queued"), {
    a: { href: `#/form/${draft.id}` },
    "[data-name]": draft.name,
    "[data-note]": [draft.answers.applicant?.name && maskedName(draft.answers.applicant.name), draft.number ?? say("number_follows"), say("being_corrected")].filter(Boolean).join(" · "),
  });
  made.querySelector("[data-tag]").append(tag(say("needs_attention"), "stop", "alert"));
  return made;
}

function tagOf(row) {
  if (row.state === queue.ATTENTION) return tag(say("needs_attention"), "stop", "alert");
  if (line.sending === row.id) return tag(say("sending", { part: Math.round(line.part * 100) }), "due", "clock");
  if (row.state === queue.WAITING) return tag(say("on_tablet"), "due", "clock");
  return row.centre ? tag(say("at_centre"), "good", "check") : tag(say("at_station"), "good", "check");
}
