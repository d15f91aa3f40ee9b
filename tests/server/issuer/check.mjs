// Access tokens of a certified OpenID provider (oidc-provider) against `samos serve --oidc-issuer`: those that count let in as
// far as the operator's policies say; those that do not, forged ones among them, are refused with problem details.
//
//   node check.mjs --samos PATH
import { spawn } from "node:child_process";
import { createHmac, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SignJWT, decodeJwt, decodeProtectedHeader, importJWK } from "jose";
import { AUDIENCE, newKeys, provider } from "./provider.mjs";

const samos = process.argv[process.argv.indexOf("--samos") + 1];
const TOKEN = "a-token-for-the-operator";
const POLICY = `
permit (principal, action == Action::"read", resource);
@id("operators do all")
permit (principal in Role::"operators", action, resource);
permit (principal in Role::"of-aws", action, resource);
@id("rackspace is not theirs")
forbid (principal in Role::"of-aws", action in Action::"manipulation", resource in Provider::"rackspace:rackspace");
`;
const folder = mkdtempSync(join(tmpdir(), "samos-issuer-"));
const closing = [];
let wrong = 0;

function claim(what, holds, said = "") {
  console.log(`${holds ? "ok    " : "WRONG "} ${what}${holds ? "" : `: ${said}`}`);
  if (!holds) wrong += 1;
}

/** Has something serve on a port of its own. */
async function listen(handler) {
  const server = createServer(handler);
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  closing.push(() => server.close());
  return `http://127.0.0.1:${server.address().port}`;
}

async function issuer(keys = newKeys()) {
  let handler = (_, answer) => answer.writeHead(503).end();
  const address = await listen((request, answer) => handler(request, answer));
  const use = (with_keys, named = address) => { handler = provider(named, with_keys).callback(); };
  use(keys);
  return { address, keys, use };
}

/** A token, as the provider gives it to a client. */
async function token(of, client = "readers", resource = AUDIENCE) {
  const form = new URLSearchParams({ grant_type: "client_credentials", client_id: client, client_secret: `secret of ${client}`, resource, scope: "use" });
  const answer = await fetch(`${of.address}/token`, { method: "POST", body: form });
  const body = await answer.json();
  if (!answer.ok) throw new Error(`the provider gives no token: ${JSON.stringify(body)}`);
  return body.access_token;
}

