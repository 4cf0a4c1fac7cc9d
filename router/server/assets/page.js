// GraphiQL over this router: queries by POST, subscriptions by graphql-transport-ws on the same path, with the headers
// of the headers editor on both, and the query plan of the last operation in a plugin's pane.
"use strict";

const root = document.getElementById("graphiql");
const httpUrl = new URL(root.dataset.path, location.href).href;
const webSocketUrl = httpUrl.replace(/^http/, "ws");

const plan = { text: "Run a query to see its plan.", listeners: new Set() };

function showPlan(text) {
  plan.text = text;
  for (const listener of plan.listeners) listener(text);
}

const TOKENS = /#.*|"""(?:\\"""|[^])*?"""|"(?:\\.|[^"\\\n])*"|[{}()[\]]|[_A-Za-z]\w*|[^]/g;
const DEFINITIONS = new Set(["query", "mutation", "subscription", "fragment"]);

// What a document defines. The editor's own syntax tree follows the text with a delay, so that somebody
// quick would have it decide by the document before.
function definitionsOf(text) {
  const definitions = [];
  let depth = 0;
  let named = true;
  for (const [token] of text.matchAll(TOKENS)) {
    if ("{([".includes(token)) {
      depth += 1;
      named = true;
    } else if ("})]".includes(token)) depth -= 1;
    else if (depth === 0 && /^\w/.test(token)) {
      if (!named) definitions.at(-1).name = token;
      else if (DEFINITIONS.has(token)) definitions.push({ type: token });
      named = !named || !DEFINITIONS.has(token);
    }
  }
  return definitions;
}

function isSubscription(parameters) {
  const definitions = definitionsOf(parameters.query);
  const chosen = definitions.filter(({ name }) => !parameters.operationName || name === parameters.operationName);
  return chosen.some(({ type }) => type === "subscription");
}

function subscribe(parameters, headers) {
  const client = graphqlWs.createClient({ url: webSocketUrl, connectionParams: headers, retryAttempts: 3 });
  return {
    subscribe(observer) {
      const unsubscribe = client.subscribe(parameters, {
        next: (value) => observer.next(value),
        complete: () => observer.complete(),
        error: (error) =>
          observer.error(
            error instanceof CloseEvent ? new Error(`Closed with ${error.code}: ${error.reason}`) : error,
          ),
      });
      return {
        unsubscribe() {
          unsubscribe();
          client.dispose();
        },
      };
    },
  };
}

async function post(parameters, headers, wantsPlan) {
  const response = await fetch(httpUrl, {
    method: "POST",
    headers: {
      accept: "application/graphql-response+json, application/json",
      "content-type": "application/json",
      ...(wantsPlan ? { "x-router-query-plan": "1" } : {}),
      ...headers,
    },
    body: JSON.stringify(parameters),
  });
  const result = await response.json();
  if (wantsPlan) {
    const found = result.extensions && result.extensions.queryPlan;
    showPlan(found ? found.text : "There is no plan: the operation was refused, or plans are switched off.");
    if (found) {
      delete result.extensions.queryPlan;
      if (!Object.keys(result.extensions).length) delete result.extensions;
    }
  }
  return result;
}

function fetcher(parameters, options) {
  const headers = (options && options.headers) || {};
  if (isSubscription(parameters)) return subscribe(parameters, headers);
  return post(parameters, headers, parameters.operationName !== "IntrospectionQuery");
}

const element = React.createElement;

function PlanIcon() {
  const stroke = { fill: "none", stroke: "currentColor", strokeWidth: 2 };
  return element(
    "svg",
    { viewBox: "0 0 24 24", "aria-hidden": true },
    element("path", { ...stroke, d: "M6 4v16M6 8h12M6 16h12" }),
    element("circle", { ...stroke, cx: 19, cy: 8, r: 2 }),
    element("circle", { ...stroke, cx: 19, cy: 16, r: 2 }),
  );
}

function PlanPane() {
  const [text, setText] = React.useState(plan.text);
  React.useEffect(() => {
    plan.listeners.add(setText);
    return () => plan.listeners.delete(setText);
  }, []);
  return element(
    "section",
    { "aria-label": "Query plan" },
    element("div", { className: "graphiql-doc-explorer-title" }, "Query plan"),
    element("pre", { className: "plan" }, text),
  );
}

const planPlugin = { title: "Query plan", icon: PlanIcon, content: PlanPane };

function Page() {
  const [query, setQuery] = React.useState(undefined);
  const explorer = GraphiQLPluginExplorer.useExplorerPlugin({ query: query || "", onEdit: setQuery });
  return element(GraphiQL, {
    fetcher,
    query,
    onEditQuery: setQuery,
    plugins: [explorer, planPlugin],
    isHeadersEditorEnabled: true,
    shouldPersistHeaders: false,
  });
}

root.textContent = "";
ReactDOM.render(element(Page), root);
