// The terminal, as far as a tablet talks to it (docs/tablets.md). Every answer is one of: a value, Refusal
// with the terminal's own words, Unreachable. Must not know the queue or pages.

const API = "/api/v1";
const PATIENCE = 20_000;
const PATIENCE_WITH_A_PARCEL = 120_000;

let csrf = "";

/** The terminal answered and does not want it: `code` for programs, `message` for people, as it came. */
export class Refusal extends Error {
  constructor(status, problem, retryAfter) {
    super(problem.title || String(status));
    this.status = status;
    this.code = problem.code ?? "";
    this.fields = problem.fields ?? [];
    this.retryAfter = retryAfter;
    this.isOfTheWay = false;
  }

  /** Whether the same again may be taken later: the terminal is busy or broken, not of another mind. */
  get isPassing() {
    return this.isOfTheWay || this.status >= 500 || this.status === 429 || this.status === 408;
  }
}

/** Nobody answered. */
export class Unreachable extends Error {}

/** Return what the terminal says of this tablet; with `backlog` and `oldest` it notes them. */
export async function state(backlog, oldest) {
  const report = { backlog, oldest };
  if (backlog === undefined || !csrf) return heard(await get("/tablet/state"));
  try {
    return heard(await post("/tablet/state", report));
  } catch (error) {
    // Somebody signed in in another tab: the token is that session's.
    if (error.status !== 400) throw error;
    heard(await get("/tablet/state"));
    return heard(await post("/tablet/state", report));
  }
}

function heard(told) {
  csrf = told.csrf_token ?? csrf;
  return told;
}

/** Sign somebody in on this tablet. */
export async function signIn(username, password) {
  const told = await post("/session", { username, password });
  csrf = told.csrf_token ?? "";
  return told;
}

/** End the session, if there is one. */
export async function signOut() {
  if (!csrf) await state();
  const headers = { "X-CSRFToken": csrf };
  csrf = "";
  await call("/session", { method: "DELETE", headers });
}

/** Ask for numbers; `holding` are all that this tablet still has, so that the terminal counts no others. */
export async function leases(count, holding) {
  return (await post("/tablet/leases", { count, holding })).numbers;
}

export function handIn(body, key) {
  return post("/tablet/cases", body, { "Idempotency-Key": key });
}

/** Bring what only the terminal can open, of a tablet that is no longer trusted. */
export function handInSealed(bytes) {
  return call("/tablet/sealed", { method: "POST", body: bytes, headers: { "Content-Type": "application/octet-stream", "X-CSRFToken": csrf }, signal: AbortSignal.timeout?.(PATIENCE_WITH_A_PARCEL) });
}

export function workList() {
  return get("/tablet/work");
}

/** Return how far a case has come, shown the token of its receipt. */
export function progress(number, token) {
  return call(`/cases/${number}`, { headers: { Authorization: `Receipt ${token}` } });
}

/** Return the names under which the form of fewer members asks things (kiosk/terminal/conditional.py). */
export async function places(release, code, wanted) {
  return answered(await reached(`/tablet/places/${release}/${code}/${wanted.join(",")}`, {}));
}

/** Return what a request of the app's own has to carry. */
export function headers() {
  return { "X-CSRFToken": csrf };
}

function get(path) {
  return call(path, {});
}

function post(path, body, more = {}) {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": csrf, ...more };
  return call(path, { method: "POST", body: JSON.stringify(body), headers });
}

async function call(path, options) {
  return answered(await reached(API + path, options));
}

async function reached(address, options) {
  const language = document.documentElement.lang;
  const headers = { "Accept-Language": language, ...options.headers };
  try {
    return await fetch(address, { cache: "no-store", signal: AbortSignal.timeout?.(PATIENCE), ...options, headers });
  } catch (error) {
    throw new Unreachable(error.message);
  }
}

async function answered(response) {
  const isJson = (response.headers.get("Content-Type") ?? "").includes("json");
  const body = isJson ? await response.json().catch(() => ({})) : {};
  if (response.ok) return body;
  throw new Refusal(response.status, body, waitTold(response));
}

function waitTold(response) {
  const told = response.headers.get("Retry-After");
  if (!told) return 0;
  return /^[0-9]+$/.test(told) ? Number(told) * 1000 : Math.max(0, Date.parse(told) - Date.now());
}
