// What the people of a board have kept of its live picture: a strip of pictures for all of them, with who kept each.

import { el, find } from "#lib/dom";
import { ask } from "#lib/server";
import { _, fill } from "#lib/words";

export class Kept {
  /**
   * @param {import("../room/connection.js").Room} room @param {object} way hears `complain` through its live picture
   * @param {(text: string) => void} say read it out
   */
  constructor(room, way, say) {
    Object.assign(this, { room, way, say });
    /** By the generation that makes it. @type {Map<string, object>} */
    this.pins = new Map();
    this.list = el("ol", { class: "kept-list", "aria-label": _("Kept by the people of this board"), tabindex: "0" });
    this.root = el("section", { class: "kept", id: "kept", hidden: true }, el("h3", { class: "kept-title" }, _("Kept from this board")), this.list);
    find("#strip-title").before(this.root);
    this.shared = false;
    room.addEventListener("pinned", ({ detail }) => this.#take(detail.pin));
    room.addEventListener("welcome", () => this.shared && this.#fetch());
  }

  /** The board is shared, or is not any more. */
  show(shared) {
    if (shared === this.shared) return;
    this.shared = shared;
    if (shared) this.#fetch();
    this.#draw();
  }

  async #fetch() {
    const page = await ask("GET", `/api/v1/boards/${this.room.id}/pins`).catch(() => null);
    if (!page) return; // it is asked again when the room is entered anew
    this.pins = new Map(page.items.map((pin) => [pin.id, pin]));
    this.#draw();
  }

  #take(pin) {
    const before = this.pins.get(pin.id);
    if (pin.state === "failed") {
      this.pins.delete(pin.id);
      if (before?.by === this.room.you?.user) this.way.live.complain(_("The picture could not be kept."));
    } else {
      this.pins.set(pin.id, pin);
      if (pin.state === "kept" && before?.state !== "kept") this.say(words(pin));
    }
    this.#draw();
  }

  #draw() {
    const newest = [...this.pins.values()].sort((a, b) => b.at.localeCompare(a.at));
    this.list.replaceChildren(...newest.flatMap((pin) => (pin.works.length ? pin.works.map((work) => shown(pin, work)) : [coming(pin)])));
    this.root.hidden = !this.shared || !this.pins.size;
  }
}

const words = ({ name }) => (name ? fill(_("Kept by %(name)s"), { name }) : _("Kept"));

function shown(pin, { image, thumbnail, width, height, veiled }) {
  const picture = el("img", { src: thumbnail, alt: words(pin), width, height, loading: "lazy", decoding: "async", class: veiled ? "is-veiled" : "" });
  const open = el("a", { class: "kept-picture", href: image, target: "_blank", rel: "noopener", title: _("Open the picture") }, picture);
  const item = el("li", { class: "kept-item" }, open, el("span", { class: "kept-words" }, words(pin)));
  picture.addEventListener("error", () => item.remove()); // it was deleted
  return item;
}

function coming(pin) {
  const words = pin.name ? fill(_("%(name)s keeps this one …"), { name: pin.name }) : _("Being made …");
  return el("li", { class: "kept-item is-coming" }, el("span", { class: "kept-picture", "aria-hidden": "true" }), el("span", { class: "kept-words" }, words));
}
