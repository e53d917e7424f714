// Who drew what: the people of a story, their marks in their colours, and where a mark ends. Pure.

/** @typedef {{user: number, name: string, colour: string}} Author as the server tells (`/boards/<id>/authors`) */

const UNKNOWN = "#6b7280";

export class Authors {
  /**
   * @param {{by: number}[]} entries of a story (moments.js), in the order they were drawn
   * @param {Author[]} known whose names the server has told @param {string} stranger what somebody is called whom it has not
   */
  constructor(entries, known, stranger) {
    const named = new Map(known.map((author) => [author.user, author]));
    /** Everybody who drew, who drew first comes first. @type {Map<number|undefined, Author & {marks: number}>} */
    this.people = new Map();
    for (const { by } of entries) {
      const person = this.people.get(by) ?? { user: by, name: stranger, colour: UNKNOWN, ...named.get(by), marks: 0 };
      person.marks += 1;
      this.people.set(by, person);
    }
    this.tinted = new Map([...this.people.values()].map(({ colour }) => [colour, new WeakMap()]));
  }

  get all() {
    return [...this.people.values()];
  }

  /** Whether there is anything to tell apart. */
  get several() {
    return this.people.size > 1;
  }

  of(entry) {
    return this.people.get(entry.by) ?? null;
  }

  /** A drawing with every mark in its author's colour; a mark that was tinted before is the same object again. */
  tint(drawing) {
    return { ...drawing, layers: drawing.layers.map((layer) => ({ ...layer, marks: layer.marks.map((mark) => this.#tinted(mark)) })) };
  }

  #tinted(mark, by = mark.by) {
    const colour = this.people.get(by)?.colour ?? UNKNOWN;
    const kept = this.tinted.get(colour) ?? this.tinted.set(colour, new WeakMap()).get(colour);
    if (!kept.has(mark)) kept.set(mark, dyed(mark, colour, (part) => this.#tinted(part, part.by ?? by)));
    return kept.get(mark);
  }
}

function dyed(mark, colour, part) {
  if (mark.kind === "group") return { ...mark, marks: mark.marks.map(part) };
  return "color" in mark ? { ...mark, color: colour } : mark;
}

/**
 * Where a mark ends, in board units; null where it has no place of its own.
 * @param {object} mark of a drawing (canvas/drawing.js)
 */
export function endOf(mark) {
  if (mark.points?.length >= 3) return { x: mark.points.at(-3), y: mark.points.at(-2) };
  if (mark.to) return { x: mark.to[0], y: mark.to[1] };
  if (mark.kind === "picture") return { x: 0, y: 0 };
  const loop = mark.loops?.find(({ length }) => length >= 2);
  if (!loop) return null;
  const [x, y] = middle(loop);
  const m = mark.kind === "move" ? mark.matrix : [1, 0, 0, 1, 0, 0];
  return { x: m[0] * x + m[2] * y + m[4], y: m[1] * x + m[3] * y + m[5] };
}

function middle(loop) {
  const [xs, ys] = [0, 1].map((side) => loop.filter((_, n) => n % 2 === side));
  return [xs, ys].map((values) => (Math.min(...values) + Math.max(...values)) / 2);
}

/**
 * Who drew in a span of time: since `from` and up to `to` (ms since 1970; null: until now).
 * @param {{by: number, t: number}[]} entries @returns {number[]} each person once, who drew most first
 */
export function drewBetween(entries, from, to) {
  const count = new Map();
  for (const { by, t } of entries) if (t > from && (to === null || t <= to)) count.set(by, (count.get(by) ?? 0) + 1);
  return [...count].sort((a, b) => b[1] - a[1]).map(([by]) => by);
}
