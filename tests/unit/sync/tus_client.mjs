// tus-js-client against a hall: brings the file at PATH to URL in pieces, signed as
// docs/sync-protocol.md says, and tells what it sent. Settings come as JSON on standard input.
import { createHash, createPrivateKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { DefaultHttpStack, Upload } from "tus-js-client";

const told = JSON.parse(readFileSync(0, "utf8"));
const pkcs8 = Buffer.concat([
  Buffer.from("302e020100300506032b657004220420", "hex"),
  Buffer.from(told.key, "hex"),
]);
const key = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });

/** Sign method, path and body (RFC 9421 with Content-Digest of RFC 9530). */
function signed(request, body) {
  const digest = `sha-256=:${createHash("sha256").update(body ?? "").digest("base64")}:`;
  const created = Math.floor(Date.now() / 1000);
  const covered = `("@method" "@path" "content-digest");created=${created};keyid="${told.keyId}";alg="ed25519"`;
  const base = [
    `"@method": ${request.getMethod()}`,
    `"@path": ${new URL(request.getURL()).pathname}`,
    `"content-digest": ${digest}`,
    `"@signature-params": ${covered}`,
  ].join("\n");
  request.setHeader("Content-Digest", digest);
  request.setHeader("Signature-Input", `sig1=${covered}`);
  request.setHeader("Signature", `sig1=:${sign(null, Buffer.from(base), key).toString("base64")}:`);
}

class SigningStack extends DefaultHttpStack {
  createRequest(method, url) {
    const request = super.createRequest(method, url);
    const send = request.send.bind(request);
    request.send = (body) => {
      signed(request, body);
      return send(body);
    };
    return request;
  }
}

const file = readFileSync(told.path);
const requests = [];
const upload = new Upload(file, {
  httpStack: new SigningStack({}),
  uploadUrl: told.url,
  chunkSize: told.chunkSize,
  retryDelays: told.retryDelays,
  // The hall learns how long a file is from its pieces, not from a creation.
  uploadLengthDeferred: true,
  headers: { "Upload-Length": String(file.length) },
  onBeforeRequest: (request) => {
    requests.push([request.getMethod(), Number(request.getHeader("Upload-Offset") ?? -1)]);
  },
  onSuccess: () => console.log(JSON.stringify({ requests })),
  onError: (error) => {
    console.log(JSON.stringify({ requests, error: String(error) }));
    process.exitCode = 1;
  },
});
upload.start();
