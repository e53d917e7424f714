// Variations: a few quick pictures of neighbouring seeds side by side; the one that is chosen is made at full quality.

import { _, fill } from "#lib/words";

const PICTURES = 6;
const FEW_STEPS = 6;

export class Tray {
  /** @param {import("../actions.js").Actions} actions */
  constructor(actions) {
    this.actions = actions;
    /** Command of a tray -> what its pictures would have at full quality. */
    this.full = new Map();
  }

  /** Ask for the quick pictures of `request` (as for `actions.generate`). @returns {string|null} the command's id */
  open(request) {
    const { steps, count, upscale } = request.params;
    // Of a picture that is painted over, only a part of the steps is done.
    const least = Math.ceil(FEW_STEPS / (request.params.strength ?? 1));
    const quick = { steps: Math.min(steps, least), count: PICTURES, ...(upscale ? { upscale: 1 } : {}) };
    const command = this.actions.generate({ ...request, params: { ...request.params, ...quick } });
    if (command) this.full.set(command, { steps, count: Math.min(count, 1), ...(upscale ? { upscale } : {}) });
    return command;
  }

  /** Whether the pictures of this command are there to be chosen from. */
  has(command) {
    return this.full.has(command);
  }

  /** Make picture `index` at full quality. @returns {string|null} the command's id */
  choose(entry, index) {
    return this.actions.repeat(entry, { ...this.full.get(entry.command), seed: entry.params.seed + index });
  }

  label(index) {
    return fill(_("Make picture %(number)s at full quality"), { number: index + 1 });
  }
}
