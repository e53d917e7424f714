// Asking our own server: with the page's token, and answers or reasons as plain values.

/** What the server said no to. `code` is one of docs/errors.md, `offline` when nothing answered. */
export class NoAnswer extends Error {
  constructor(code, message = "", status = 0, fields = {}) {
    super(message);
    Object.assign(this, { code, status, fields });
  }
}

const token = () => JSON.parse(document.body.getAttribute("hx-headers:inherited") ?? "{}");

/**
 * `body`: FormData as it is, anything else as JSON. `want`: "json", "text" or "blob".
 * @throws {NoAnswer} @throws {DOMException} AbortError, when `signal` says so
 */
export async function ask(method, path, body = undefined, { want = "json", keepalive = false, signal = null } = {}) {
  const headers = { ...token(), Accept: "application/json" };
  const form = body instanceof FormData;
  if (body !== undefined && !form) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, { method, headers, keepalive, signal, body: form || body === undefined ? body : JSON.stringify(body) }).catch(() => null);
  signal?.throwIfAborted();
  if (!answer || answer.status >= 502) throw new NoAnswer("offline");
  if (!answer.ok) {
    const { code = "internal", message = "", fields } = await answer.json().catch(() => ({}));
    throw new NoAnswer(code, message, answer.status, fields);
  }
  if (answer.status === 204 || answer.headers.get("Content-Length") === "0") return null;
  return answer[want]();
}
