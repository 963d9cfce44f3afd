// Pages of a kiosk only: its clock, what it shows while nobody is there, and its keyboard.
// Without this file the pages work; the server wipes what is left behind by itself.

import { attract } from "./kiosk/attract.js";
import { watch } from "./kiosk/idle.js";
import { lendKeyboard } from "./kiosk/lending.js";

const question = document.querySelector("[data-idle]");
const pictures = document.querySelector("[data-attract]");
if (question) watch(question);
if (pictures) attract(pictures);
lendKeyboard(document.querySelector("[data-board]"));
