// The npm client graphql-ws: `node graphql_ws.mjs SCENARIO URL [TOKENS]` says what it sees, one JSON value a line.
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [scenario, url, tokens = "[]"] = process.argv.slice(2);
const say = (value) => process.stdout.write(JSON.stringify(value) + "\n");
const held = JSON.parse(tokens);

const SEEN = { query: "subscription ($ids: [ID!]!) { seen(ids: $ids) { name rating } }", variables: { ids: ["1", "2"] } };
const FOREVER = { query: "subscription { forever { name } }" };

function connect(options = {}) {
  return createClient({
    url: url.replace("http", "ws"),
    webSocketImpl: WebSocket,
    retryAttempts: 5,
    retryWait: async () => {},
    connectionParams: () => (held.length ? { authorization: `Bearer ${held.length > 1 ? held.shift() : held[0]}` } : {}),
    ...options,
    on: { closed: (event) => say({ closed: event.code }), ...options.on },
  });
}

async function all(client, payload) {
  for await (const result of client.iterate(payload)) say(result);
  say("complete");
}

async function first(client, payload, count = 1) {
  for await (const result of client.iterate(payload)) {
    say(result);
    if (!--count) break;
  }
}

const scenarios = {
  async subscribe() {
    const client = connect({ lazy: false });
    await all(client, SEEN);
    await all(client, { query: "{ users { name rating } }" });
    await all(client, {
      query: "mutation ($id: ID!, $input: RenameInput!) { rename(id: $id, input: $input) { name } }",
      variables: { id: "2", input: { name: "Barbara" } },
    });
    await client.dispose();
  },
  async refused() {
    const client = connect();
    await all(client, { query: "subscription { nothing }" }).catch((error) => say({ error }));
    await client.dispose();
  },
  async ping() {
    const heard = new Set();
    const note = (name) => (received) => received && heard.add(name);
    const client = connect({ lazy: false, keepAlive: 20, on: { ping: note("ping"), pong: note("pong") } });
    while (heard.size < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    say([...heard].sort());
    await client.dispose();
  },
  async leave() {
    const client = connect();
    await first(client, FOREVER);
    await client.dispose();
  },
  async reconnect() {
    const client = connect();
    await first(client, FOREVER, 2);
    await client.dispose();
  },
  async refusedToken() {
    const client = connect({ shouldRetry: () => false });
    await all(client, FOREVER).catch((event) => say({ code: event.code, reason: event.reason }));
  },
};
await scenarios[scenario]();
