// What is being made besides the one in view: a card for each, with its words, its progress and a way to stop it.

import { el, find, icon } from "#lib/dom";
import { _ } from "#lib/words";
import { describe } from "#studio/panels/wording";

const BUSY = ["sending", "queued", "running"];

export class Cards {
  /** @param {{choose: (command: string) => void, cancel: (command: string) => void}} act @param {string} language */
  constructor(act, language) {
    Object.assign(this, { act, language });
    this.root = find("#cards");
    this.cards = new Map();
  }

  /** @param {object[]} all newest first @param {string|null} current the command in view @param {boolean} online */
  draw(all, current, online) {
    const shown = all.filter((entry) => BUSY.includes(entry.state) && entry.command !== current).reverse();
    const wanted = new Set(shown.map((entry) => entry.command));
    for (const [command, card] of this.cards) {
      if (wanted.has(command)) continue;
      card.node.remove();
      this.cards.delete(command);
    }
    for (const entry of shown) {
      const card = this.cards.get(entry.command) ?? this.#make(entry);
      update(card, describe(entry, { online, language: this.language }));
    }
    this.root.hidden = shown.length === 0;
  }

  #make({ command, params }) {
    const title = el("span", { class: "card-title" });
    const detail = el("span", { class: "card-detail" });
    const bar = el("progress", { "aria-label": _("Progress"), max: 1 });
    const look = el("button", { class: "card-look", type: "button", onclick: () => this.act.choose(command) }, el("span", { class: "card-words" }, title, detail), el("span", { class: "card-prompt" }, params.prompt ?? ""));
    const stop = el("button", { class: "button button-quiet button-icon button-small", type: "button", "aria-label": _("Cancel"), title: _("Cancel"), onclick: () => this.act.cancel(command) }, icon("x"));
    const node = el("li", { class: "work-card" }, look, stop, bar);
    const card = { node, title, detail, bar };
    this.cards.set(command, card);
    this.root.append(node);
    return card;
  }
}

function update({ title, detail, bar }, words) {
  if (title.textContent !== words.title) title.textContent = words.title;
  if (detail.textContent !== words.detail) detail.textContent = words.detail;
  if (words.step === null) return bar.removeAttribute("value");
  bar.max = words.total;
  bar.value = words.step;
  return undefined;
}
