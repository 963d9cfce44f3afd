// Which questions an item asks, given the answers so far: as forms/asking.py.
//
// `item` is what GET /api/v1/items/<code> answers; answers are {section: {field: value}}, a list of
// such rows in a section with repeat. Sections and fields are opened in the order of the definition;
// an answer to a question that is not asked is dropped before any later rule can see it. Must not
// know answer types or pages.

import { evaluate, localToday } from "./rules.js";

/** Return [{section, rows: [{index, fields, kept, scope}], kept, scope}] of the sections asked, in order. */
export function openSections(item, answers, today = localToday()) {
  const kept = {};
  const opened = [];
  for (const section of item.sections) {
    if (holds(section.visible, kept, today)) {
      opened.push(openSection(section, answers[section.id], kept, today));
    }
  }
  return opened;
}

/** Return the sections to ask, in order. */
export function visibleSections(item, answers, today = localToday()) {
  return openSections(item, answers, today).map((opened) => opened.section);
}

/** Return the fields to ask in a section, or in row number `row` of one with repeat; empty if none. */
export function visibleFields(item, section, answers, row = 0, today = localToday()) {
  const given = Array.isArray(answers[section.id]) ? [...answers[section.id]] : [];
  while (given.length <= row) given.push({});
  const filled = section.repeat ? { ...answers, [section.id]: given } : answers;
  const opened = openSections(item, filled, today).find((each) => each.section.id === section.id);
  return opened ? opened.rows[row].fields : [];
}

/** Return the answers without those to questions that are not asked. */
export function keptAnswers(item, answers, today = localToday()) {
  const opened = openSections(item, answers, today);
  return Object.fromEntries(opened.map((each) => [each.section.id, each.kept]));
}

/** Return the materials these answers call for, in the order of the definition. */
export function requiredRequirements(item, answers, today = localToday()) {
  const kept = keptAnswers(item, answers, today);
  return item.requirements.filter((requirement) => holds(requirement.when, kept, today));
}

/** Tell whether these answers can be handed in only with the item's promise. */
export function isCommitmentRequired(item, answers, today = localToday()) {
  if (!item.commitment_required) return false;
  return evaluate(item.commitment_required, keptAnswers(item, answers, today), today);
}

function holds(rule, scope, today) {
  return rule === undefined || rule === null || evaluate(rule, scope, today);
}

function openSection(section, given, kept, today) {
  if (!section.repeat) {
    kept[section.id] = {};
    const row = openRow(section, given, null, kept[section.id], kept, today);
    return { section, rows: [row], kept: kept[section.id], scope: row.scope };
  }
  kept[section.id] = [];
  const rows = (Array.isArray(given) ? given : []).map((entry, index) => {
    const answers = {};
    kept[section.id].push(answers);
    return openRow(section, entry, index, answers, kept, today);
  });
  return { section, rows, kept: kept[section.id], scope: { ...kept } };
}

function openRow(section, given, index, answers, kept, today) {
  const isObject = typeof given === "object" && given !== null && !Array.isArray(given);
  const scope = { ...kept, this: answers };
  const fields = [];
  for (const field of section.fields) {
    if (!holds(field.visible, scope, today)) continue;
    fields.push(field);
    const value = isObject ? given[field.id] : null;
    if (!isEmpty(value)) answers[field.id] = value;
  }
  return { index, fields, kept: answers, scope };
}

function isEmpty(value) {
  if (value === undefined || value === null || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
