// Rules of a definition: JSON Logic with a few named operators, as in forms/rules.py.
//
// json-logic-js reads and walks an expression; the operators a definition may use are ours
// (operators.js). Must not know fields, items or answers' meaning.

import jsonLogic from "json-logic-js";
import { OPERATORS, age, isTrue, read } from "./operators.js";

// The day of judging, set for the time of one evaluation: an expression has no other clock.
let day = null;

for (const [name, operator] of Object.entries(OPERATORS)) {
  jsonLogic.add_operation(name, (...values) => operator(...values));
}
jsonLogic.add_operation("var", function readVariable(path, otherwise) {
  return read(this, path, otherwise);
});
jsonLogic.add_operation("today", () => day);
jsonLogic.add_operation("age", (...values) => age(values[0], values.length > 1 ? values[1] : day));

/** Return today's date in Asia/Shanghai as ISO text. */
export function localToday() {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai" }).format(new Date());
}

/** Return what an expression comes to, null for what cannot be computed; throws if it is ill formed. */
export function compute(rule, data, today = localToday()) {
  day = today;
  return jsonLogic.apply(rule, data) ?? null;
}

/** Say whether a rule holds for `data` as on `today` (ISO date); what cannot be computed is false. */
export function evaluate(rule, data, today = localToday()) {
  try {
    return isTrue(compute(rule, data, today));
  } catch {
    return false;
  }
}
