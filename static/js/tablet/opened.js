// A draft with its form, and where it stands: what is asked now, what is wrong, what papers it calls for.
// Pages of a form share this. Must not know how anything is drawn.

import { requiredRequirements, isCommitmentRequired } from "../forms/asking.js";
import { cleanAll, judge } from "../forms/judging.js";
import { maskedName } from "../forms/showing.js";
import { calendar, dueOn } from "../forms/workdays.js";
import { today } from "./clock.js";
import { draftOf, save } from "./drafts.js";
import { form } from "./forms.js";
import { language, say } from "./words.js";

const BROUGHT = new Set(["applicant", "certificate"]);
const days = calendar(JSON.parse(document.querySelector("#app").dataset.days));

/** Return {draft, form} or null; a draft of another release goes over to the present form. */
export async function opened(id) {
  const draft = await draftOf(id);
  if (!draft) return null;
  const found = await form(draft.code);
  if (draft.release !== found.release) {
    draft.release = found.release;
    draft.hasChanged = true;
    await save(draft);
  }
  return { draft, form: found };
}

/** Return what stands now: {answers, errors, opened} as judge does. */
export function judged({ draft, form: { item } }) {
  return judge(item, draft.answers, language, today());
}

/** Return the papers these answers call for that somebody brings, each with what is given for it. */
export function needs({ draft, form: { item } }) {
  const { cleaned } = cleanAll(item, draft.answers, language);
  return requiredRequirements(item, cleaned, today())
    .filter((each) => BROUGHT.has(each.source))
    .map((requirement) => {
      const given = draft.attachments[requirement.id] ?? null;
      const state = given?.mode === "deferred" ? "later" : given?.pictures?.length ? "given" : "open";
      return { requirement, given, state };
    });
}

/** Return by when what follows later is due, or null. */
export function due(view) {
  return dueOn(terms(view), today(), days);
}

/** Return the limits and the promise of the item, or of the members of a bundle that are wanted. */
export function terms({ draft, form: { item, members, choice } }) {
  if (members.length === 0) return { ...item, commitment: item.commitment };
  const wanted = members.filter((each) => draft.answers[choice]?.wanted?.includes(each.code));
  const shortest = (one, other) => (inDays(other) < inDays(one) ? other : one);
  const longest = (one, other) => (inDays(other) > inDays(one) ? other : one);
  const deferrals = wanted.map((each) => each.deferral).filter(Boolean);
  const promises = wanted.filter((each) => each.commitment);
  const told = language === "zh" ? (each) => `【${each.name}】${each.commitment}` : (each) => `[${each.name}] ${each.commitment}`;
  return {
    deferral: deferrals.length ? deferrals.reduce(shortest) : null,
    promised: wanted.map((each) => each.promised).reduce(longest, wanted[0]?.promised ?? item.promised),
    commitment: promises.map(told).join(language === "zh" ? "" : " ") || null,
  };
}

/** Roughly how many days a limit is: five working days are a week (forms/definition.py). */
function inDays({ value, unit }) {
  return value * (unit === "working_days" ? 7 / 5 : 1);
}

/** Return the words of the promise about one paper. */
export function promiseOf(requirement, day) {
  const [year, month, date] = day.split("-").map(Number);
  const told = language === "zh" ? `${year}年${month}月${date}日` : day;
  return say("promise", { day: told, name: requirement.name });
}

/** Say whether the item's promise has to be made with these answers. */
export function mustPromise({ draft, form: { item } }) {
  return isCommitmentRequired(item, cleanAll(item, draft.answers, language).cleaned, today());
}

/** Return what is still open in each section: a Map of section id → number. */
export function openIn(view, { errors }) {
  const left = new Map();
  for (const { path } of errors) {
    const [section] = path.split(".");
    left.set(section, (left.get(section) ?? 0) + 1);
  }
  if (!view.draft.consent) left.set("applicant", (left.get("applicant") ?? 0) + 1);
  return left;
}

/** Return what queue.handIn takes of a draft that is complete. */
export function complete(view) {
  const { answers, opened: sections } = judged(view);
  const attachments = {};
  const later = [];
  for (const { requirement, given, state } of needs(view)) {
    attachments[requirement.id] = state === "later" ? { mode: "deferred", due: due(view) } : { mode: "file", pictures: given.pictures };
    if (state === "later") later.push({ name: requirement.name, due: due(view) });
  }
  const captured = [];
  for (const { rows } of sections) {
    for (const row of rows) {
      for (const field of row.fields) {
        if (["photo", "signature"].includes(field.answer) && row.kept[field.id]) captured.push(row.kept[field.id]);
      }
    }
  }
  return { answers, attachments, captured, later, applicant: maskedName(answers.applicant?.name) };
}
