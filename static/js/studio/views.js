// The store's generations in the order and the shape that the panels show. Pure.

/**
 * Everything there is to see, newest first: unanswered submits, then generations. A submit looks like a generation
 * whose state is "sending".
 * @param {import("./store.js").Store} store @returns {import("./store.js").Entry[]}
 */
export function entries(store) {
  const sending = [...store.outbox].map(([command, { tool, model, params }]) => ({
    id: null,
    command,
    tool,
    model,
    params,
    state: "sending",
    count: params.count ?? 1,
    works: [],
    previews: new Map(),
  }));
  return [...store.generations.values(), ...sending].reverse();
}

/** The one in view: what the person chose, else what is being made, else what comes next, else the newest. */
export function inView(all, chosen) {
  const byAge = (states) => all.findLast((entry) => states.includes(entry.state));
  return all.find((entry) => entry.command === chosen) ?? byAge(["running"]) ?? byAge(["queued", "sending"]) ?? all[0] ?? null;
}
