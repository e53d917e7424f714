// This board's results as a row of small buttons, newest first; one stop for the Tab key, arrow keys within it.

import { el, find, icon } from "#lib/dom";
import { _, fill } from "#lib/words";
import { describe } from "#studio/panels/wording";

const MOVES = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

export class Strip {
  /** @param {(command: string) => void} choose @param {string} language @param {() => void} earlier asks for more of them */
  constructor(choose, language, earlier) {
    Object.assign(this, { choose, language });
    this.root = find("#strip");
    this.items = new Map();
    this.current = null;
    const ask = el("button", { type: "button", class: "strip-more", onclick: earlier, title: _("Earlier ones"), "aria-label": _("Earlier ones") }, icon("ellipsis"));
    this.more = el("li", {}, ask); // the last in the row, while there are any
    this.near = new IntersectionObserver((seen) => seen.some((each) => each.isIntersecting) && earlier(), { root: this.root, rootMargin: "0px 200px" });
    this.root.addEventListener("keydown", (event) => this.#move(event));
    this.root.addEventListener("focusin", ({ target }) => this.#stop(target));
  }

  /** @param {import("../store.js").Entry[]} entries newest first @param {string|null} current the command in view @param {{more: boolean, pinned: string|null}} about `pinned`: a command */
  draw(entries, current, { more, pinned }) {
    const wanted = new Set(entries.map((entry) => entry.command));
    for (const [command, item] of this.items) {
      if (wanted.has(command)) continue;
      item.node.remove();
      this.items.delete(command);
    }
    const before = this.items.size;
    entries.forEach((entry, place) => {
      const item = this.items.get(entry.command) ?? this.#make(entry.command);
      if (this.root.children[place] !== item.node) this.root.insertBefore(item.node, this.root.children[place] ?? null);
      this.#update(item, entry, entry.command === current);
      item.button.classList.toggle("is-pinned", entry.command === pinned);
    });
    this.#goOn(more, this.items.size > before);
    this.root.hidden = entries.length === 0;
    if (!this.root.contains(document.activeElement)) this.#stop(this.items.get(current)?.button ?? this.#buttons()[0]);
    if (this.current !== current) this.items.get(current)?.node.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.current = current;
  }

  /** The last place of the row asks for earlier ones when it comes near, and again when it is still near after some came. */
  #goOn(more, grown) {
    const waiting = this.more.contains(document.activeElement);
    if (!more) this.more.remove();
    else if (this.root.lastChild !== this.more) this.root.append(this.more);
    if (waiting && !more) this.#buttons().at(-1)?.focus(); // what was in focus has gone: go on with what came
    if (!more || !grown) return;
    if (waiting) this.more.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.near.unobserve(this.more);
    this.near.observe(this.more); // an observer tells changes only: begun anew, it tells where things are
  }

  #buttons() {
    return [...this.root.querySelectorAll("button")];
  }

  /** The one button of the row that the Tab key stops at. */
  #stop(button) {
    for (const each of this.#buttons()) each.tabIndex = each === button ? 0 : -1;
  }

  #move(event) {
    const by = MOVES[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const all = this.#buttons();
    const to = Math.min(all.length - 1, Math.max(0, all.indexOf(event.target) + by));
    all[to]?.focus();
  }

  #make(command) {
    const button = el("button", { type: "button", tabindex: -1, onclick: () => this.choose(command) });
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
      const [{ thumbnail, veiled }] = entry.works;
      return [el("img", { class: veiled ? "is-veiled" : null, src: thumbnail, alt: "", loading: "lazy", decoding: "async" }), count].filter(Boolean);
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
    this.say(entry.state === "finished" ? _("The picture is finished.") : title);
  }

  say(text) {
    this.node.textContent = text;
  }
}
