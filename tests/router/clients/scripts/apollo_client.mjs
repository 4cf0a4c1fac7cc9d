// The npm package @apollo/client: `node apollo_client.mjs SCENARIO URL [TOKENS]` says what it sees, a JSON value a line.
import { createHash } from "node:crypto";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { SetContextLink } from "@apollo/client/link/context";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

globalThis.WebSocket ??= WebSocket;
const [scenario, url, tokens = "[]"] = process.argv.slice(2);
const say = (value) => process.stdout.write(JSON.stringify(value) + "\n");
const held = JSON.parse(tokens);

const SEEN = gql`subscription ($ids: [ID!]!) { seen(ids: $ids) { name rating } }`;
const FOREVER = gql`subscription { forever { name } }`;
const USERS = gql`query Users { users { id name rating } }`;

const token = new SetContextLink(({ headers }) =>
  held.length ? { headers: { ...headers, authorization: `Bearer ${held[0]}` } } : {},
);
const http = new HttpLink({ uri: url });
const connect = (link) => new ApolloClient({ link: ApolloLink.from([token, link]), cache: new InMemoryCache() });

function subscribe(client, query, variables = {}, enough = Infinity) {
  return new Promise((resolve) => {
    const seen = client.subscribe({ query, variables }).subscribe({
      next({ data, error }) {
        say(error ? { name: error.name, errors: error.errors } : data);
        if (!--enough) {
          seen.unsubscribe();
          resolve();
        }
      },
      error: (error) => resolve(say({ thrown: error.name, status: error.statusCode })),
      complete: () => resolve(say("complete")),
    });
  });
}

const scenarios = {
  async queries() {
    const client = connect(http);
    say((await client.query({ query: USERS })).data);
    const rename = gql`mutation ($id: ID!, $input: RenameInput!) { rename(id: $id, input: $input) { id name } }`;
    say((await client.mutate({ mutation: rename, variables: { id: "2", input: { name: "Barbara" } } })).data);
    say((await client.query({ query: USERS })).data); // From the cache, which has learnt of the mutation.
  },
  async faults() {
    const query = gql`query Faults { user(id: "1") { id name secret coded } }`;
    const { data, error } = await connect(http).query({ query, errorPolicy: "all" });
    say(data);
    say(error.errors.map(({ path, extensions }) => [path, extensions.code]));
  },
  multipart: () => subscribe(connect(http), SEEN, { ids: ["1", "2"] }),
  websocket: () => {
    const ws = createClient({ url: url.replace("http", "ws"), webSocketImpl: WebSocket });
    return subscribe(connect(new GraphQLWsLink(ws)), SEEN, { ids: ["1", "2"] });
  },
  first: () => subscribe(connect(http), FOREVER, {}, 1),
  forever: () => subscribe(connect(http), FOREVER),
  refused: () => subscribe(connect(http), gql`subscription { nothing }`),
  async persisted() {
    const sent = [];
    const watched = new HttpLink({
      uri: url,
      fetch: (target, options) => {
        const whole = options.body ? "query" in JSON.parse(options.body) : new URL(target).searchParams.has("query");
        sent.push([options.method, whole]);
        return fetch(target, options);
      },
    });
    const sha256 = (text) => createHash("sha256").update(text).digest("hex");
    const client = connect(ApolloLink.from([new PersistedQueryLink({ sha256, useGETForHashedQueries: true }), watched]));
    for (const _ of [1, 2]) say((await client.query({ query: USERS, fetchPolicy: "network-only" })).data);
    say(sent);
  },
};
await scenarios[scenario]();
process.exit(0);
