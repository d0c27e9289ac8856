// Requests to /api/v1: acts and history.

/** Send a GET or, with a body, a POST (or PUT). Throws an Error with the reason if the server refuses or does not answer. */
export async function call(path, body = null, method = "POST") {
  let answer;
  try {
    answer = await fetch(`/api/v1/${path}`, {
      method: body === null ? "GET" : method,
      headers: body === null ? {} : { "content-type": "application/json" },
      body: body === null ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(5000),
    });
  } catch {
    throw new Error("Wardbeat does not answer. Nothing was changed; try again.");
  }
  const content = await answer.json().catch(() => ({}));
  if (answer.ok) return content;
  throw new Error(reasonOf(content.detail) ?? `Refused (${answer.status}).`);
}

/** The reason for a refusal: a text, or the first of several problems with values. */
function reasonOf(detail) {
  return typeof detail === "string" ? detail : detail?.[0]?.msg;
}
