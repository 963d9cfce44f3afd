// One section of a form: filled from the draft, shown and hidden by the rules as one answers, and written to
// the draft at every change. The markup is the server's; nothing is judged here that judging.js does not.

import { openSections } from "../../forms/asking.js";
import { fill, rawValue } from "../../forms/inputs.js";
import { cleanAll } from "../../forms/judging.js";
import { evaluate } from "../../forms/rules.js";
import { today } from "../clock.js";
import { save } from "../drafts.js";
import { part } from "../forms.js";
import { judged, openIn, opened } from "../opened.js";
import { developed, sealedPicture } from "../pictures.js";
import { FOR_A_PICTURE, noteFull, room } from "../room.js";
import { go } from "../showing.js";
import { banner, drawing, language, piece, put, say, tag } from "../words.js";

const CAPTURED = new Set(["photo", "signature"]);

export async function page(id, wanted, at = "") {
  const begun = performance.now();
  const view = await opened(id);
  if (!view) return gone();
  const { draft, form } = view;
  const now = judged(view);
  const sections = now.opened.map((each) => each.section);
  const section = sections.find((each) => each.id === wanted) ?? firstOpen(view, now, sections);
  const main = put(piece("section"), { h1: section.title, "[data-form]": form.item.name });
  if (draft.hasChanged) main.querySelector("[data-problems]").append(banner(say("form_changed"), say("form_changed_next"), "", "info"));
  const filling = new Filling(main, view, section);
  filling.draw();
  drawList(main, view, section, sections, now);
  main.addEventListener("submit", (event) => {
    event.preventDefault();
    filling.goOn();
  });
  return {
    main,
    title: section.title,
    look: "page_wide",
    leave: () => save(draft),
    drawn: () => {
      performance.measure("offline_form", { start: begun });
      if (at === "wrong") filling.tellWrong();
    },
  };
}

function gone() {
  return { main: put(piece("explained"), { h1: say("draft_gone"), "[data-rest]": say("draft_gone_next") }), title: say("draft_gone") };
}

function firstOpen(view, now, sections) {
  const left = openIn(view, now);
  return sections.find((each) => left.has(each.id)) ?? sections[0];
}

function drawList(main, view, section, sections, now) {
  const left = openIn(view, now);
  const list = main.querySelector("[data-sections]");
  const lines = sections.map((each) => {
    const number = left.get(each.id) ?? 0;
    const line = put(piece("section-link"), { a: { href: `#/form/${view.draft.id}/${each.id}` }, "[data-name]": each.title });
    if (each === section) line.querySelector("a").setAttribute("aria-current", "page");
    line.querySelector("a").append(number ? tag(say("left_open", { n: number }), view.draft.answers[each.id] ? "due" : "") : tag(say("filled_in"), "good", "check"));
    return line;
  });
  const papers = put(piece("section-link"), { a: { href: `#/materials/${view.draft.id}` }, "[data-name]": say("materials") });
  papers.querySelector("a").append(drawing("next"));
  list.replaceChildren(...lines, papers);
}

class Filling {
  constructor(main, view, section) {
    Object.assign(this, { main, view, section, place: main.querySelector("[data-rows]") });
    main.addEventListener("input", () => this.take());
    main.addEventListener("change", (event) => event.target.type === "file" && this.photograph(event.target));
  }

  get draft() {
    return this.view.draft;
  }

  given() {
    const found = this.draft.answers[this.section.id];
    if (this.section.repeat) return Array.isArray(found) ? found : [];
    return [found ?? {}];
  }

