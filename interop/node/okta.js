// Calls the SDK's methods as told, one JSON object a line on standard input:
// {"api": "webAuthnPreregistrationApi", "method": "sendPin", "argument": {…}}
// and answers each with one line: {"ok": …} or {"error": {"status", "code", …}}.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const okta = createRequire(import.meta.url)("@okta/okta-sdk-nodejs");
const client = new okta.Client(JSON.parse(process.env.OKTA_CLIENT));

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line))));
}

async function answer({ api, method, argument }) {
  try {
    const result = await client[api][method](argument);
    return { ok: await plain(result) };
  } catch (error) {
    const { name, status, errorCode, errorSummary, errorLink, errorId, errorCauses } = error;
    const message = String(error.message);
    return { error: { name, status, errorCode, errorSummary, errorLink, errorId, errorCauses, message } };
  }
}

// Collections are paged through to their end.
async function plain(result) {
  if (result === undefined || result === null) return null;
  if (typeof result.each !== "function") return result;
  const items = [];
  await result.each((item) => void items.push(item));
  return items;
}
