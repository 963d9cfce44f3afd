// The papers an application calls for: photographed, or promised for later where the item allows it.

import { dayInWords } from "../clock.js";
import { save } from "../drafts.js";
import { part } from "../forms.js";
import { due, needs, opened, promiseOf } from "../opened.js";
import { developed, pictureOf, sealedPicture } from "../pictures.js";
import { FOR_A_PICTURE, noteFull, room } from "../room.js";
import { go } from "../showing.js";
import { banner, language, piece, put, say, tag } from "../words.js";

const MOST = 12;

export async function page(id) {
  const view = await opened(id);
  if (!view) return null;
  const main = put(piece("materials"), { "[data-form]": view.form.item.name, "[data-back]": { href: `#/form/${id}` } });
  const place = main.querySelector("[data-needs]");
  const addresses = [];
  const cards = [];
  for (const need of needs(view)) {
    const card = part(view.form, `[data-requirement="${need.requirement.id}"]`).querySelector("[data-need]");
    cards.push(card);
    place.append(card);
    start(card, need, view, addresses);
  }
  main.querySelector("[data-none]").hidden = cards.length > 0;
  main.querySelector("[data-on]").addEventListener("click", () => goOn(main, view));
  return {
    main,
    title: say("materials"),
    look: "page_wide",
    leave: () => {
      for (const address of addresses) URL.revokeObjectURL(address);
    },
  };
}

function goOn(main, view) {
  const open = needs(view).filter((need) => need.state === "open");
  if (open.length === 0) {
    go("check", view.draft.id);
    return;
  }
  const summary = piece("wrong");
  for (const { requirement } of open) {
    const line = document.createElement("li");
    line.textContent = say("paper_missing", { name: requirement.name });
    summary.querySelector("ul").append(line);
  }
  main.querySelector("[data-problems]").replaceChildren(summary);
  summary.focus();
}

function start(card, { requirement }, view, addresses) {
  const { draft } = view;
  const input = card.querySelector("input[type=file]");
  const shots = card.querySelector("[data-shots]");
  const given = () => draft.attachments[requirement.id] ?? { mode: "file", pictures: [], faults: {} };
  const keep = (next, more) => {
    if (next) draft.attachments[requirement.id] = next;
    else delete draft.attachments[requirement.id];
    return save(draft, more);
  };

  async function draw() {
    const now = given();
    const shown = await Promise.all((now.pictures ?? []).map(async (id, index) => shot(id, index, now.faults?.[id] ?? [])));
    shots.replaceChildren(...shown);
    const isLater = now.mode === "deferred";
    card.querySelector("[data-later]").hidden = !isLater;
    const day = due(view);
    if (isLater && day) put(card, { "[data-later-words]": promiseOf(requirement, day) });
    const defer = card.querySelector("[data-defer]");
    if (defer) {
      defer.hidden = (now.pictures ?? []).length > 0;
      defer.lastChild.textContent = isLater ? say("not_later") : say("later_by", { day: day ? dayInWords(day, language) : "" });
    }
  }

  async function shot(id, index, faults) {
    const made = piece("shot");
    const picture = await pictureOf(id);
    put(made, { img: { alt: say("page_number", { n: index + 1 }) }, strong: say("page_number", { n: index + 1 }) });
    const head = made.querySelector(".shot__head");
    if (picture) {
      const address = URL.createObjectURL(picture);
      addresses.push(address);
      put(made, { img: { src: address } });
    } else {
      // It was lost: it can be removed, and taken anew.
      made.querySelector(".shot__see").remove();
      head.append(tag(say("missing"), "stop", "alert"));
    }
    if (picture && faults.length === 0) head.append(tag(say("taken_in"), "good", "check"));
    for (const fault of faults) made.querySelector("[data-faults]").append(document.querySelector(`template[data-fault="${fault}"]`).content.cloneNode(true));
    made.querySelector("[data-faults]").hidden = faults.length === 0;
    made.querySelector("[data-remove]").addEventListener("click", async () => {
      const now = given();
      const pictures = now.pictures.filter((each) => each !== id);
      await keep(pictures.length ? { ...now, pictures } : null, [["pictures", "delete", id]]);
      draw();
    });
    return made;
  }

  /** Take a picture in; return the name of the words that say why not, or "". */
  async function take(file) {
    if ((await room()).free < FOR_A_PICTURE) return "room_no_picture";
    const made = await developed(file);
    if (!made) return "no_picture";
    const now = given();
    if ((now.pictures ?? []).length >= MOST) return "";
    const { id, change } = await sealedPicture(made.blob);
    try {
      await keep({ mode: "file", pictures: [...(now.pictures ?? []), id], faults: { ...now.faults, [id]: made.faults } }, [change]);
    } catch {
      noteFull();
      // It is not on the disk, so the draft must not name it.
      draft.attachments[requirement.id] = now;
      if (!now.pictures?.length) delete draft.attachments[requirement.id];
      await save(draft).catch(() => {});
      return "room_no_picture";
    }
    return "";
  }

  input.addEventListener("change", async () => {
    const files = [...input.files];
    const label = card.querySelector(".pick span");
    const words = label.textContent;
    label.textContent = say("taking_in");
    await new Promise((drawn) => setTimeout(drawn, 0));
    let refused = "";
    for (const file of files) refused = (await take(file)) || refused;
    input.value = "";
    label.textContent = words;
    card.querySelector("[data-refused]")?.remove();
    if (refused) {
      const told = banner(say(refused), refused === "room_no_picture" ? say("room_next") : "", "stop", "alert");
      told.dataset.refused = "";
      card.append(told);
    }
    draw();
  });
  card.querySelector("[data-defer]")?.addEventListener("click", async () => {
    await keep(given().mode === "deferred" ? null : { mode: "deferred" });
    draw();
  });
  draw();
}
