// The photo that is to be coloured: how it comes onto the board, what the panel says of it, and what is sent of it.

import { find } from "#lib/dom";
import { recall, remember } from "#lib/keep";
import { ask } from "#lib/server";
import { _, fill } from "#lib/words";
import { findPicture, keepPicture } from "#studio/canvas/chest";
import { hintsOf, newLayer, pictureOf, picturesOf } from "#studio/canvas/drawing";
import { hinted } from "#studio/canvas/hints";
import { LEAST_SIDE, LONGEST_SHAPE, MOST_BYTES, readPhoto, startPhoto } from "#studio/canvas/photos";

// The server keeps what was sent a day; before that ends it is sent again.
const SENT_LASTS = 20 * 3600 * 1000;

const REFUSALS = () => ({
  unsupported_image_type: _("This file cannot be read. Please use a PNG, JPEG or WebP photo; it may also be damaged."),
  moving: _("This picture moves. Please use a photo that stands still."),
  too_large: fill(_("This file is too large. A photo may have %(limit)s MB."), { limit: MOST_BYTES / 2 ** 20 }),
  image_too_small: fill(_("This photo is too small. Each side needs at least %(limit)s pixels."), { limit: LEAST_SIDE }),
  image_too_long: fill(_("This photo is too long. It may be %(limit)s times as long as high."), { limit: LONGEST_SHAPE }),
});

export class Photo {
  /**
   * @param {{board: object, form: object, tools: object, id: string, user: number, upload: (blob: Blob) => Promise<string>}} parts
   *   `id` is the board's
   */
  constructor({ board, form, tools, id, user, upload }) {
    Object.assign(this, { board, form, tools, upload });
    this.keepAs = `brushwire.photo.${user}.${id}`;
    this.fileAs = `photo-${id}`;
    /** {picture, input, sent, name, width, height, coloured}: of the photo on the board, if it came as one. */
    this.about = recall(this.keepAs);
    this.card = find("#photo");
    this.usual = find("#board-hint").textContent;
    const input = find("#photo-file");
    find("#photo-choose").addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      const files = [...input.files];
      input.value = "";
      if (files.length) this.take(files);
    });
    find("#photo-hints").addEventListener("click", () => this.#paint());
    board.addEventListener("change", () => this.draw());
    board.addEventListener("choice", () => this.#drawPalette());
    this.draw();
  }

  /** Whether the present tool works on a photo as it was taken. */
  get wanted() {
    return this.tools.onPhoto;
  }

  /** Whether the present tool takes hints: then the photo's own colours are no matter. */
  get hintable() {
    return Boolean(this.tools.of(this.tools.name)?.takes?.hints);
  }

  /** Whether the photo that came is still on the board. */
  get here() {
    return Boolean(this.about && picturesOf(this.board.drawing).has(this.about.picture));
  }

  /** Take a photo in, with hints that were painted on it before, if any. @param {Blob[]} files the first one counts */
  async take([file, ...more], { hints = null } = {}) {
    this.#say("");
    this.card.dataset.busy = "true";
    try {
      const { blob, width, height, coloured } = await readPhoto(file, { grey: this.hintable });
      const input = await this.upload(file);
      const name = file.name || _("Photo");
      await keepPicture(this.fileAs, file).catch(() => undefined);
      this.#remember({ input, sent: Date.now(), name, width, height, coloured, picture: await startPhoto(this.board, blob, _("Photo"), hints) });
      // Where damage may be marked on it, that is what the hand has next; hints would be colours for nothing.
      if (!this.hintable && this.tools.of(this.tools.name)?.takes?.mask) this.board.choose({ tool: "mask" });
      if (more.length) this.#say(_("One photo at a time is coloured here. An album takes many at once."));
    } catch (error) {
      this.#say(REFUSALS()[error.message] ?? error.message ?? _("The server cannot be reached."), true);
    } finally {
      delete this.card.dataset.busy;
      this.draw();
    }
  }

  /** The photo that a generation was made of, once more, with its hints: it is there at once if it still lies here. */
  async reopen({ image, hints }) {
    if (this.here && this.about.input === image) return this.#paint();
    const [file, painted] = await Promise.all([image, hints].map((id) => id && fetched(id)));
    if (!file) return this.#say(_("This photo is no longer kept. Open it from the gallery."), true);
    await this.take([file], { hints: painted });
    return this.#paint();
  }

  /** Its id for the server. @returns {Promise<string>} @throws {Error} when it cannot be sent */
  async sendable() {
    if (!this.here) return this.upload(await this.board.image());
    if (Date.now() - this.about.sent > SENT_LASTS) {
      const file = (await findPicture(this.fileAs).catch(() => null)) ?? (await this.board.image());
      this.#remember({ ...this.about, input: await this.upload(file), sent: Date.now() });
    }
    return this.about.input;
  }

  /** The board, the tool or the model has changed. */
  draw() {
    const { wanted, here, about, form, hintable } = this;
    this.card.hidden = !wanted;
    find("#board-hint").textContent = wanted ? _("Drop a photo here") : this.usual;
    this.card.classList.toggle("is-here", here);
    document.documentElement.toggleAttribute("data-photo", wanted || this.tools.wordless);
    if (!wanted) return this.#drawPalette();
    const network = !form.model?.asks[this.tools.name]?.includes("hints");
    find("#photo-copy").hidden = here || !hintsOf(this.board.drawing);
    find("#photo-name").textContent = here ? about.name : "";
    find("#photo-size").textContent = here ? `${about.width} × ${about.height}` : "";
    find("#photo-colours").hidden = !(here && about.coloured && hintable);
    find("#photo-way").hidden = !hintable;
    find("#photo-way").textContent = network
      ? _("The model finds the colours. Where you paint hints, they decide.")
      : this.form.config.models.some(({ tools, asks }) => tools.includes(this.tools.name) && !asks[this.tools.name]?.includes("hints"))
        ? _("Without a model your hints alone give the colours. Paint a stroke on every part that has a colour of its own.")
        : _("No colour model is installed here: your hints alone give the colours. Paint a stroke on every part that has a colour of its own.");
    find("#photo-hints").hidden = !hintable || this.board.empty;
    this.card.dataset.hinted = String(hinted(this.board));
    return this.#drawPalette();
  }

  /** Ready to paint hints: their layer is there and chosen. */
  #paint() {
    if (!hintsOf(this.board.drawing)) this.board.do({ do: "add", layer: newLayer({ kind: "hints" }) });
    this.board.activate(hintsOf(this.board.drawing).id);
    this.board.choose({ tool: "brush" });
    this.board.paper.focus();
    this.#drawPalette();
  }

  /** Its sides on the board, in whose middle it lies; null where it is not there. */
  get box() {
    return this.here ? pictureOf(this.board.drawing, this.about.picture) : null;
  }

  #drawPalette() {
    find("#hint-palette").hidden = this.board.layer?.kind !== "hints" || this.board.brush.tool === "mask";
  }

  #remember(about) {
    this.about = about;
    remember(this.keepAs, about);
  }

  #say(text, error = false) {
    const note = find("#photo-note");
    note.textContent = text;
    note.hidden = !text;
    note.classList.toggle("field-error", error);
  }
}

/** One's own input of the server; null when it is no longer kept. */
const fetched = (id) => ask("GET", `/api/v1/inputs/${id}`, undefined, { want: "blob" }).catch(() => null);
