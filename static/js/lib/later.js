// Parts of a page that are fetched when they are first needed, so that the page itself is there sooner.

import { NoAnswer } from "#lib/server";

/**
 * `await part()` is the part: its module is fetched, and the part made of it once, for whoever asks first. Without a
 * network it fails (NoAnswer), and the next one who asks tries again. `part.now` is the part, or null while it is not there.
 * @template Module, Part
 * @param {() => Promise<Module>} load such as `() => import("#studio/…")` @param {(module: Module) => Part} make
 * @returns {(() => Promise<Part>) & {now: Part|null, soon: () => Promise<Part|null>, ahead: () => Promise<void>}}
 */
export function later(load, make) {
  let coming = null;
  const part = () => {
    coming ??= load().then(
      (module) => (part.now = make(module)),
      () => {
        coming = null;
        throw new NoAnswer("offline");
      },
    );
    return coming;
  };
  part.now = null;
  /** For those who can do without it: null where it cannot be fetched now. */
  part.soon = () => part().catch(() => null);
  /** Fetched while there is time, made when it is needed. */
  part.ahead = () => load().then(() => undefined, () => undefined);
  return part;
}
