// Final receipt numbers, leased from the terminal in advance: a receipt made without a line keeps its
// number for ever. Neighbours: queue.js takes one in the transaction that makes a case.

import { openValue, sealValue } from "./keyring.js";
import { count, rows, write } from "./vault.js";

export const LEAST = 50;
const AT_ONCE = 100;

/** Return how many numbers are left. */
export function left() {
  return count("numbers");
}

/** Ask the terminal for more when there are few; `lease` is terminal.leases. */
export async function refill(lease) {
  if ((await left()) >= LEAST) return;
  const labels = await lease(AT_ONCE);
  const sealed = await Promise.all(labels.map(async ({ number, token }) => ({ id: number, sealed: await sealValue({ number, token }) })));
  await write(sealed.map((each) => ["numbers", "put", each]));
}

/** Return one label and the change that takes it away, or null when none is left. */
export async function next() {
  const [first] = await rows("numbers");
  if (!first) return null;
  return { label: await openValue(first.sealed), change: ["numbers", "delete", first.id] };
}
