// @apollo/gateway behind @apollo/server: `node apollo.mjs SUPERGRAPH PORT`, answering POST with JSON on loopback.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { ApolloGateway } from "@apollo/gateway";
import { ApolloServer, HeaderMap } from "@apollo/server";

const [supergraph, port] = process.argv.slice(2);
const gateway = new ApolloGateway({ supergraphSdl: readFileSync(supergraph, "utf8") });
const server = new ApolloServer({ gateway, introspection: true });
await server.start();

createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const httpGraphQLRequest = {
    method: request.method,
    headers: new HeaderMap(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
    search: "",
    body: JSON.parse(Buffer.concat(chunks).toString()),
  };
  const answer = await server.executeHTTPGraphQLRequest({ httpGraphQLRequest, context: async () => ({}) });
  response.writeHead(answer.status ?? 200, { "content-type": "application/json" });
  response.end(answer.body.string);
}).listen(Number(port), "127.0.0.1");
