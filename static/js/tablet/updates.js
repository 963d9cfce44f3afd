// A new release or a new app: it is fetched beside the present one, told by a banner, and taken only when
// no form is open or when the person says so. Neighbour: service-worker.js.

const HOUR = 3_600_000;

let waiting = null;
let isTaking = false;

/** Register the service worker; `onWaiting` is called when another version lies ready. */
export async function startUpdates(onWaiting) {
  if (!("serviceWorker" in navigator)) return;
  const wasControlled = Boolean(navigator.serviceWorker.controller);
  const registration = await navigator.serviceWorker.register("/tablet/sw.js", { scope: "/tablet/", updateViaCache: "none" });
  const look = () => {
    if (registration.waiting && navigator.serviceWorker.controller) {
      waiting = registration.waiting;
      onWaiting();
    }
  };
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", look);
  });
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (isTaking || !wasControlled) {
      if (isTaking) location.reload();
    }
  });
  look();
  setInterval(() => registration.update().catch(() => {}), HOUR);
  addEventListener("online", () => registration.update().catch(() => {}));
}

/** Ask whether there is a new version. */
export async function ask() {
  const registration = await navigator.serviceWorker?.getRegistration("/tablet/");
  await registration?.update().catch(() => {});
}

/** Say whether another version lies ready. */
export function isReady() {
  return waiting !== null;
}

/** Go over to it; the page is loaded anew. */
export function take() {
  if (!waiting || isTaking) return;
  isTaking = true;
  waiting.postMessage("take-over");
}

/** Resolve when everything of this version is there to be used without a line. */
export async function ready() {
  await navigator.serviceWorker?.ready;
}
