// Sends the page's mutation when its button is pressed, and says what came of it.
const ACTIONS = {
  verifyEmail: {
    query: "mutation($input: VerifyEmailInput!) { verifyEmail(input: $input) { userErrors { message code } } }",
    done: "Your e-mail is verified. You may close this page.",
  },
  resetPassword: {
    query: "mutation($input: ResetPasswordInput!) { resetPassword(input: $input) { ok userErrors { message code } } }",
    done: "Your password is set. Sign in with it.",
  },
};

const LINKS = {
  INVALID_TOKEN: "This link was used, or is not complete. Ask for a new one.",
  EXPIRED_TOKEN: "This link is too old. Ask for a new one.",
};

const form = document.querySelector("form[data-action]");
const status = document.querySelector("[role=status]");
const name = form.dataset.action;
const token = new URLSearchParams(location.search).get("token") ?? "";

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  status.textContent = "One moment …";
  const input = { token, ...Object.fromEntries(new FormData(form)) };
  try {
    const answer = await fetch("/graphql", {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/graphql-response+json" },
      body: JSON.stringify({ query: ACTIONS[name].query, variables: { input } }),
    });
    const body = await answer.json();
    const refused = body.data?.[name]?.userErrors?.[0];
    const problem = body.errors?.[0]?.message ?? LINKS[refused?.code] ?? refused?.message;
    status.textContent = problem ?? ACTIONS[name].done;
    button.disabled = problem === undefined;
  } catch {
    status.textContent = "The platform does not answer; try again in a moment.";
    button.disabled = false;
  }
});
