// What is being made from: the works that a board began with. They are named above the prompt, go along with every
// submit for the credit, and can be taken off. Kept for this window as long as it shows this board.

import { el, find, icon } from "#lib/dom";
import { _, fill } from "#lib/words";

const MOST = 8;

export class Origins {
  /** @param {string} keepAs name in the window's memory: one for each person and board */
  constructor(keepAs) {
    this.keepAs = keepAs;
    this.box = find("#origins");
    this.works = this.#recall();
    this.#draw();
  }

  /** As the protocol wants them. */
  get parents() {
    return this.works.map(({ work, kind }) => ({ work, kind }));
  }

  /** @param {{work: string, words: string, by: string|null, page: string}} origin @param {"remix"|"input"} kind */
  add({ work, words, by, page }, kind) {
    const others = this.works.filter((each) => each.work !== work);
    this.#set([...others, { work, words, by, page, kind }].slice(-MOST));
  }

  /** A remix begins with nothing else. */
  begin(origin) {
    this.#set([]);
    this.add(origin, "remix");
  }

  /** An empty board shows nothing of any picture. */
  boardEmptied() {
    if (this.works.some(({ kind }) => kind === "input")) this.#set(this.works.filter(({ kind }) => kind !== "input"));
  }

  #set(works) {
    this.works = works;
    try {
      sessionStorage.setItem(this.keepAs, JSON.stringify(works));
    } catch {
      // a full or closed memory: the credit lasts until the page is left
    }
    this.#draw();
  }

  #recall() {
    try {
      return JSON.parse(sessionStorage.getItem(this.keepAs)) ?? [];
    } catch {
      return [];
    }
  }

  #draw() {
    this.box.hidden = this.works.length === 0;
    this.box.replaceChildren(...this.works.map((work) => this.#chip(work)));
  }

  #chip({ work, words, by, page, kind }) {
    const named = words ? `“${words}”` : _("an untitled work");
    const text = by ? fill(kind === "remix" ? _("Remix of %(work)s by %(name)s") : _("With %(work)s by %(name)s"), { work: named, name: by }) : fill(kind === "remix" ? _("Remix of %(work)s") : _("With %(work)s"), { work: named });
    const off = () => this.#set(this.works.filter((each) => each.work !== work));
    const label = _("Not made from this any more");
    return el(
      "p",
      { class: "origin" },
      icon(kind === "remix" ? "copy-plus" : "image"),
      el("a", { href: page, dir: "auto", title: text }, text),
      el("button", { class: "button button-quiet button-icon button-small", type: "button", "aria-label": label, title: label, onclick: off }, icon("x")),
    );
  }
}
