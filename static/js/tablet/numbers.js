// Final receipt numbers, leased from the terminal in advance: a receipt made without a line keeps its
// number for ever. Neighbours: queue.js takes one in the transaction that makes a case.

import { openValue } from "./keyring.js";
import { count, firstRow, rows, write } from "./vault.js";

export const LEAST = 50;
const AT_ONCE = 100;

/** Return how many numbers are left. */
export function left() {
  return count("numbers");
}

/** Ask the terminal for more when there are few; `lease` is terminal.leases, `given` tells the numbers that cases
 * of this tablet have. The terminal hears all that are here: those of an answer that was lost are not. */
export async function refill(lease, given) {
  if ((await left()) >= LEAST) return;
  let holding = [];
  await write(async () => {
    holding = [...(await rows("numbers")).map((each) => each.id), ...(await given())];
    return [];
  });
  const labels = await lease(AT_ONCE, holding);
  await write(labels.map(({ number, token }) => ["numbers", "put", { id: number, clear: { number, token } }]));
}

/** Return one label and the change that takes it away, or null when none is left; only within the write that
 * does so (vault.js:write), or two cases would get the same. */
export async function next() {
  const first = await firstRow("numbers");
  if (!first) return null;
  return { label: await openValue(first.sealed), change: ["numbers", "delete", first.id] };
}
