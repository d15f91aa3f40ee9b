// A certified OpenID provider (oidc-provider), for all tests that want one. As a program it serves until it is ended:
//
//   node provider.mjs        prints a line of JSON: its address, and the public key (PEM) of the tokens that it signs with ES256
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { Provider } from "oidc-provider";

/** For whom its tokens are. */
export const AUDIENCE = "urn:samos:test";

/** A key of each kind, private halves included. */
export function newKeys() {
  const kinds = { RSA: ["rsa", { modulusLength: 2048 }], EC: ["ec", { namedCurve: "P-256" }], OKP: ["ed25519", {}] };
  return Object.values(kinds).map(([kind, options]) => ({ ...generateKeyPairSync(kind, options).privateKey.export({ format: "jwk" }), kid: randomUUID(), use: "sig" }));
}

/** A provider whose clients are scripts: each asks in its own name, and has the role of its name. */
export function provider(address, keys) {
  const client = (name, way) => ({ client_id: name, client_secret: `secret of ${name}`, grant_types: ["client_credentials"], token_endpoint_auth_method: way, redirect_uris: [], response_types: [] });
  const clients = [...["readers", "operators", "of-aws"].map((name) => client(name, "client_secret_post")), client("careful", "client_secret_basic")];
  return new Provider(address, {
    clients,
    jwks: { keys },
    ttl: { ClientCredentials: 600 },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        getResourceServerInfo: (_, resource) => {
          const [audience, alg] = resource.split("#")[0].split("?alg=");
          return { scope: "use", audience, accessTokenTTL: 600, accessTokenFormat: "jwt", jwt: { sign: { alg: alg ?? "ES256" } } };
        },
      },
    },
    extraTokenClaims: (_, token) => ({ realm_access: { roles: [token.clientId] } }),
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const keys = newKeys();
  const server = createServer((request, answer) => handle(request, answer));
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const address = `http://127.0.0.1:${server.address().port}`;
  const handle = provider(address, keys).callback();
  const signs = createPrivateKey({ key: keys.find((key) => key.kty === "EC"), format: "jwk" });
  console.log(JSON.stringify({ address, key: createPublicKey(signs).export({ type: "spki", format: "pem" }) }));
}
