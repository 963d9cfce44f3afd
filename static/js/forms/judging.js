// Is this set of answers good? As forms/schema.py `validate`: each answer is cleaned by its type, then
// what is asked, required and checked is judged over the cleaned answers. Must not know pages.
// Neighbours: cleaning.js, asking.js, rules.js; a test judges every sample of every item on both sides.

import { openSections } from "./asking.js";
import { clean } from "./cleaning.js";
import { evaluate, localToday } from "./rules.js";

const SCOPED = new Set(["map", "filter", "all", "none", "some", "reduce"]);
const REQUIRED = { zh: "请填写这一项", en: "This has to be answered" };

/** Return {answers, errors, opened}: cleaned answers to what is asked, and every refusal in order.
 *
 * `item` is what GET /api/v1/items/<code> answers; errors are {path, code, message}, messages in
 * `language` ("zh" or "en").
 */
export function judge(item, given, language, today = localToday()) {
  const { cleaned, refused } = cleanAll(item, given, language);
  const unsettled = new Set();
  const opened = openSections(item, cleaned, today);
  const errors = [];
  for (const section of item.sections) {
    const found = opened.find((each) => each.section === section);
    if (found) errors.push(...sectionErrors(found, refused, unsettled, language, today));
    else if (readsUnsettled(section.visible, section.id, unsettled)) unsettled.add(section.id);
  }
  const answers = Object.fromEntries(opened.map((each) => [each.section.id, each.kept]));
  return { answers, errors, opened };
}

/** Return the answers as the server will have cleaned them; what it would refuse is left out. */
export function cleanAll(item, given, language) {
  const cleaned = {};
  const refused = new Map();
  for (const section of item.sections) {
    const rows = section.repeat ? (Array.isArray(given[section.id]) ? given[section.id] : []) : [given[section.id] ?? {}];
    const kept = rows.map((row, index) => {
      const good = {};
      for (const field of section.fields) {
        const found = clean(field, row[field.id]);
        if (!found.code) {
          if (found.value !== null) good[field.id] = found.value;
          continue;
        }
        const path = pathOf(section, section.repeat ? index : null, field);
        refused.set(path, { path, code: found.code, message: found.message[language] });
      }
      return good;
    });
    cleaned[section.id] = section.repeat ? kept : kept[0];
  }
  return { cleaned, refused };
}

function pathOf(section, index, field) {
  return [section.id, ...(index === null ? [] : [index]), field.id].join(".");
}

function sectionErrors(opened, refused, unsettled, language, today) {
  const { section, rows } = opened;
  const errors = [];
  const { repeat } = section;
  const tell = (code, zh, en) => errors.push({ path: section.id, code, message: language === "zh" ? zh : en });
  if (repeat && rows.length < repeat.min) tell("too_few_rows", `至少填写${repeat.min}条`, `Give at least ${repeat.min}`);
  if (repeat && rows.length > repeat.max) tell("too_many_rows", `最多填写${repeat.max}条`, `Give at most ${repeat.max}`);
  for (const row of rows) {
    for (const field of section.fields) {
      const path = pathOf(section, row.index, field);
      if (row.fields.includes(field)) {
        const error = fieldError(row, section, field, path, refused, unsettled, language, today);
        if (error) {
          unsettled.add(path);
          errors.push(error);
        }
      } else if (readsUnsettled(field.visible, path, unsettled)) unsettled.add(path);
    }
  }
  const failed = firstFailed(section.checks, section.id, opened.scope, unsettled, today);
  if (failed) errors.push(failed);
  return errors;
}

function fieldError(row, section, field, path, refused, unsettled, language, today) {
  if (refused.has(path)) return refused.get(path);
  if (field.id in row.kept) return firstFailed(field.checks, path, row.scope, unsettled, today);
  if (!isMissing(row, field, today)) return null;
  const rules = [section.visible, field.visible, typeof field.required === "boolean" ? null : field.required];
  // Whether it is asked at all may turn when an answer still to be mended is mended.
  if (rules.some((rule) => readsUnsettled(rule, path, unsettled))) return null;
  return { path, code: "required", message: REQUIRED[language] };
}

/** Say whether a question has to be answered and is not. */
export function isMissing(row, field, today = localToday()) {
  if (field.id in row.kept || field.required === false) return false;
  return field.required === true || evaluate(field.required, row.scope, today);
}

function firstFailed(checks, path, scope, unsettled, today) {
  for (const check of checks) {
    if (readsUnsettled(check.rule, path, unsettled)) continue;
    if (!evaluate(check.rule, scope, today)) return { path, code: check.code, message: check.message };
  }
  return null;
}

function readsUnsettled(rule, path, unsettled) {
  if (unsettled.size === 0 || rule === null || rule === undefined) return false;
  const place = path.includes(".") ? path.slice(0, path.lastIndexOf(".")) : "";
  return [...pathsIn(rule)].some((read) => {
    const full = read.startsWith("this.") ? `${place}.${read.slice(5)}` : read;
    return [...unsettled].some((each) => each === full || each.startsWith(`${full}.`) || full.startsWith(`${each}.`));
  });
}

/** Yield the dotted paths a rule looks at, those of a row's own answers with "this." before. */
export function* pathsIn(logic) {
  if (Array.isArray(logic)) {
    for (const part of logic) yield* pathsIn(part);
  } else if (typeof logic === "object" && logic !== null) {
    for (const [operator, argument] of Object.entries(logic)) {
      if (operator === "var") {
        yield String(Array.isArray(argument) ? argument[0] : argument);
      } else if (SCOPED.has(operator) && Array.isArray(argument)) {
        yield* pathsIn(argument[0]);
      } else yield* pathsIn(argument);
    }
  }
}
