// Variations: a few quick pictures of neighbouring seeds side by side; the one that is chosen is made at full quality,
// and the next set goes on around those that were marked as better.

import { freshSeed } from "#lib/ids";
import { recall, remember } from "#lib/keep";
import { _, fill } from "#lib/words";
import { nextSet } from "#studio/panels/marks";

const PICTURES = 6;
const FEW_STEPS = 6;
const SETS_KEPT = 12;

export class Tray {
  /** @param {import("../actions.js").Actions} actions @param {string} keepAs under which name the browser remembers the sets */
  constructor(actions, keepAs) {
    this.actions = actions;
    this.keepAs = keepAs;
    /** Command of a tray -> what its pictures would have at full quality, its marks, and those of the sets before. */
    this.sets = new Map(recall(keepAs, []).map(([command, set]) => [command, { ...set, marks: new Map(set.marks) }]));
  }

  /** Ask for the quick pictures of `request` (as for `actions.generate`). @returns {string|null} the command's id */
  open(request) {
    const { steps, count, upscale } = request.params;
    // Of a picture that is painted over, only a part of the steps is done.
    const least = Math.ceil(FEW_STEPS / (request.params.strength ?? 1));
    const quick = { steps: Math.min(steps, least), count: PICTURES, ...(upscale ? { upscale: 1 } : {}) };
    const command = this.actions.generate({ ...request, params: { ...request.params, ...quick } });
    const full = { steps, count: Math.min(count, 1), ...(upscale ? { upscale } : {}) };
    return this.#begin(command, { full, marks: new Map(), before: [] });
  }

  /** Whether the pictures of this command are there to be chosen from. */
  has(command) {
    return this.sets.has(command);
  }

  /** Make picture `index` at full quality. @returns {string|null} the command's id */
  choose(entry, index) {
    return this.actions.repeat(entry, { ...this.sets.get(entry.command).full, seed: entry.params.seed + index });
  }

  /** What picture `index` is marked as: 1 better, -1 worse, 0 neither. */
  mark(command, index) {
    return this.sets.get(command).marks.get(index) ?? 0;
  }

  /** Mark a picture; the same mark twice takes it away. */
  setMark(command, index, mark) {
    const { marks } = this.sets.get(command);
    if (marks.get(index) === mark) marks.delete(index);
    else marks.set(index, mark);
    this.#keep();
  }

  /** The same pictures were asked for again as another command. */
  renamed(before, after) {
    if (after && this.sets.has(before)) this.#begin(after, this.sets.get(before));
  }

  /** Whether there is anything to go on from. */
  marked(command) {
    return (this.sets.get(command)?.marks.size ?? 0) > 0;
  }

  /** Ask for the next set around the better ones. @returns {string|null} the command's id */
  next(entry) {
    const { full, marks, before } = this.sets.get(entry.command);
    const { strength, guidance_scale } = entry.params;
    const history = [...before, ...[...marks.values()].map((mark) => ({ strength, guidance_scale, mark }))];
    const change = nextSet(entry.params, marks, history, { seed: freshSeed(), random: Math.random });
    // As quick as the first set: a higher strength does more of the steps.
    return this.#begin(this.actions.repeat(entry, change), { full: { ...full, ...withoutSeed(change) }, marks: new Map(), before: history });
  }

  label(index) {
    return fill(_("Make picture %(number)s at full quality"), { number: index + 1 });
  }

  #begin(command, set) {
    if (command) this.sets.set(command, set);
    this.#keep();
    return command;
  }

  /** The newest ones: pictures of older sets are chosen as any others. */
  #keep() {
    for (const command of [...this.sets.keys()].slice(0, -SETS_KEPT)) this.sets.delete(command);
    remember(this.keepAs, [...this.sets].map(([command, set]) => [command, { ...set, marks: [...set.marks] }]));
  }
}

const withoutSeed = ({ seed: _seed, ...others }) => others;
