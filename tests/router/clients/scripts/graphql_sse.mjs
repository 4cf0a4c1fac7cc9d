// The npm client graphql-sse: `node graphql_sse.mjs SCENARIO URL [TOKENS]` says what it sees, one JSON value a line.
import { createClient } from "graphql-sse";

const [scenario, url, tokens = "[]"] = process.argv.slice(2);
const say = (value) => process.stdout.write(JSON.stringify(value) + "\n");
const held = JSON.parse(tokens);

const SEEN = { query: "subscription ($ids: [ID!]!) { seen(ids: $ids) { name rating } }", variables: { ids: ["1", "2"] } };
const FOREVER = { query: "subscription { forever { name } }" };

const client = createClient({
  url,
  retryAttempts: 3,
  retry: async () => say("again"),
  headers: () => (held.length ? { authorization: `Bearer ${held.length > 1 ? held.shift() : held[0]}` } : {}),
});

async function all(payload) {
  for await (const result of client.iterate(payload)) say(result);
  say("complete");
}

async function first(payload, count) {
  for await (const result of client.iterate(payload)) {
    say(result);
    if (!--count) break;
  }
}

const scenarios = {
  async subscribe() {
    await all(SEEN);
    await all({ query: "{ users { name rating } }" });
  },
  refused: () => all({ query: "subscription { nothing }" }),
  leave: () => first(FOREVER, 1),
  reconnect: () => first(FOREVER, 2),
  forever: () => all(FOREVER),
  refusedToken: () => all(FOREVER).catch((error) => say({ status: error.response?.status })),
};
await scenarios[scenario]();
client.dispose();