  /** Draw the rows of the draft; a list has at least as many as it has to have. */
  draw(more = 0) {
    const { section, draft, view } = this;
    const given = this.given();
    const least = section.repeat ? Math.max(section.repeat.min, given.length + more, 0) : 1;
    const wanted = section.repeat ? Math.min(least, section.repeat.max) : 1;
    this.rows = [];
    this.place.replaceChildren();
    for (let index = 0; index < wanted; index += 1) {
      const copy = part(view.form, `[data-section="${section.id}"]`);
      if (section.repeat) renumber(copy, index);
      const row = copy.querySelector("[data-row]");
      for (const each of row.querySelectorAll("[data-asks]")) this.fillIn(each, given[index]?.[each.dataset.asks]);
      const number = copy.querySelector("[data-number]");
      if (number) number.textContent = say("number", { n: index + 1 });
      copy.querySelector("[data-remove]")?.addEventListener("click", () => this.remove(index));
      const consent = copy.querySelector("[data-consent] input");
      if (consent) consent.checked = draft.consent;
      this.rows.push(row);
      this.place.append(copy);
    }
    const add = this.main.querySelector("[data-add]");
    add.hidden = !section.repeat || wanted >= section.repeat.max;
    add.onclick = () => this.draw(1);
    const nothing = this.main.querySelector("[data-nothing]");
    nothing.hidden = !section.repeat || wanted > 0;
    this.refresh();
  }

  fillIn(place, value) {
    const field = this.fieldOf(place);
    if (CAPTURED.has(field.answer)) {
      if (value) place.querySelector("label span").textContent = say("picture_there");
    } else fill(place, field, place.dataset.name, value);
  }

  fieldOf(place) {
    return this.section.fields.find((each) => each.id === place.dataset.asks);
  }

  /** Take what is entered into the draft and write it. */
  take() {
    const { section, draft } = this;
    const before = this.given();
    const rows = this.rows.map((row, index) => {
      const found = {};
      for (const place of row.querySelectorAll("[data-asks]")) {
        const field = this.fieldOf(place);
        found[field.id] = CAPTURED.has(field.answer) ? before[index]?.[field.id] : rawValue(place, field, place.dataset.name);
      }
      return found;
    });
    draft.answers[section.id] = section.repeat ? rows : rows[0];
    const consent = this.main.querySelector("[data-consent] input");
    if (consent) draft.consent = consent.checked;
    save(draft);
    this.refresh();
  }

  /** Show what is asked now and hide the rest. */
  refresh() {
    const { section, view } = this;
    const answers = { ...view.draft.answers };
    if (section.repeat) answers[section.id] = this.rows.map((_, index) => this.given()[index] ?? {});
    const { cleaned } = cleanAll(view.form.item, answers, language);
    const found = openSections(view.form.item, cleaned, today()).find((each) => each.section === section);
    this.rows.forEach((row, index) => {
      const { fields, scope } = found?.rows[index] ?? { fields: [] };
      for (const place of row.querySelectorAll("[data-asks]")) {
        const field = fields.find((each) => each.id === place.dataset.asks);
        place.hidden = !field;
        if (field && typeof field.required !== "boolean") markOptional(place, !evaluate(field.required, scope, today()));
      }
    });
  }

  remove(index) {
    const rows = this.given();
    rows.splice(index, 1);
    this.draft.answers[this.section.id] = rows;
    save(this.draft);
    this.draw();
  }

  async photograph(input) {
    const place = input.closest("[data-asks]");
    const index = this.rows.findIndex((row) => row.contains(place));
    place.querySelector("[data-refused]")?.remove();
    if ((await room()).free < FOR_A_PICTURE) {
      input.value = "";
      this.noRoom(place);
      return;
    }
    const made = input.files[0] && (await developed(input.files[0]));
    input.value = "";
    if (!made) return;
    const { id, change } = await sealedPicture(made.blob);
    const before = structuredClone({ answers: this.draft.answers, captured: this.draft.captured });
    const rows = this.given().length ? this.given() : [{}];
    rows[index] = { ...rows[index], [place.dataset.asks]: id };
    this.draft.answers[this.section.id] = this.section.repeat ? rows : rows[0];
    this.draft.captured = [...(this.draft.captured ?? []), id];
    try {
      await save(this.draft, [change]);
    } catch {
      noteFull();
      // It is not on the disk, so the draft must not name it.
      Object.assign(this.draft, before);
      await save(this.draft).catch(() => {});
      this.noRoom(place);
      return;
    }
    this.fillIn(place, id);
  }

  noRoom(place) {
    const told = banner(say("room_no_picture"), say("room_next"), "stop", "alert");
    told.dataset.refused = "";
    place.append(told);
  }

