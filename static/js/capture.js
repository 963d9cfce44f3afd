// Taking pictures of papers: the live camera, and a look at each picture before it is sent. What is
// found is advice; the server looks again. Pictures are made smaller here, so that one of a phone is
// never too big. Without this file the field for a picture and its button remain.
import { startCutting } from "./capture/cutter.js";
import { faultsOf } from "./capture/quality.js";

const LONGEST_EDGE = 2400;
const QUALITY = 0.9;
const WANTED = { facingMode: "environment", width: { ideal: 2560 }, height: { ideal: 1920 } };

function startTaking(form) {
  const part = (name) => form.querySelector(`[data-${name}]`);
  const input = form.querySelector("input[type=file]");
  const video = form.querySelector("video");
  const shown = part("doubt").querySelector("canvas");
  let stream = null;
  const words = part("label").textContent;
  let kept = null;

  for (const without of form.querySelectorAll("[data-without-script]")) without.hidden = true;
  if (window.isSecureContext && navigator.mediaDevices?.getUserMedia) {
    part("open").hidden = false;
    part("ways").classList.add("capture__ways_live");
  }

  function show(name) {
    for (const each of ["live", "doubt", "ways"]) part(each).hidden = each !== name;
  }

  function close() {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    video.srcObject = null;
  }

  async function open() {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: WANTED });
    } catch (error) {
      const told = part("off");
      told.textContent = error.name === "NotFoundError" ? told.dataset.missing : told.dataset.denied;
      told.hidden = false;
      part("open").hidden = true;
      part("ways").classList.remove("capture__ways_live");
      show("ways");
      return;
    }
    video.srcObject = stream;
    show("live");
    await video.play();
    part("shoot").focus();
  }

  // A canvas of at most this many pixels with what the source shows now.
  function drawn(source, width, height) {
    const scale = Math.min(1, LONGEST_EDGE / Math.max(width, height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const brush = canvas.getContext("2d");
    brush.imageSmoothingQuality = "high";
    brush.drawImage(source, 0, 0, canvas.width, canvas.height);
    return canvas;
  }

  // Null for what this browser cannot read: the server says what is wrong with it.
  async function opened(file) {
    try {
      const bitmap = await createImageBitmap(file);
      return drawn(bitmap, bitmap.width, bitmap.height);
    } catch {
      return null;
    }
  }

  async function asFile(canvas, name) {
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    return new File([blob], name, { type: "image/jpeg" });
  }

  function say(words) {
    part("label").textContent = words;
    part("label").parentElement.classList.toggle("pick_busy", words === input.dataset.busy);
  }

  function send(files, anyway) {
    const box = new DataTransfer();
    for (const file of files) box.items.add(file);
    input.files = box.files;
    form.elements.anyway.value = anyway ? "yes" : "";
    close();
    show("ways");
    say(input.dataset.busy);
    form.requestSubmit();
  }

  async function judge(canvas) {
    const found = faultsOf(canvas);
    if (found.length === 0) {
      send([await asFile(canvas, "page.jpg")], false);
      return;
    }
    kept = canvas;
    shown.width = canvas.width;
    shown.height = canvas.height;
    shown.getContext("2d").drawImage(canvas, 0, 0);
    part("found").replaceChildren(...found.map(inWords));
    say(words);
    show("doubt");
    part("doubt").focus();
  }

  function inWords(fault) {
    const line = document.createElement("li");
    line.append(document.querySelector(`template[data-fault="${fault}"]`).content.cloneNode(true));
    return line;
  }

  input.addEventListener("change", async () => {
    const files = [...input.files];
    if (files.length === 0) return;
    say(input.dataset.busy);
    // What was said is drawn before the picture is judged.
    await new Promise((drawn) => setTimeout(drawn, 0));
    if (files.length === 1) {
      const canvas = await opened(files[0]);
      if (canvas) await judge(canvas);
      else send(files, false);
      return;
    }
    const smaller = [];
    for (const [number, file] of files.entries()) {
      const canvas = await opened(file);
      smaller.push(canvas ? await asFile(canvas, `page-${number + 1}.jpg`) : file);
    }
    send(smaller, false);
  });
  part("open").addEventListener("click", open);
  part("close").addEventListener("click", () => {
    close();
    show("ways");
  });
  part("shoot").addEventListener("click", () => judge(drawn(video, video.videoWidth, video.videoHeight)));
  part("retake").addEventListener("click", () => {
    kept = null;
    input.value = "";
    show(stream ? "live" : "ways");
    if (!stream) input.click();
  });
  part("anyway").addEventListener("click", async () => {
    if (kept) send([await asFile(kept, "page.jpg")], true);
  });
  addEventListener("pagehide", close);
}

for (const form of document.querySelectorAll("form[data-capture]")) startTaking(form);
for (const form of document.querySelectorAll("form[data-cut]")) startCutting(form);
