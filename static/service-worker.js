// Keeps the tablets' app for a day without a line: its shell in each language, what it is built of, and
// every form of the release. The server says before this text which release that is (self.TABLET:
// kiosk/terminal/tablet.py), the build which files (__ASSETS__), so a change of either makes another worker. It
// waits until the app says that no form is open. Nothing of a person passes through here into a cache.

import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from "workbox-precaching";
import { registerRoute } from "workbox-routing";

const { release, shell, index, codes, languages } = self.TABLET;

const wanted = [
  ...languages.map((language) => ({ url: `/tablet/?lang=${language}`, revision: shell })),
  ...__ASSETS__.map((name) => ({ url: `/static/${name}`, revision: null })),
  { url: `/api/v1/search-index/${index}`, revision: null },
  ...languages.flatMap((language) => [
    { url: `/tablet/names/${release}/${language}`, revision: null },
    ...codes.map((code) => ({ url: `/tablet/forms/${release}/${language}/${code}`, revision: null })),
  ]),
];

precacheAndRoute(wanted, { ignoreURLParametersMatching: [], directoryIndex: null, cleanURLs: false });
cleanupOutdatedCaches();

const shells = Object.fromEntries(languages.map((language) => [language, createHandlerBoundToURL(`/tablet/?lang=${language}`)]));
const isShell = ({ url, request }) => request.mode === "navigate" && url.pathname === "/tablet/";

registerRoute(isShell, (options) => (shells[options.url.searchParams.get("lang")] ?? shells.zh)(options));

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  if (event.data === "take-over") self.skipWaiting();
});

// The key is in the app's memory alone, so what is queued can only be sent by an app that is unlocked.
self.addEventListener("sync", (event) => {
  const wake = async () => {
    const open = await self.clients.matchAll({ type: "window" });
    for (const client of open) client.postMessage("send");
  };
  if (event.tag === "send") event.waitUntil(wake());
});