  /** Go to the next section, or say what has to be mended here. */
  async goOn() {
    this.take();
    if (this.section.repeat) await this.dropEmpty();
    await save(this.draft);
    const now = judged(this.view);
    if (this.problems(now).length) {
      this.tellWrong();
      return;
    }
    const sections = now.opened.map((each) => each.section.id);
    const next = sections[sections.indexOf(this.section.id) + 1];
    if (next) go("form", this.draft.id, next);
    else go("materials", this.draft.id);
  }

  /** A row in which nothing stands was never filled in. */
  async dropEmpty() {
    const { cleaned } = cleanAll(this.view.form.item, this.draft.answers, language);
    const rows = this.given().filter((row, index) => Object.keys(cleaned[this.section.id][index] ?? {}).length || hasText(row));
    this.draft.answers[this.section.id] = rows;
    this.draw();
  }

  problems(now) {
    const own = now.errors.filter(({ path }) => path.split(".")[0] === this.section.id);
    const isAgreed = this.draft.consent || this.section.id !== "applicant";
    return isAgreed ? own : [...own, { path: "consent", code: "consent", message: say("consent_missing") }];
  }

  /** Say everything that is wrong: on top with links, and beside each question. */
  tellWrong() {
    for (const old of this.main.querySelectorAll(".field_wrong")) unmark(old);
    const told = this.problems(judged(this.view)).map((error) => this.mark(error));
    const box = this.main.querySelector("[data-problems]");
    if (told.length === 0) {
      box.replaceChildren();
      return;
    }
    const summary = piece("wrong");
    summary.querySelector("ul").append(...told);
    box.replaceChildren(summary);
    summary.focus();
  }

  mark({ path, message }) {
    const [, first, second] = path.split(".");
    const isRow = second !== undefined;
    const row = this.rows[isRow ? Number(first) : 0];
    const name = isRow ? second : first;
    const place = path === "consent" ? this.main.querySelector("[data-consent]") : row?.querySelector(`[data-asks="${CSS.escape(name ?? "")}"]`);
    const field = this.section.fields.find((each) => each.id === name);
    const line = document.createElement("li");
    const link = document.createElement("a");
    const number = isRow ? `${say("number", { n: Number(first) + 1 })} ` : "";
    const colon = language === "zh" ? "：" : ": ";
    link.textContent = `${number}${field ? `${field.label.replace(/[？?]$/, "")}${colon}` : ""}${message}`;
    link.href = location.hash;
    link.addEventListener("click", (event) => {
      event.preventDefault();
      place?.querySelector("input, select, textarea")?.focus();
    });
    line.append(link);
    if (place) markWrong(place, message);
    return line;
  }
}

function hasText(row) {
  return Object.values(row).some((value) => typeof value === "string" && value.trim());
}

function renumber(copy, index) {
  for (const each of copy.querySelectorAll("[name], [id], [for], [data-name], [aria-describedby]")) {
    for (const attribute of ["name", "id", "for", "data-name", "aria-describedby"]) {
      const value = each.getAttribute(attribute);
      if (value) each.setAttribute(attribute, value.replaceAll("q.0.", `q.${index}.`));
    }
  }
}

function markOptional(place, isOptional) {
  const label = place.querySelector(".field__label");
  let mark = label.querySelector(".field__optional");
  if (!mark && isOptional) {
    mark = document.createElement("span");
    mark.className = "field__optional";
    mark.textContent = say("optional");
    label.append(" ", mark);
  }
  if (mark) mark.hidden = !isOptional;
}

function markWrong(place, message) {
  const field = place.matches("[data-consent]") ? place : place.querySelector(".field");
  field.classList.add("field_wrong");
  const told = document.createElement("p");
  told.className = "field__error";
  const words = document.createElement("span");
  words.textContent = message;
  told.append(drawing("alert"), words);
  const before = field.querySelector(".field__in, .option");
  before.before(told);
  for (const input of place.querySelectorAll("input, select, textarea")) input.setAttribute("aria-invalid", "true");
}

function unmark(field) {
  field.classList.remove("field_wrong");
  field.querySelector(".field__error")?.remove();
  for (const input of field.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
}
