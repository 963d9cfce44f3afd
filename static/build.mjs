// Builds the front end: static/js, static/css and static/img → static/build/.
//
// Every file directly in js/ and css/ is an entry (page scripts are ES modules; files in folders below
// are parts that entries import), every file in img/ is copied. Names carry a hash of their content, so a
// browser may keep them for ever; manifest.json maps "js/home.js" → "js/home-X7Q2LM4A.js". Beside each
// file that shrinks lies a .gz. Third-party code (WeUI, JSON Logic) comes in through imports in the
// sources. The same sources give the same bytes.
//
// The service worker and the web manifest need stable addresses: they are built without a hash as
// static/build/service-worker.js and static/build/manifest.webmanifest, are in manifest.json under their
// own names, and must not be served as immutable. The service worker finds what to keep of the tablets'
// app in `__ASSETS__`, the hashed names.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { build } from "esbuild";
import { makeWords } from "./words.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const finished = path.join(here, "build");
// Built beside the finished folder and swapped in at the end: a failed build leaves the old one.
const target = path.join(here, "build.new");
const browsers = ["chrome90", "firefox90", "safari14.1"];
const compressible = /\.(js|css|svg|json|webmanifest|map|txt)$/;

// The module "words" that the kiosk's keyboard imports has no file: it is made here (words.mjs).
const words = {
  name: "words",
  setup(made) {
    made.onResolve({ filter: /^words$/ }, () => ({ path: "words", namespace: "made" }));
    made.onLoad({ filter: /.*/, namespace: "made" }, async () => {
      return { contents: JSON.stringify(await makeWords()), loader: "json" };
    });
  },
};

// Of each built file, the built files it imports.
const imports = new Map();

async function filesIn(folder) {
  const full = path.join(here, folder);
  if (!existsSync(full)) return [];
  const entries = await readdir(full, { withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => `${folder}/${entry.name}`).sort();
}

async function bundle(entries, options) {
  if (entries.length === 0) return {};
  const result = await build({
    absWorkingDir: here,
    entryPoints: entries,
    outdir: target,
    outbase: here,
    entryNames: "[dir]/[name]-[hash]",
    chunkNames: "js/part-[hash]",
    assetNames: "img/[name]-[hash]",
    loader: { ".png": "file", ".svg": "file", ".woff2": "file", ".ttf": "dataurl" },
    bundle: true,
    minify: true,
    legalComments: "none",
    charset: "utf8",
    target: browsers,
    metafile: true,
    logLevel: "warning",
    ...options,
  });
  const names = {};
  const built = (output) => path.relative(target, path.join(here, output));
  for (const [output, meta] of Object.entries(result.metafile.outputs)) {
    if (meta.entryPoint) names[meta.entryPoint] = built(output);
    imports.set(built(output), meta.imports.filter((each) => !each.external).map((each) => built(each.path)));
  }
  return names;
}

async function copyHashed(files) {
  const names = {};
  for (const file of files) {
    const content = await readFile(path.join(here, file));
    const hash = createHash("sha256").update(content).digest("hex").slice(0, 8).toUpperCase();
    const { dir, name, ext } = path.parse(file);
    names[file] = `${dir}/${name}-${hash}${ext}`;
    await mkdir(path.join(target, dir), { recursive: true });
    await writeFile(path.join(target, names[file]), content);
  }
  return names;
}

// What the tablets' app is built of, with the parts its scripts import: their chunks have no source of their own.
function partsOfTablet(names) {
  const found = new Set([names["css/app.css"], names["js/app.js"], names["js/tablet.js"]]);
  for (const [source, built] of Object.entries(names)) if (source.startsWith("img/")) found.add(built);
  for (const each of found) for (const part of imports.get(each) ?? []) found.add(part);
  return [...found].sort();
}

async function buildStable(names) {
  const assets = partsOfTablet(names);
  const stable = {};
  if (existsSync(path.join(here, "service-worker.js"))) {
    await bundle(["service-worker.js"], {
      entryNames: "[name]",
      format: "iife",
      define: {
        __ASSETS__: JSON.stringify(assets),
        "process.env.NODE_ENV": '"production"',
      },
    });
    stable["service-worker.js"] = "service-worker.js";
  }
  if (existsSync(path.join(here, "manifest.webmanifest"))) {
    // Icons are named by their source path in the file and by their built one in the result.
    const manifest = JSON.parse(await readFile(path.join(here, "manifest.webmanifest"), "utf8"));
    for (const icon of manifest.icons ?? []) icon.src = names[icon.src] ?? icon.src;
    await writeFile(path.join(target, "manifest.webmanifest"), JSON.stringify(manifest));
    stable["manifest.webmanifest"] = "manifest.webmanifest";
  }
  return stable;
}

async function compress(folder) {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) await compress(full);
    else if (compressible.test(entry.name)) {
      const content = await readFile(full);
      const small = await promisify(gzip)(content, { level: 9 });
      if (small.length < content.length) await writeFile(`${full}.gz`, small);
    }
  }
}

await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
const scripts = (await filesIn("js")).filter((file) => /\.m?js$/.test(file));
const sheets = (await filesIn("css")).filter((file) => file.endsWith(".css"));
const names = {
  ...(await bundle(scripts, { format: "esm", splitting: true, plugins: [words] })),
  ...(await bundle(sheets, {})),
  ...(await copyHashed(await filesIn("img"))),
};
Object.assign(names, await buildStable(names));
await compress(target);
const sorted = Object.fromEntries(Object.entries(names).sort(([a], [b]) => (a < b ? -1 : 1)));
await writeFile(path.join(target, "manifest.json"), `${JSON.stringify(sorted, null, 2)}\n`);
await rm(finished, { recursive: true, force: true });
await rename(target, finished);
