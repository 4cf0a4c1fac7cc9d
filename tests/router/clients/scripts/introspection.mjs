// graphql-js: `node introspection.mjs URL FILE` says whether its client schema is that of the SDL in the file.
import { readFileSync } from "node:fs";
import { buildClientSchema, buildSchema, getIntrospectionQuery, lexicographicSortSchema, printSchema } from "graphql";

const [url, file] = process.argv.slice(2);
const query = getIntrospectionQuery({
  descriptions: true,
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  schemaDescription: true,
  inputValueDeprecation: true,
});
const answer = await fetch(url, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ query }),
});
const { data, errors } = await answer.json();
const print = (schema) => printSchema(lexicographicSortSchema(schema));
const seen = data ? print(buildClientSchema(data)) : "";
const meant = print(buildSchema(readFileSync(file, "utf8")));
const different = seen.split("\n").findIndex((line, number) => line !== meant.split("\n")[number]);
process.stdout.write(JSON.stringify({ errors, lines: seen.split("\n").length, same: seen === meant, different }) + "\n");
