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

/** Let another tab have what this one holds. */
export function letGo() {
  held?.end();
  held = null;
}
