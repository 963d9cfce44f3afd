// What exactly is signed, the signature or its confirmation, and handing in: one write makes it a case with
// its final number. The terminal makes the digest of what is signed from the same content.

import { startPad } from "../../capture/pad.js";
import { part } from "../forms.js";
import { complete, due, judged, mustPromise, needs, openIn, opened, promiseOf, terms } from "../opened.js";
import { save } from "../drafts.js";
import { sealedPicture } from "../pictures.js";
import { handIn } from "../queue.js";
import { sendNow } from "../sending.js";
import { go } from "../showing.js";
import { groups, pairs, papers } from "../summary.js";
import { piece, put, say } from "../words.js";

export async function page(id) {
  const view = await opened(id);
  if (!view) return null;
  const now = judged(view);
  if (openIn(view, now).size || needs(view).some((need) => need.state === "open")) {
    go("check", id);
    return null;
  }
  const { item } = view.form;
  const main = put(piece("sign"), {
    "[data-back]": { href: `#/check/${id}` },
    "[data-oath]": say("oath", { name: now.answers.applicant?.name ?? "", item: item.name }),
  });
  drawSigned(main, view, now);
  const { commitment } = terms(view);
  const promise = commitment ? part(view.form, '[data-part="promise"]') : null;
  if (promise) put(promise, { "[data-promised]": commitment });
  if (promise) main.querySelector("[data-promise-place]").append(promise);
  let png = "";
  let end = () => {};
  main.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(main, view, png);
  });
  return {
    main,
    title: say("sign"),
    look: "page_wide",
    leave: () => end(),
    drawn: () => {
      end = startPad(main.querySelector("[data-pad]"), (drawn) => {
        png = drawn;
      });
    },
  };
}

function drawSigned(main, view, now) {
  const day = due(view);
  const promised = main.querySelector("[data-promises]");
  for (const { requirement, state } of needs(view)) {
    if (state !== "later" || !day) continue;
    const line = document.createElement("p");
    line.className = "oath__text";
    line.textContent = promiseOf(requirement, day);
    promised.append(line);
  }
  const all = main.querySelector("[data-all]");
  for (const group of groups(now)) all.append(heading(group.title), pairs(group.lines));
  const given = papers(view);
  if (given.length) all.append(heading(say("materials")), pairs(given));
}

function heading(words) {
  const made = document.createElement("h3");
  made.textContent = words;
  return made;
}

async function submit(main, view, png) {
  const { draft } = view;
  const chosen = main.elements.commitment?.value ?? "";
  const problems = [];
  if (terms(view).commitment && !chosen) problems.push(say("promise_missing"));
  else if (chosen !== "yes" && mustPromise(view)) problems.push(say("promise_needed"));
  if (!png && !main.elements.confirm.checked) problems.push(say("signature_missing"));
  if (problems.length) {
    tell(main, problems);
    return;
  }
  const button = main.querySelector("[data-hand-in]");
  if (button.disabled) return;
  button.disabled = true;
  try {
    draft.commitment = chosen === "yes";
    await save(draft);
    const signature = { method: png ? "drawn" : "confirmed" };
    const more = [];
    if (png) {
      const { id, change } = await sealedPicture(asBlob(png));
      signature.picture = id;
      more.push(change);
    }
    go("receipt", await handIn(draft, complete(view), signature, more));
  } catch (error) {
    // Only now: what is handed in must not be handed in again before the receipt is drawn.
    button.disabled = false;
    if (error.name !== "QuotaExceededError") throw error;
    tell(main, [say("room_no_case"), say("room_next")]);
    return;
  }
  sendNow();
}

function tell(main, problems) {
  const summary = piece("wrong");
  for (const words of problems) {
    const line = document.createElement("li");
    line.textContent = words;
    summary.querySelector("ul").append(line);
  }
  main.querySelector("[data-problems]").replaceChildren(summary);
  summary.focus();
}

/** Return the picture of a data address: asking for it would be against the page's own policy. */
function asBlob(address) {
  const [head, base64] = address.split(",");
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  return new Blob([bytes], { type: head.slice(5, head.indexOf(";")) });
}
