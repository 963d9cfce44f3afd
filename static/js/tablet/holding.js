// One form is filled in one tab. Two tabs that write the same draft would write over each other, so the tab
// that shows it holds it (Web Locks), and another says so; a person may take it over there. Must not know
// what a draft is. Neighbour: showing.js asks before a page of a form is drawn.

let held = null;

/** Hold a form for this tab; false when another tab has it. `isTaking` takes it from there, `lost` is called
 * when it is taken from here. */
export function hold(id, lost, isTaking = false) {
  if (held?.id === id) return Promise.resolve(true);
  letGo();
  const mine = { id, end: () => {} };
  return new Promise((answer) => {
    const how = isTaking ? { steal: true } : { ifAvailable: true };
    navigator.locks
      .request(`tablet-form-${id}`, how, (lock) => {
        answer(Boolean(lock));
        if (!lock) return undefined;
        held = mine;
        return new Promise((end) => {
          mine.end = end;
        });
      })
      .catch(() => {
        if (held !== mine) return;
        held = null;
        lost();
      });
  });
}

let opened = null;

/** Note that this tab is unlocked. */
export function noteOpen() {
  if (opened) return;
  let end;
  const whole = new Promise((done) => {
    end = done;
  });
  opened = { end, over: navigator.locks.request("tablet-open", { mode: "shared" }, () => whole) };
}

/** Note that this tab is locked, and do `work` if no other is open: what ends for one ends for all. */
export async function noteLocked(work) {
  opened?.end();
  await opened?.over;
  opened = null;
  await navigator.locks.request("tablet-open", { ifAvailable: true }, (isLast) => (isLast ? work() : undefined));
}

/** Let another tab have what this one holds. */
export function letGo() {
  held?.end();
  held = null;
}
