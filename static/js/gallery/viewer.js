// The large view over a list: one work after another by keys, buttons and swipes. Its address says which one is open.
import { viewOf, withoutView, withView } from "#gallery/address";
import { part } from "#gallery/parts";
import { shapeOf } from "#gallery/shape";
import { swipes } from "#gallery/swipes";
import { openDialog } from "#lib/dialog";
import { find, findAll, isTyping } from "#lib/dom";
import { fill } from "#lib/words";

export class Viewer {
  #parts = {};
  #card = null;
  #shape = null;
  #info = new Map();
  #unveiled = new Set();

  /** `pages` gives the cards and more of them; `toggle(button)` marks a work. */
  constructor(pages, toggle) {
    Object.assign(this, { pages, toggle, dialog: find("#viewer") });
    for (const node of findAll("[data-part]", this.dialog)) this.#parts[node.dataset.part] = node;
    const { before, after, close, "info-button": info, stage, unveil } = this.#parts;
    before.addEventListener("click", () => this.step(-1));
    after.addEventListener("click", () => this.step(1));
    close.addEventListener("click", () => this.leave());
    unveil.addEventListener("click", () => this.#unveil());
    info.addEventListener("click", () => this.#showInfo(info.getAttribute("aria-expanded") !== "true"));
    this.dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.leave();
    });
    // On the document: a button that is switched off while it has the focus sends no keys any more.
    document.addEventListener("keydown", (event) => this.dialog.open && this.#key(event));
    stage.addEventListener("click", (event) => event.target === stage && this.leave());
    swipes(stage, this.#parts.picture, { left: () => this.step(1), right: () => this.step(-1), down: () => this.leave() });
    document.addEventListener("click", (event) => this.#click(event));
  }

  #click(event) {
    const link = event.target.closest?.(".works .work-link");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const card = link.closest(".work");
    history.pushState({ viewer: true }, "", withView(location.href, card.dataset.work));
    this.show(card);
  }

  /** The address has changed, or the page has just come: open what it names, or close. */
  async follow() {
    const id = viewOf(location.href);
    if (!id) return this.#close();
    const card = this.pages.cards.find((each) => each.dataset.work === id);
    if (card) return this.show(card);
    try {
      // Not in what is loaded of this list: by itself, with the list behind it.
      const [only] = await part(`/gallery/${encodeURIComponent(id)}/card/`);
      return this.show(only);
    } catch {
      history.replaceState({}, "", withoutView(location.href));
      return this.#close();
    }
  }

  /** Show the work of `card`. */
  show(card) {
    this.#card = card;
    if (!this.dialog.open) openDialog(this.dialog);
    this.#draw();
    this.#describe();
    if (!this.#parts.info.hidden) this.#showInfo(true);
    const cards = this.pages.cards;
    const place = cards.indexOf(card);
    for (const near of [cards[place + 1], cards[place - 1]]) if (near && !this.#veils(near)) new Image().src = near.dataset.image;
    this.#parts.before.disabled = place <= 0;
  }

  #draw() {
    const { picture, small, large, veil } = this.#parts;
    const thumbnail = find(".picture-image", this.#card);
    const [width, height] = ["width", "height"].map((side) => Number(thumbnail.getAttribute(side)));
    picture.style.setProperty("--ratio", width / height);
    picture.style.setProperty("--natural", `${width}px`);
    small.src = thumbnail.currentSrc || thumbnail.src;
    large.classList.remove("is-there");
    veil.hidden = !this.#veils(this.#card);
    this.#shape?.close();
    this.#shape = veil.hidden ? shapeOf(this.#card, this.#parts.stage) : null;
    picture.classList.toggle("is-veiled", !veil.hidden);
    if (!veil.hidden) {
      large.removeAttribute("src");
      large.alt = "";
      return;
    }
    large.src = this.#card.dataset.image;
    large.alt = find(".work-words", this.#card).textContent;
    const src = large.src;
    large.decode().then(
      () => large.src === src && large.classList.add("is-there"),
      () => {},
    );
  }

  /** Whether the work of `card` is shown blurred: until somebody asks for it, on this page. */
  #veils({ dataset }) {
    return "veiled" in dataset && !this.#unveiled.has(dataset.work);
  }

  #unveil() {
    this.#unveiled.add(this.#card.dataset.work);
    this.#draw();
    this.dialog.focus(); // the button is gone
  }

  #describe() {
    const { title, by, mark, page, status } = this.#parts;
    const { work, by: name } = this.#card.dataset;
    this.dialog.dataset.work = work;
    title.textContent = find(".work-words", this.#card).textContent;
    by.textContent = name;
    by.href = `/people/${encodeURIComponent(name)}/`;
    page.href = find(".work-link", this.#card).href;
    mark.replaceChildren(find("[data-mark]", this.#card).cloneNode(true));
    const cards = this.pages.cards;
    status.textContent = fill(gettext("%(place)s of %(count)s: %(title)s"), { place: cards.indexOf(this.#card) + 1, count: cards.length, title: title.textContent });
  }

  /** The next work, or the one before; at the end of what is loaded, more is loaded first. */
  async step(by) {
    const { progress, after } = this.#parts;
    const place = this.pages.cards.indexOf(this.#card);
    if (by > 0 && place === this.pages.cards.length - 1) {
      progress.hidden = false;
      await this.pages.more();
      progress.hidden = true;
      if (!this.dialog.open) return;
    }
    const next = this.pages.cards[place + by];
    after.classList.toggle("is-at-end", !next && by > 0);
    if (!next) return;
    history.replaceState(history.state, "", withView(location.href, next.dataset.work));
    this.show(next);
  }

  async #showInfo(open) {
    const { info, "info-button": button } = this.#parts;
    button.setAttribute("aria-expanded", String(open));
    info.hidden = !open;
    if (!open) return;
    const { work } = this.#card.dataset;
    if (!this.#info.has(work)) {
      info.setAttribute("aria-busy", "true");
      this.#info.set(work, await part(`/gallery/${work}/info/`).catch(() => null));
      info.removeAttribute("aria-busy");
    }
    if (this.#card.dataset.work !== work) return;
    const words = this.#info.get(work);
    if (!words) this.#info.delete(work);
    info.replaceChildren(...(words ?? [gettext("The studio cannot be reached. Please try again.")]));
  }

  #key(event) {
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    const keys = {
      ArrowRight: () => this.step(1),
      j: () => this.step(1),
      ArrowLeft: () => this.step(-1),
      k: () => this.step(-1),
      f: () => this.#press("favourite"),
      l: () => this.#press("like"),
      i: () => this.#showInfo(this.#parts.info.hidden),
    };
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  #press(kind) {
    const button = find(`[data-mark="${kind}"]`, this.#parts.mark);
    if (!button) return;
    if (document.body.classList.contains("visitor")) button.click();
    else this.toggle(button);
  }

  /** Close it, and leave the address that the list had. */
  leave() {
    if (history.state?.viewer) return history.back();
    history.replaceState({}, "", withoutView(location.href));
    return this.#close();
  }

  #close() {
    if (!this.dialog.open) return;
    this.#shape?.close();
    this.#shape = null;
    const link = this.#card?.isConnected && find(".work-link", this.#card);
    // After the dialog has given the focus back to the card that opened it: the last one is another.
    const back = () => {
      link.focus({ preventScroll: true });
      link.scrollIntoView({ block: "nearest", behavior: "instant" });
    };
    if (link) this.dialog.addEventListener("close", back, { once: true });
    this.dialog.close();
  }
}
