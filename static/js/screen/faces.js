// Who is here, as letters in people's colours and their names; only letters where they are many.

import { el } from "#lib/dom";
import { _, fill } from "#lib/words";

// From so many on without names, and at most so many faces.
const [CROWD, MOST] = [9, 30];
// For how long (ms) somebody counts as drawing after a point of ink.
const DRAWS_FOR = 1200;

export class Faces {
  constructor(list, room) {
    Object.assign(this, { list, room, inked: new Map() });
    room.addEventListener("people", () => this.#show());
    room.addEventListener("ink", ({ detail }) => this.#inks(detail));
    this.timer = setInterval(() => this.#rest(), DRAWS_FOR / 2);
  }

  stop() {
    clearInterval(this.timer);
    this.list.replaceChildren();
  }

  /** Everybody once, however many pages they have; whose screen this is only if they are here otherwise, or alone. */
  get people() {
    const pages = [...this.room.people.values()];
    const others = pages.filter(({ page }) => page !== this.room.you?.page);
    const found = new Map((others.length ? others : pages).map((person) => [person.user, person]));
    return [...found.values()].sort((a, b) => a.name.localeCompare(b.name));
  }

  #show() {
    const { people } = this;
    const faces = people.slice(0, MOST).map(({ user, name, colour }) => {
      const letter = el("i", { "aria-hidden": "true" }, [...name][0] ?? "·");
      letter.style.setProperty("--c", colour);
      return el("li", { class: "face", "data-user": user, title: name }, letter, el("span", { dir: "auto" }, name));
    });
    const more = people.length - faces.length;
    if (more > 0) faces.push(el("li", { class: "face face-more", title: fill(_("%(n)s more people"), { n: more }) }, el("i", {}, `+${more}`)));
    this.list.classList.toggle("is-crowded", people.length >= CROWD);
    this.list.replaceChildren(...faces);
  }

  #inks({ by }) {
    const person = this.room.people.get(by);
    if (!person) return;
    this.inked.set(person.user, Date.now());
    this.list.querySelector(`[data-user="${person.user}"]`)?.classList.add("is-drawing");
  }

  #rest() {
    for (const [user, at] of this.inked) {
      if (Date.now() - at < DRAWS_FOR) continue;
      this.inked.delete(user);
      this.list.querySelector(`[data-user="${user}"]`)?.classList.remove("is-drawing");
    }
  }
}
