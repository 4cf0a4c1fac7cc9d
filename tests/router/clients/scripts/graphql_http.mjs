// The npm package graphql-http: `node graphql_http.mjs URL` runs its audits of a server and says what each came to.
import { serverAudits } from "graphql-http";

const [url] = process.argv.slice(2);
for (const audit of serverAudits({ url, fetchFn: fetch })) {
  const { id, name, status, reason } = await audit.fn();
  process.stdout.write(JSON.stringify({ id, name, status, reason }) + "\n");
}
