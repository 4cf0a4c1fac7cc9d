// The npm package @urql/core with exchanges: `node urql.mjs SCENARIO URL [TOKENS]` says what it sees, a value a line.
import { Client, cacheExchange, fetchExchange, gql, subscriptionExchange } from "@urql/core";
import { authExchange } from "@urql/exchange-auth";
import { retryExchange } from "@urql/exchange-retry";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [scenario, url, tokens = "[]"] = process.argv.slice(2);
const say = (value) => process.stdout.write(JSON.stringify(value) + "\n");
const held = JSON.parse(tokens);

const SEEN = gql`subscription ($ids: [ID!]!) { seen(ids: $ids) { name rating } }`;
const FOREVER = gql`subscription { forever { name } }`;
const USERS = gql`query Users { users { id name rating } }`;

const connect = (exchanges, options = {}) => new Client({ url, exchanges, preferGetMethod: false, ...options });

const auth = authExchange(async (utils) => ({
  addAuthToOperation: (operation) => utils.appendHeaders(operation, { authorization: `Bearer ${held[0]}` }),
  didAuthError: (error) => error.response?.status === 401,
  async refreshAuth() {
    say("refreshed");
    held.shift();
  },
}));

function overWebSocket() {
  const socket = createClient({
    url: url.replace("http", "ws"),
    webSocketImpl: WebSocket,
    retryWait: async () => say("again"),
    connectionParams: () => (held.length ? { authorization: `Bearer ${held.length > 1 ? held.shift() : held[0]}` } : {}),
  });
  const forwardSubscription = ({ query, variables }) => ({
    subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
  });
  return subscriptionExchange({ forwardSubscription });
}

function subscribe(client, query, variables = {}, enough = Infinity) {
  let before;
  return new Promise((resolve) => {
    const { unsubscribe } = client.subscription(query, variables).subscribe(({ data, error, hasNext }) => {
      const result = JSON.stringify(error ? { codes: error.graphQLErrors.map((one) => one.extensions.code) } : data);
      if (hasNext || result !== before) say(JSON.parse(result)); // At the end the last one comes once more.
      before = result;
      if (!hasNext) resolve(say("complete"));
      else if (!--enough) setTimeout(() => resolve(unsubscribe()));
    });
  });
}

const told = ({ data, error }) => say(error ? { status: error.response?.status, message: error.message } : data);

const scenarios = {
  async queries() {
    const client = connect([cacheExchange, fetchExchange]);
    told(await client.query(USERS, {}));
    told(await client.query(USERS, {}, { requestPolicy: "network-only", preferGetMethod: "force" }));
    const rename = gql`mutation ($id: ID!, $input: RenameInput!) { rename(id: $id, input: $input) { id name } }`;
    told(await client.mutation(rename, { id: "2", input: { name: "Barbara" } }));
  },
  websocket: () => subscribe(connect([overWebSocket()]), SEEN, { ids: ["1", "2"] }),
  firstTwo: () => subscribe(connect([overWebSocket()]), FOREVER, {}, 2),
  first: () => subscribe(connect([overWebSocket()]), FOREVER, {}, 1),
  events: () => subscribe(connect([fetchExchange], { fetchSubscriptions: true }), SEEN, { ids: ["1", "2"] }),
  expiring: () => subscribe(connect([auth, fetchExchange], { fetchSubscriptions: true }), FOREVER),
  refused: () => subscribe(connect([fetchExchange], { fetchSubscriptions: true }), gql`subscription { nothing }`),
  async refreshed() {
    told(await connect([auth, fetchExchange]).query(USERS, {}));
  },
  async retried() {
    const retryIf = (error) => error.response?.status === 429 && (say(429), true);
    const client = connect([retryExchange({ initialDelayMs: 50, maxNumberAttempts: 100, retryIf }), fetchExchange]);
    told(await client.query(USERS, {}));
    told(await client.query(USERS, {}, { requestPolicy: "network-only" }));
  },
};
await scenarios[scenario]();
process.exit(0);
