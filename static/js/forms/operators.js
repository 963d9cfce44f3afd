// What each operator of a rule means: the same here and in forms/operators.py.
//
// Every one takes any values and never throws: what cannot be computed is null. Must not know
// fields, items or the clock. Neighbours: rules.js installs these; docs/rules-and-search.md has the
// table; the vectors of the tests hold on both sides.

const DECIMAL = /^-?[0-9]+(\.[0-9]+)?$/;
const ISO_DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
const IDENTITY = /^.{6}([0-9]{4})([0-9]{2})([0-9]{2}).{2}(.).$/su;
const PLACE_IN_LIST = /^(0|[1-9][0-9]*)$/;
const DAY_MS = 86_400_000;
// Between these both languages write numbers alike.
const PLAIN_FROM = 1e-4;
const PLAIN_UNTIL = 1e16;

/** Say whether a value counts as true: all but null, false, 0, "" and the empty list do. */
export function isTrue(value) {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

/** Read a dotted path: keys of objects, places of lists from 0; nothing else is there. */
export function read(data, path, otherwise) {
  if (path === undefined || path === null || path === "") return data;
  let found = data;
  for (const key of String(path).split(".")) {
    const isList = Array.isArray(found) && PLACE_IN_LIST.test(key);
    const isObject = !Array.isArray(found) && typeof found === "object" && found !== null;
    if (!(isList || isObject) || !Object.prototype.hasOwnProperty.call(found, key)) {
      return otherwise ?? null;
    }
    found = found[key];
  }
  return found;
}

/** Return a number, or what a decimal text ("-12.50") says; null for everything else. */
function number(value) {
  const found = typeof value === "string" && DECIMAL.test(value) ? Number(value) : value;
  return typeof found === "number" && Number.isFinite(found) ? found : null;
}

function isSame(one, other) {
  const first = one ?? null;
  return first === (other ?? null) && (first === null || typeof first !== "object");
}

function isAlike(one, other) {
  if ((typeof one === "string") !== (typeof other === "string")) {
    const first = number(one);
    return first !== null && first === number(other);
  }
  return isSame(one, other);
}

function comparing(holds) {
  return function compare(one, other, ...more) {
    const areTexts = typeof one === "string" && typeof other === "string";
    const [first, second] = areTexts ? [one, other] : [number(one), number(other)];
    if (first === null || second === null) return false;
    return holds(first, second) && (more.length === 0 || compare(other, ...more));
  };
}

function within(part, whole) {
  if (typeof whole === "string") return typeof part === "string" && whole.includes(part);
  return Array.isArray(whole) && whole.some((each) => isSame(part, each));
}

function text(value) {
  if (value === undefined || value === null || typeof value === "string") return value ?? "";
  if (typeof value === "boolean") return String(value);
  const found = number(value);
  const size = Math.abs(found);
  const isPlain = found !== null && (found === 0 || (size >= PLAIN_FROM && size < PLAIN_UNTIL));
  return isPlain ? String(found) : null;
}

function cat(...parts) {
  const texts = parts.map(text);
  return texts.includes(null) ? null : texts.join("");
}

function computing(compute) {
  return (...values) => {
    const numbers = values.map(number);
    return numbers.includes(null) ? null : number(compute(...numbers));
  };
}

/** Return [year, month, day] of parts that are a day of the calendar, else null. */
function calendarDay(parts) {
  const [year, month, day] = parts.map(Number);
  const found = new Date(0);
  found.setUTCFullYear(year, month - 1, day);
  const isDay = year > 0 && found.getUTCMonth() === month - 1 && found.getUTCDate() === day;
  return isDay ? [year, month, day] : null;
}

function dayOf(value) {
  return typeof value === "string" && ISO_DATE.test(value) ? calendarDay(value.split("-")) : null;
}

function instant([year, month, day]) {
  return new Date(0).setUTCFullYear(year, month - 1, day);
}

function identity(value) {
  return typeof value === "string" ? IDENTITY.exec(value) : null;
}

function birthDate(value) {
  const parts = identity(value)?.slice(1, 4);
  return parts && calendarDay(parts) ? parts.join("-") : null;
}

function sex(value) {
  const sign = typeof value === "string" && [...value].length === 18 ? [...value][16] : "";
  return /^[0-9]$/.test(sign) ? (Number(sign) % 2 ? "male" : "female") : null;
}

/** Return whole years from a date, or the birth date inside a resident ID, to `on`. */
export function age(bornOrIdentity, on) {
  const born = dayOf(bornOrIdentity) ?? dayOf(birthDate(bornOrIdentity));
  const day = dayOf(on);
  if (!born || !day) return null;
  const isBefore = day[1] < born[1] || (day[1] === born[1] && day[2] < born[2]);
  return day[0] - born[0] - (isBefore ? 1 : 0);
}

function daysBetween(start, end) {
  const [first, last] = [dayOf(start), dayOf(end)];
  return first && last ? (instant(last) - instant(first)) / DAY_MS : null;
}

function distinct(rows, key) {
  if (typeof key !== "string") return true;
  const values = (Array.isArray(rows) ? rows : [])
    .filter((row) => typeof row === "object" && row !== null && !Array.isArray(row))
    .map((row) => (Object.prototype.hasOwnProperty.call(row, key) ? row[key] : null))
    .filter((value) => ["string", "number", "boolean"].includes(typeof value));
  return new Set(values).size === values.length;
}

export const OPERATORS = {
  "==": isAlike,
  "!=": (one, other) => !isAlike(one, other),
  "===": isSame,
  "!==": (one, other) => !isSame(one, other),
  "<": comparing((one, other) => one < other),
  "<=": comparing((one, other) => one <= other),
  ">": comparing((one, other) => one > other),
  ">=": comparing((one, other) => one >= other),
  "!": (value) => !isTrue(value),
  "!!": (value) => isTrue(value),
  in: within,
  cat,
  "+": computing((...values) => values.reduce((sum, value) => sum + value, 0)),
  "-": computing((first = 0, second = undefined) => (second === undefined ? -first : first - second)),
  "*": computing((...values) => values.reduce((product, value) => product * value, 1)),
  min: computing((...values) => Math.min(...values)),
  max: computing((...values) => Math.max(...values)),
  birth_date: birthDate,
  sex,
  days_between: daysBetween,
  amount: number,
  year: (value) => dayOf(value)?.[0] ?? null,
  size: (value) => (Array.isArray(value) ? value.length : 0),
  distinct,
};
