// Acts and history, through /api/v1.

/** The answer of a GET or, with a body, a POST; an Error with the server's words if it refuses or can't be reached. */
export async function call(path, body = null) {
  let answer;
  try {
    answer = await fetch(`/api/v1/${path}`, {
      method: body === null ? "GET" : "POST",
      headers: body === null ? {} : { "content-type": "application/json" },
      body: body === null ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(5000),
    });
  } catch {
    throw new Error("Wardbeat does not answer. Nothing was changed; try again.");
  }
  const content = await answer.json().catch(() => ({}));
  if (answer.ok) return content;
  throw new Error(typeof content.detail === "string" ? content.detail : `Refused (${answer.status}).`);
}
