// One output of a generation on the screen: waiting, previews that sharpen, then the picture itself.

import { el, icon } from "#lib/dom";
import { _, fill } from "#lib/words";

/** The ids of the veiled works that the person has asked to see, until the page is left. */
const unveiled = new Set();

export class Tile {
  /** @param {number} index @param {{act: () => void, label: string}|null} choose what a click on it does, if anything */
  constructor(index, choose = null) {
    this.index = index;
    this.image = null;
    this.url = null;
    this.shown = null;
    this.shape = null;
    this.closed = false;
    this.node = el("div", { class: "tile is-waiting" });
    if (choose) this.node.append(el("button", { class: "tile-choose", type: "button", "aria-label": choose.label, title: choose.label, onclick: choose.act }));
  }

  /** @param {import("../store.js").Entry} entry */
  draw(entry) {
    const work = entry.works.find((each) => each.index === this.index);
    if (work) return this.#work(work, entry);
    const preview = entry.previews.get(this.index);
    if (preview) return this.#preview(preview);
    // A finished one without its picture: it was deleted.
    if (["failed", "cancelled", "expired", "finished"].includes(entry.state)) return this.#dead(entry.state);
    return undefined;
  }

  /** Two buttons: better and worse. @param {(mark: 1|-1) => void} act */
  offerMarks(act) {
    const make = (mark, name, words) => el("button", { class: "button button-icon button-small", type: "button", "data-mark": mark, "aria-pressed": "false", "aria-label": words, title: words, onclick: () => act(mark) }, icon(name));
    const number = this.index + 1;
    this.marks = el(
      "div",
      { class: "tile-marks" },
      make(1, "thumbs-up", fill(_("Picture %(number)s is better"), { number })),
      make(-1, "thumbs-down", fill(_("Picture %(number)s is worse"), { number })),
    );
    this.node.append(this.marks);
  }

  /** @param {1|-1|0} mark */
  drawMark(mark) {
    for (const button of this.marks.children) button.setAttribute("aria-pressed", String(Number(button.dataset.mark) === mark));
  }

  /** Let the browser forget the last preview, and what it holds of a shape. */
  close() {
    this.#release();
    this.closed = true;
    this.shape?.close();
  }

  #preview(preview) {
    if (this.shown === preview) return;
    this.shown = preview;
    const url = URL.createObjectURL(new Blob([preview.bytes], { type: preview.mediaType }));
    const old = this.url;
    this.url = url;
    this.#show(url, fill(_("Preview after step %(step)s of %(total)s"), preview)).then(() => old && URL.revokeObjectURL(old));
  }

  #work(work, entry) {
    if (this.shown === work.id) return;
    this.shown = work.id;
    if (work.veiled && !unveiled.has(work.id)) this.#veil(work, entry.params.prompt);
    this.#show(work.image, entry.params.prompt || _("Picture")).then(() => this.#release());
    if (work.model && !this.node.classList.contains("is-veiled")) this.#turns(work, entry.params.prompt);
    if (entry.count > 1) this.node.append(this.#tools(work)); // a single picture has its buttons below
  }

  /** A shape in space can be turned, over its picture. */
  async #turns(work, label) {
    const host = el("div", { class: "tile-shape" });
    this.node.append(host);
    const { ModelViewer } = await import("#lib/viewer/viewer");
    if (this.closed) return;
    this.shape = new ModelViewer(host, { source: work.model, poster: work.image, label, scrolls: false });
  }

  /** Blurred, by the stylesheet, until the person asks for the picture. */
  #veil(work, label) {
    const show = () => {
      unveiled.add(work.id);
      this.node.classList.remove("is-veiled");
      veil.remove();
      if (work.model) this.#turns(work, label);
    };
    const words = el("span", { class: "veil-words" }, icon("eye-off"), _("Sensitive picture"));
    const veil = el("div", { class: "veil" }, words, el("button", { class: "button button-small", type: "button", onclick: show }, icon("eye"), _("Show the picture")));
    this.node.classList.add("is-veiled");
    this.node.append(veil);
  }

  /** The new picture takes the old one's place only when it can be painted: nothing ever flashes. */
  async #show(source, alt) {
    const next = el("img", { src: source, alt, decoding: "async" });
    await next.decode().catch(() => undefined);
    this.node.classList.remove("is-waiting", "is-dead");
    if (this.image) this.image.replaceWith(next);
    else this.node.prepend(next);
    this.image = next;
  }

  #dead(state) {
    if (this.shown === state || this.image) return this.node.classList.remove("is-waiting");
    this.shown = state;
    this.node.classList.remove("is-waiting");
    this.node.classList.add("is-dead");
    this.node.replaceChildren(icon({ cancelled: "x", finished: "trash-2" }[state] ?? "circle-alert"));
    return undefined;
  }

  #tools(work) {
    const link = (attributes, name, text) => el("a", { class: "button button-icon", "aria-label": text, title: text, ...attributes }, icon(name));
    return el(
      "div",
      { class: "tile-tools" },
      link({ href: `${work.page}download/`, download: `brushwire-${work.seed}.png` }, "download", _("Download")),
      link({ href: work.page }, "external-link", _("Open in the gallery")),
    );
  }

  #release() {
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = null;
  }
}
