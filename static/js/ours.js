// The codes that hold a token or the code of a hand-off (kiosk/materials/scan.py reads them). They belong
// into no address: not into that of a search either.

const OURS = /^\s*((JSB1|SIM1)\.|https?:\/\/[^/\s?#]+\/h#)/i;

/** Say whether a text begins as such a code does; whether it is a good one only the server tells. */
export function isOurs(text) {
  return OURS.test(text);
}
