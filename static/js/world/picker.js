// The models that can be placed: one's own and public ones, by their pictures, sought by words, page by page.

import { el, find, findAll, icon } from "#lib/dom";
import { NoAnswer, ask } from "#lib/server";
import { _, fill } from "#lib/words";

const PAGE = 24;
const TYPED = 300;

export const posterOf = (work) => `/media/works/${work}/thumb-320`;

/** What a model is called: its title, what was asked for, or nothing in particular. */
export const nameOf = ({ title, prompt }) => (title || prompt || _("Model")).slice(0, 80);

export class Picker {
  /** @param {(work: {id: string, name: string}) => Promise<void>} place */
  constructor(place) {
    Object.assign(this, { place, whose: "own", next: "", asked: 0 });
    this.list = find("#models");
    this.end = find("#models-end");
    this.words = find("#models-words");
    for (const button of findAll("[data-whose]")) button.addEventListener("click", () => this.show(button.dataset.whose));
    this.words.addEventListener("input", () => {
      clearTimeout(this.typed);
      this.typed = setTimeout(() => this.begin(), TYPED);
    });
    new IntersectionObserver((seen) => seen.some((each) => each.isIntersecting) && this.more(), { rootMargin: "400px" }).observe(this.end);
  }

  /** @param {"own"|"everybody"} whose */
  show(whose) {
    this.whose = whose;
    for (const button of findAll("[data-whose]")) button.setAttribute("aria-pressed", String(button.dataset.whose === whose));
    return this.begin();
  }

  /** From the start. */
  async begin() {
    this.asked += 1;
    this.next = "";
    this.busy = null;
    this.list.replaceChildren();
    await this.more();
  }

  more() {
    if (this.next === null) return undefined;
    if (this.busy) return this.busy;
    const mine = this.#more(this.asked).finally(() => {
      if (this.busy === mine) this.busy = null;
    });
    this.busy = mine;
    return mine.then(() => this.#seesEnd() && this.more());
  }

  /** Whether there is still room below the last one: a page may have had little that can be placed. */
  #seesEnd() {
    return Boolean(this.next) && this.end.checkVisibility() && this.end.getBoundingClientRect().top < innerHeight;
  }

  // ------------------------------------------------------------------------------------------------------------------

  async #more(asked) {
    const { whose, next } = this;
    const words = this.words.value.trim();
    const query = new URLSearchParams({ whose, kind: "model", limit: PAGE, ...(words && { q: words }), ...(next && { cursor: next }) });
    try {
      const page = await ask("GET", `/api/v1/works?${query}`);
      if (asked !== this.asked) return;
      this.next = page.next;
      this.list.append(...page.items.filter((work) => work.own || work.reveals !== "picture").map((work) => this.#card(work)));
      this.#tell(this.list.children.length ? null : this.#nothing(words));
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      if (asked !== this.asked) return;
      this.next = null;
      this.#tell(el("div", { class: "models-empty" }, el("p", {}, error.message || _("The models could not be fetched.")), el("button", { class: "button button-small", type: "button", onclick: () => this.begin() }, icon("refresh-cw"), _("Try again"))));
    }
  }

  #tell(node) {
    find("#models-told").replaceChildren(...(node ? [node] : []));
  }

  #nothing(words) {
    if (words) return el("p", { class: "muted" }, _("No model has these words."));
    if (this.whose !== "own") return el("p", { class: "muted" }, _("Nobody has shown a model yet."));
    return el(
      "div",
      { class: "models-empty" },
      icon("box"),
      el("h3", {}, _("No models yet")),
      el("p", { class: "muted" }, _("Draw something and make it 3D: it can be placed here.")),
      el("a", { class: "button button-primary", href: "/studio/?board=new&tool=sketch_to_3d" }, icon("brush"), _("Make your first model")),
    );
  }

  #card(work) {
    const name = nameOf(work);
    const by = work.own ? null : el("span", { class: "model-by muted" }, work.owner);
    const picture = el("img", { src: posterOf(work.id), alt: "", loading: "lazy", decoding: "async", width: 160, height: 160, class: work.veiled ? "is-veiled" : "" });
    const place = async () => {
      button.setAttribute("aria-busy", "true");
      await this.place({ id: work.id, name });
      button.removeAttribute("aria-busy");
    };
    const label = fill(_("Place %(name)s"), { name });
    const button = el("button", { class: "model-card", type: "button", title: label, "aria-label": label, "data-model": work.id, onclick: place }, el("span", { class: "model-picture" }, picture, el("span", { class: "model-plus" }, icon("plus"))), el("span", { class: "model-name" }, name), by);
    return el("li", {}, button);
  }
}
