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
    board: store.board,
    count: params.count ?? 1,
    works: [],
    previews: new Map(),
  }));
  const older = [...store.older.values()].filter((entry) => !store.generations.has(entry.id));
  const known = [...older, ...store.generations.values()].sort(byAge);
  return [...known, ...sending].reverse();
}

// The number is to the millisecond, the text to the microsecond.
const byAge = (one, other) => one.at - other.at || (one.created_at > other.created_at) - (one.created_at < other.created_at);

/** Whether it can still be cancelled. */
export const isUnderWay = ({ state }) => ["sending", "queued", "running"].includes(state);

/** Those of one board: its filmstrip. */
export const ofBoard = (all, board) => all.filter((entry) => entry.board === board);

/**
 * The one in view: what the person chose, else what is being made for this board, else its newest, else what is being
 * made elsewhere.
 * @param {object[]} all newest first @param {string|null} chosen a command @param {object[]} own those of this board
 */
export function inView(all, chosen, own = all) {
  const oldest = (some, states) => some.findLast((entry) => states.includes(entry.state));
  const made = (some) => oldest(some, ["running"]) ?? oldest(some, ["queued", "sending"]);
  return all.find((entry) => entry.command === chosen) ?? made(own) ?? own[0] ?? made(all) ?? null;
}
