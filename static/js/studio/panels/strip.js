// The earlier pictures of this session as a row of small buttons, newest first. Each button is made once.

import { el, find, icon } from "#lib/dom";
import { _, fill } from "#lib/words";
import { describe } from "#studio/panels/wording";

export class Strip {
  /** @param {(command: string) => void} choose @param {string} language */
  constructor(choose, language) {
    this.choose = choose;
    this.language = language;
    this.root = find("#strip");
    this.items = new Map();
  }

  /** @param {import("../store.js").Entry[]} entries newest first @param {string|null} current the command in view */
  draw(entries, current) {
    const wanted = new Set(entries.map((entry) => entry.command));
    for (const [command, item] of this.items) {
      if (wanted.has(command)) continue;
      item.node.remove();
      this.items.delete(command);
    }
    entries.forEach((entry, place) => {
      const item = this.items.get(entry.command) ?? this.#make(entry.command);
      if (this.root.children[place] !== item.node) this.root.insertBefore(item.node, this.root.children[place] ?? null);
      this.#update(item, entry, entry.command === current);
    });
  }

  #make(command) {
    const button = el("button", { type: "button", onclick: () => this.choose(command) });
    const item = { node: el("li", {}, button), button, look: "" };
    this.items.set(command, item);
    return item;
  }

  #update(item, entry, selected) {
    item.button.setAttribute("aria-pressed", String(selected));
    const { title, tone, step, total } = describe(entry, { language: this.language });
    // The number is on the button's face, and what is seen must be in the name that is heard and spoken.
    const many = entry.works.length > 1 ? fill(_("%(count)s pictures"), { count: entry.works.length }) : null;
    const name = [entry.params.prompt, title, many].filter(Boolean).join(" · ");
    if (item.button.title !== name) {
      item.button.title = name;
      item.button.setAttribute("aria-label", name);
    }
    const look = entry.works.length ? entry.works[0].id : entry.state;
    if (item.look !== look) {
      item.look = look;
      item.button.classList.toggle("is-error", tone === "error");
      item.button.replaceChildren(...this.#face(entry, tone));
      item.bar = tone === "busy" ? item.button.appendChild(el("progress", { "aria-hidden": "true", max: 1, value: 0 })) : null;
    }
    if (item.bar && total) item.bar.value = step / total;
  }

  #face(entry, tone) {
    if (entry.works.length) {
      const count = entry.works.length > 1 ? el("span", { class: "count" }, entry.works.length) : null;
      return [el("img", { src: entry.works[0].thumbnail, alt: "", decoding: "async" }), count].filter(Boolean);
    }
    return [icon({ busy: entry.state === "running" ? "brush" : "clock", error: "circle-alert" }[tone] ?? "x")];
  }
}

/** What a screen reader hears when a generation changes its state: states, not steps. */
export class Announcer {
  constructor(language) {
    this.language = language;
    this.node = find("#announcer");
    this.said = null;
  }

  draw(entry) {
    if (!entry) return;
    const { title } = describe(entry, { language: this.language });
    const key = `${entry.command} ${title}`;
    if (this.said === key) return;
    this.said = key;
    this.node.textContent = entry.state === "finished" ? _("The picture is finished.") : title;
  }
}
