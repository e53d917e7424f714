// Server-Sent Events by fetch: every event once and in order, whatever the network cuts off. Knows no page.

import { delay } from "#lib/backoff";

/** Reads a stream's bytes as they come; `feed` gives the events that are whole. What is cut off in the middle is lost. */
export class EventParser {
  #decoder = new TextDecoder();
  #rest = "";
  #data = [];
  #type = "";
  #id = null;

  /** The id of the last event that was whole; it goes back to the server as Last-Event-ID. */
  lastId = "";
  /** Milliseconds after which the server wants to be asked again; null: it did not say. */
  retry = null;

  /** @param {Uint8Array} bytes @returns {{type: string, data: string, id: string}[]} */
  feed(bytes) {
    this.#rest += this.#decoder.decode(bytes, { stream: true });
    const lines = this.#rest.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop();
    return lines.map((line) => this.#line(line)).filter(Boolean);
  }

  #line(line) {
    if (!line) return this.#dispatch();
    const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line);
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#type = value;
    else if (field === "id" && !value.includes("\0")) this.#id = value;
    else if (field === "retry" && /^\d+$/.test(value)) this.retry = Number(value);
    return null;
  }

  #dispatch() {
    const event = { type: this.#type || "message", data: this.#data.join("\n"), id: this.#id ?? this.lastId };
    const any = this.#data.length > 0;
    this.lastId = event.id;
    [this.#data, this.#type, this.#id] = [[], "", null];
    return any ? event : null;
  }
}

/**
 * Follow the stream at `address` until `hear` returns true, coming back where it was cut off.
 * `hear(type, value)` gets each event with its JSON value. `lost(error)` hears why it is away, null when it is back.
 * @param {{hear: Function, lost?: Function, signal?: AbortSignal, fetch?: Function, wait?: Function}} about
 * @throws {Error} for an answer that will not change: `status` says which
 */
export async function follow(address, { hear, lost = () => {}, signal = null, fetch = globalThis.fetch.bind(globalThis), wait = pause }) {
  let lastId = "";
  for (let failed = 0; ; failed += 1) {
    try {
      const headers = { Accept: "text/event-stream", ...(lastId && { "Last-Event-ID": lastId }) };
      const answer = await fetch(address, { headers, signal });
      if (!answer.ok && answer.status < 500 && answer.status !== 429) throw Object.assign(new Error("refused"), { status: answer.status });
      if (answer.ok) {
        lost(null);
        const parser = new EventParser();
        parser.lastId = lastId;
        for await (const bytes of pieces(answer.body)) {
          for (const event of parser.feed(bytes)) {
            lastId = event.id;
            failed = 0;
            if (hear(event.type, JSON.parse(event.data))) return;
          }
        }
      }
    } catch (error) {
      if (signal?.aborted || error.status || error instanceof SyntaxError) throw error;
      lost(error);
    }
    await wait(delay(failed + 1) * 1000, signal);
  }
}

/** Safari has no streams that are iterated. */
async function* pieces(body) {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });
}
