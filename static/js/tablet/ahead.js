// The pictures of the case that is sent and of those that come next, a few on their way at once: while the
// terminal takes a case in, the pictures of the next ones come. Must not know how a case is handed in.
// Neighbours: sending.js sends the cases, in order; uploads.js brings one picture.

import { entryOf } from "./queue.js";
import { Unreachable } from "./terminal.js";
import { bring } from "./uploads.js";
import { row } from "./vault.js";

/** Pictures on their way at once, over all cases. Each holds one of the terminal's eight threads while it comes: two
 * tablets on a slow network must leave some for the kiosk. */
const AT_ONCE = 3;
/** Of so many cases beyond the one that is sent the pictures may come already. */
const CASES_AHEAD = 2;

/** Bring the pictures of the cases with these ids of the queue, in this order; `isOfAll` says whether an error ends
 * it for all of them. Nothing begins before the first case is asked for. */
export function ahead(ids, isOfAll) {
  const stop = new AbortController();
  const left = [];
  const brought = new Map();
  const asked = new Set();
  let ended = null;
  let onTheWay = 0;

  function next() {
    while (onTheWay < AT_ONCE && left.length) {
      const work = left.shift();
      onTheWay += 1;
      work().finally(() => {
        onTheWay -= 1;
        next();
      });
    }
  }

  /** Promise the material of a picture, or undefined where the picture is not here any more. */
  function one(id) {
    if (!brought.has(id)) {
      const coming = new Promise((done, fail) => {
        left.push(() => arrived(id).then(done, fail));
      });
      // Its case hears of it when its turn comes; what may pass by then is tried anew.
      coming.catch((error) => {
        if (error.isPassing && brought.get(id) === coming) brought.delete(id);
      });
      brought.set(id, coming);
    }
    return brought.get(id);
  }

  async function arrived(id) {
    if (ended) throw ended;
    try {
      const picture = await row("pictures", id);
      return picture ? await bring(picture, stop.signal) : undefined;
    } catch (error) {
      // What was broken off says why.
      if (ended) throw ended;
      if (isOfAll(error)) end(error);
      throw error;
    }
  }

  async function look(at) {
    for (const id of ids.slice(at + 1, at + 1 + CASES_AHEAD)) {
      if (asked.has(id) || ended) continue;
      asked.add(id);
      const found = await entryOf(id);
      found?.entry.pictures.forEach(one);
      next();
    }
  }

  /** Bring those of a case, and begin with those of the next; return {id: material}. `onPart` hears of each. */
  async function of(found, onPart) {
    const { pictures } = found.entry;
    asked.add(found.row.id);
    let count = 0;
    const coming = pictures.map((id) =>
      one(id).then((material) => {
        count += 1;
        onPart(count / pictures.length);
        return [id, material];
      }),
    );
    next();
    // What cannot be read of a later case is told when that is sent.
    look(ids.indexOf(found.row.id)).catch(() => {});
    try {
      return Object.fromEntries((await Promise.all(coming)).filter(([, material]) => material));
    } finally {
      // Asked again, they are looked at again: the terminal may have them no more.
      for (const id of pictures) brought.delete(id);
    }
  }

  /** Begin no more, and break off what is on its way. */
  function end(reason = new Unreachable("ended")) {
    ended ??= reason;
    stop.abort();
  }

  return { of, end };
}