/** samos, with an issuer. */
function serve(words) {
  const child = spawn(samos, ["serve", "--demo", "--listen", "127.0.0.1:0", "--speed", "0", "--allow-update", "--allow-execute", ...words], { stdio: ["ignore", "pipe", "pipe"] });
  closing.push(() => child.kill());
  return new Promise((resolve, reject) => {
    let said = "";
    const hear = (data) => { said += data; const found = /http:\/\/[^/\s]+\//.exec(said); if (found && said.includes("token=")) resolve(found[0].slice(0, -1)); };
    child.stdout.on("data", hear);
    child.stderr.on("data", (data) => { said += data; });
    child.on("exit", (code) => reject(new Error(`ended with ${code}: ${said}`)));
  });
}

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

async function main() {
  const ours = await issuer();
  const files = { token: join(folder, "token"), policy: join(folder, "policy.cedar") };
  writeFileSync(files.token, TOKEN);
  writeFileSync(files.policy, POLICY);
  const words = (address) => ["--token-file", files.token, "--oidc-issuer", address, "--oidc-audience", AUDIENCE, "--oidc-roles", "realm_access.roles", "--oidc-policy", files.policy];
  const address = await serve(words(ours.address));
  const ask = async (bearer, path, body, type = "application/json") => {
    const sent = body === undefined ? {} : { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) };
    const headers = { authorization: `Bearer ${bearer}`, accept: "application/json, text/event-stream, */*;q=0.1" };
    if (body !== undefined) headers["content-type"] = type;
    const answer = await fetch(address + path, { ...sent, headers });
    const text = await answer.text();
    let json; try { json = JSON.parse(text); } catch { json = undefined; }
    return { status: answer.status, headers: answer.headers, text, json };
  };

  const operator = await ask(TOKEN, "/api/v1/status");
  claim("the operator's own token counts as before", operator.status === 200 && operator.json.allows.update, operator.text);

  for (const alg of ["ES256", "RS256", "PS256", "EdDSA"]) {
    const given = await token(ours, "readers", `${AUDIENCE}?alg=${alg}`);
    const said = await ask(given, "/api/v1/instances");
    claim(`a token signed with ${decodeProtectedHeader(given).alg} counts`, decodeProtectedHeader(given).alg === alg && said.status === 200, said.text);
  }

  // What a reader may do, and what not.
  const reader = await token(ours);
  const question = { subjects: ["ec2:web-1", "rackspace:lb-1"], alternatives: 1 };
  const found = await ask(reader, "/api/v1/connect", question);
  claim("a reader may ask for a plan", found.status === 200 && found.json.plans.length > 0, found.text);
  const plan = found.json.plans[0];
  const approve = plan.cost.manipulations;
  const status = await ask(reader, "/api/v1/status");
  claim("a reader is told that it may change and run nothing", status.json.allows.update === false && status.json.allows.run === false, status.text);
  const forbidden = {
    "change facts": ["/api/v1/observations", []],
    "update with SPARQL": ["/sparql", "INSERT DATA { <urn:a> <urn:b> 1 }", "application/sparql-update"],
    "write a graph": ["/store?graph=urn:g", "<urn:a> <urn:b> 1 .", "text/turtle"],
    "have a thing looked at anew": ["/api/v1/entities/ec2:web-1/refresh", {}],
    "approve a plan": [`/api/v1/plans/${plan.fingerprint}/approval`, { changes: approve }],
    "run a plan": [`/api/v1/plans/${plan.fingerprint}/apply`, { approve }],
    "begin the demo anew": ["/api/v1/demo/reset", {}],
  };
  for (const [what, [path, body, type]] of Object.entries(forbidden)) {
    const said = await ask(reader, path, body, type);
    claim(`a reader may not ${what}`, said.status === 403 && said.json?.code === "U0304" && said.headers.get("content-type") === "application/problem+json", `${said.status} ${said.text}`);
  }
  const mcp = async (bearer, method, params, session) => {
    const headers = { authorization: `Bearer ${bearer}`, "content-type": "application/json", accept: "application/json, text/event-stream" };
    if (session) headers["mcp-session-id"] = session;
    const id = method.startsWith("notifications/") ? {} : { id: 1 };
    const answer = await fetch(`${address}/mcp`, { method: "POST", headers, body: JSON.stringify({ jsonrpc: "2.0", ...id, method, params }) });
    return { session: answer.headers.get("mcp-session-id"), text: await answer.text() };
  };
  const { session } = await mcp(reader, "initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "check", version: "1" } });
  await mcp(reader, "notifications/initialized", {}, session);
  const tool = await mcp(reader, "tools/call", { name: "run_plan", arguments: { fingerprint: plan.fingerprint } }, session);
  claim("a reader's agent may not run a plan either", tool.text.includes("U0304"), tool.text);

  const halves = await token(ours, "of-aws");
  const half = await ask(halves, `/api/v1/plans/${plan.fingerprint}/apply`, { approve });
  claim("a plan with a step that is not permitted is not begun, and the policy is named", half.status === 403 && half.text.includes("rackspace:AddNode") && half.text.includes("rackspace is not theirs"), half.text);
  const whole = await token(ours, "operators");
  const begun = await ask(whole, `/api/v1/plans/${plan.fingerprint}/apply`, { approve });
  claim("an operator runs it", begun.status === 202, begun.text);

  // What does not count.
  const refused = async (what, bearer, reason) => {
    const said = await ask(bearer, "/api/v1/instances");
    const challenge = said.headers.get("www-authenticate") ?? "";
    const holds = said.status === 401 && said.json?.code === "H0113" && said.text.includes(reason) && challenge.includes("invalid_token") && said.headers.get("content-type") === "application/problem+json";
    claim(`refused: ${what} (“${reason}”)`, holds, `${said.status} ${challenge} ${said.text}`);
  };
  const [head, payload, signature] = reader.split(".");
  const claims = decodeJwt(reader);
  const header = decodeProtectedHeader(reader);
  await refused("for another audience", await token(ours, "readers", "urn:somebody:else"), "another audience");
  const theirs = await issuer(ours.keys);
  await refused("of another issuer that has the same keys", await token(theirs), "another issuer");
  const now = Date.now;
  Date.now = () => now() - 7_200_000;
  const old = await token(ours);
  Date.now = now;
  await refused("expired", old, "expired");
  const private_ec = ours.keys.find((key) => key.kty === "EC");
  const key = await importJWK(private_ec, "ES256");
  const signed = (changed, with_key = key, with_header = header) => new SignJWT({ ...claims, ...changed }).setProtectedHeader(with_header).sign(with_key);
  await refused("not valid yet", await signed({ nbf: claims.iat + 3_600 }), "not valid yet");
  await refused("without an end", await signed({ exp: undefined }), "exp");
  await refused("without an audience", await signed({ aud: undefined }), "aud");
  await refused("of nobody", await signed({ sub: undefined }), "sub");
  await refused("of another kind", await signed({}, key, { ...header, typ: "logout+jwt" }), "another kind");
  await refused("with the algorithm none", `${encoded({ ...header, alg: "none" })}.${payload}.`, "algorithm");
  await refused("with the algorithm none and the old signature", `${encoded({ ...header, alg: "none" })}.${payload}.${signature}`, "algorithm");
  const { d, ...public_ec } = private_ec;
  const shared = `${encoded({ ...header, alg: "HS256" })}.${payload}`;
  await refused("signed with the public key as a shared secret", `${shared}.${createHmac("sha256", JSON.stringify(public_ec)).update(shared).digest("base64url")}`, "shared secret");
  const forger = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await refused("signed with a forger's key under the issuer's name for its own", await signed({}, forger.privateKey), "signature");
  await refused("signed with a forger's key that it brings along", await signed({}, forger.privateKey, { ...header, jwk: forger.publicKey.export({ format: "jwk" }) }), "signature");
  await refused("signed with a key that nobody published", await signed({}, forger.privateKey, { ...header, kid: "mine" }), "no key");
  await refused("changed after it was signed", `${head}.${encoded({ ...claims, realm_access: { roles: ["operators"] } })}.${signature}`, "signature");
  await refused("cut short", `${head}.${payload}.${signature.slice(0, -6)}`, "signature");
  const rubbish = await ask("no-token-at-all", "/api/v1/instances");
  claim("what is no token at all is refused as before", rubbish.status === 401 && rubbish.json.code === "H0102", rubbish.text);

  // Keys change: the new ones are found, the old ones forgotten.
  ours.use(newKeys());
  const fresh = await token(ours);
  const until = now() + 60_000;
  let said;
  do said = await ask(fresh, "/api/v1/instances"); while (said.status !== 200 && now() < until);
  claim("a token signed with a new key of the issuer's counts", said.status === 200, said.text);
  await refused("signed with a key that the issuer withdrew", reader, "no key");

  // An issuer that cannot be one.
  const other = await issuer();
  other.use(other.keys, "http://127.0.0.1:1");
  for (const [what, at, reason] of [["is called otherwise", other.address, "calls itself"], ["is not there", "http://127.0.0.1:1", "cannot be used"], ["is not asked over HTTPS", "http://issuer.example", "not HTTPS"]]) {
    const failed = await serve(words(at)).then(() => "it began", (error) => String(error));
    claim(`an issuer that ${what} is told at once`, failed.includes(reason), failed);
  }
}

try {
  await main();
} catch (error) {
  wrong += 1;
  console.log(error);
} finally {
  closing.forEach((close) => close());
  rmSync(folder, { recursive: true, force: true });
}
console.log(wrong === 0 ? "all is well" : `${wrong} things are wrong`);
process.exit(wrong === 0 ? 0 : 1);
