// The peer for `peer_pouchdb_rate`: `serve FOLDER`, or `send FOLDER PORT COUNT BYTES`.
// Both sides keep LevelDB; the server is express-pouchdb in a process of its own, as the hall is.
"use strict";
const path = require("node:path");
const { createRequire } = require("node:module");

const [, , mode, folder, ...rest] = process.argv;
const load = createRequire(path.join(process.cwd(), "peers.js"));
const PouchDB = load("pouchdb-core")
  .plugin(load("pouchdb-adapter-leveldb"))
  .plugin(load("pouchdb-adapter-http"))
  .plugin(load("pouchdb-replication"));

function serve() {
  const Stored = PouchDB.defaults({ adapter: "leveldb", prefix: path.join(folder, "hall-") });
  const options = { mode: "minimumForPouchDB", inMemoryConfig: true, logPath: path.join(folder, "log") };
  const application = load("express")();
  application.use("/", load("express-pouchdb")(Stored, options));
  const listener = application.listen(0, "127.0.0.1", () => {
    console.log(JSON.stringify({ port: listener.address().port }));
  });
}

async function send(port, count, bytes) {
  const { randomBytes } = require("node:crypto");
  const local = new PouchDB(path.join(folder, "terminal"), { adapter: "leveldb" });
  for (let first = 0; first < count; first += 500) {
    const length = Math.min(500, count - first);
    await local.bulkDocs(
      Array.from({ length }, (_, at) => ({
        _id: String(first + at).padStart(8, "0"),
        body: randomBytes(bytes / 2).toString("hex"),
      })),
    );
  }
  const begun = process.hrtime.bigint();
  const done = await local.replicate.to(`http://127.0.0.1:${port}/cases`, { batch_size: 500 });
  const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
  const waits = [];
  for (let turn = 0; turn < 30; turn += 1) {
    const start = process.hrtime.bigint();
    await local.put({ _id: `one-${turn}`, body: randomBytes(bytes / 2).toString("hex") });
    await local.replicate.to(`http://127.0.0.1:${port}/cases`);
    waits.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  waits.sort((a, b) => a - b);
  console.log(JSON.stringify({ written: done.docs_written, seconds, put: waits[15] }));
  process.exit(0);
}

if (mode === "serve") serve();
else send(...rest.map(Number));
