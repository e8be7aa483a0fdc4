// npm's oidc-provider on loopback, as a company would run one: it asks for PKCE, gives groups at its userinfo endpoint alone,
// and signs people out. POST /control says who sits at its browser, and which mischief to do with the tokens that it signs.
// It ends when its standard input does.
import { createServer } from "node:http";
import { createRequire } from "node:module";

const require = createRequire(process.env.POINTSMAN_TEST_NODE + "/");
const { default: Provider } = await import(require.resolve("oidc-provider"));
const jose = await import(require.resolve("jose"));

const state = { person: null, mischief: null, down: false, logins: 0, keys: 0, parameters: null };
const [SECRET, BACK, OUT] = ["a: s3cret/with+odd%chars", "http://pages.test/login/oidc/callback", "http://pages.test/login"];

const key = async (kid) => {
  const { privateKey, publicKey } = await jose.generateKeyPair("RS256", { extractable: true });
  const more = { kid, alg: "RS256", use: "sig" };
  return { privateKey, secret: { ...(await jose.exportJWK(privateKey)), ...more }, open: { ...(await jose.exportJWK(publicKey)), ...more } };
};
const [ours, next, strangers] = [await key("ours"), await key("next"), await key("strangers")];
const sign = (claims, by = ours) => new jose.SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: by.secret.kid }).sign(by.privateKey);
const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

const mischiefs = {
  tampered: (token, claims) => { const [head, , tail] = token.split("."); return [head, encoded({ ...claims, sub: "s-other" }), tail].join("."); },
  expired: (_, claims) => sign({ ...claims, iat: claims.iat - 7200, exp: claims.iat - 3600 }),
  other_audience: (_, claims) => sign({ ...claims, aud: "another" }),
  other_issuer: (_, claims) => sign({ ...claims, iss: "https://evil.example" }),
  other_nonce: (_, claims) => sign({ ...claims, nonce: "another" }),
  no_nonce: (_, { nonce, ...claims }) => sign(claims),
  unsigned: (_, claims) => `${encoded({ alg: "none" })}.${encoded(claims)}.`,
  by_shared_secret: (_, claims) => new jose.SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(SECRET)),
  by_a_stranger: (_, claims) => sign(claims, strangers),
  by_the_next_key: (_, claims) => sign(claims, next),
};

// What is answered there goes through `change` first.
const changed = (response, change) => {
  const end = response.end.bind(response);
  response.end = (chunk) => {
    Promise.resolve(change(String(chunk ?? ""))).then((text) => {
      response.setHeader("content-length", Buffer.byteLength(text));
      end(text);
    });
    return response;
  };
};

const server = createServer(async (request, response) => {
  const path = request.url.split("?")[0];
  if (path === "/control") {
    let text = "";
    for await (const part of request) text += part;
    if (text) Object.assign(state, JSON.parse(text));
    response.setHeader("content-type", "application/json");
    return response.end(JSON.stringify(state));
  }
  if (state.down) return request.socket.destroy();
  if (path === "/auth") state.parameters = Object.fromEntries(new URL(request.url, issuer).searchParams);
  if (path.startsWith("/interaction/")) {
    if (!state.person) return provider.interactionFinished(request, response, { error: "access_denied", error_description: "Not me" });
    state.logins += 1;
    return provider.interactionFinished(request, response, { login: { accountId: state.person.sub } });
  }
  if (path === "/jwks") {
    state.keys += 1;
    if (state.mischief === "by_the_next_key") changed(response, (text) => JSON.stringify({ keys: [...JSON.parse(text).keys, next.open] }));
  }
  if (path === "/token" && state.mischief === "nonsense") {
    response.setHeader("content-type", "text/html");
    return response.end("<h1>Welcome</h1>");
  }
  if (path === "/token" && mischiefs[state.mischief]) {
    changed(response, async (text) => {
      const answer = JSON.parse(text);
      if (answer.id_token) answer.id_token = await mischiefs[state.mischief](answer.id_token, jose.decodeJwt(answer.id_token));
      return JSON.stringify(answer);
    });
  }
  return provider.callback()(request, response);
});

await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const issuer = `http://127.0.0.1:${server.address().port}`;
const registered = { redirect_uris: [BACK], post_logout_redirect_uris: [OUT], response_types: ["code"], grant_types: ["authorization_code"] };
const provider = new Provider(issuer, {
  clients: [
    { client_id: "pointsman", client_secret: SECRET, ...registered },
    { client_id: "public", token_endpoint_auth_method: "none", ...registered },
  ],
  jwks: { keys: [ours.secret] },
  cookies: { keys: ["for the tests"] },
  pkce: { required: () => true },
  scopes: ["openid", "profile", "email", "groups"],
  claims: { openid: ["sub"], profile: ["name", "preferred_username", "company"], email: ["email"], groups: ["groups"] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ ...state.person, sub }) }),
  // Everybody agreed already.
  async loadExistingGrant(context) {
    const { client, session, provider } = context.oidc;
    const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope("openid profile email groups");
    await grant.save();
    return grant;
  },
});

process.stdin.resume().on("end", () => process.exit(0));
console.log(JSON.stringify({ issuer }));
