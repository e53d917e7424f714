// The drawing half of the studio put together: board, tools, colours, layers, pictures from outside, keeping.

import { find } from "#lib/dom";
import { _, fill } from "#lib/words";
import { Board } from "#studio/canvas/board";
import { picturesIn, readPicture } from "#studio/canvas/imports";
import { Colours } from "#studio/panels/colours";
import { Keeping } from "#studio/panels/keeping";
import { Layers } from "#studio/panels/layers";
import { Toolbar } from "#studio/panels/toolbar";

const REFUSALS = () => ({
  locked: _("This layer is locked. Unlock it or choose another one."),
  hidden: _("This layer is hidden. Show it or choose another one."),
  watching: _("You are watching here. Whoever owns the board can let you draw."),
  frozen: _("The board is frozen for a moment: nobody draws."),
  layers: _("There are as many layers as a board can have. Merge or delete one first."),
  unsupported_image_type: _("This file cannot be opened here. Please use a PNG, JPEG or WebP picture."),
  too_large: _("This file is too large."),
  address: _("This picture could not be fetched."),
});
const NOTE_FOR = 6000;

export class Desk {
  /** @param {number} user whose desk it is @param {{board: string|null, asked: boolean}} config which board to open */
  constructor(config) {
    const { user } = config;
    const full = _("This browser has no room to keep your drawing. Do not close this page before it is saved.");
    this.board = new Board({ space: find("#board-space"), frame: find("#board-frame"), paper: find("#board") }, { author: user });
    this.keeping = new Keeping(this.board, config, { lastAs: `brushwire.board.${user}`, full, tell: (text) => this.tell(text) });
    this.colours = new Colours(this.board, `brushwire.colours.${user}`);
    this.toolbar = new Toolbar(this.board, `brushwire.brush.${user}`);
    this.layers = new Layers(this.board);
    this.board.addEventListener("change", () => this.#drawFrame());
    /** Whether something else was done with a picture that came in. @type {(file: File) => Promise<boolean>} */
    this.offer = async () => false;
    /** Whether pictures went elsewhere than onto a layer. @type {(files: Blob[]) => Promise<boolean>|boolean} */
    this.instead = () => false;
    this.board.addEventListener("refused", ({ detail }) => this.tell(REFUSALS()[detail]));
    this.board.addEventListener("picked", ({ detail }) => this.colours.take(detail));
    this.board.pictures.addEventListener("full", () => this.tell(full));
    this.#bindImports();
    this.#bindSelection();
    this.#drawFrame();
  }

  /** The board's id. */
  get id() {
    return this.keeping.id;
  }

  /** @type {import("../canvas/scribe.js").Scribe} */
  get keeper() {
    return this.keeping.keeper;
  }

  /** @type {import("../canvas/roomcloud.js").RoomCloud} */
  get cloud() {
    return this.keeping.cloud;
  }

  /** Bring back what was drawn here, and what the server has. @returns {Promise<boolean>} whether there was anything */
  open() {
    return this.keeping.open();
  }

  /** What the keyboard can do here, by the names of the table in keys.js. */
  get acts() {
    const { board, toolbar, colours, layers } = this;
    return {
      undo: () => board.undo(),
      redo: () => board.redo(),
      tool: (name) => toolbar.tool(name),
      smaller: () => toolbar.resize(-1),
      larger: () => toolbar.resize(1),
      swap: () => colours.swap(),
      reset: () => colours.reset(),
      layers: () => layers.toggle(),
      all: () => (board.choose({ tool: "lasso" }), board.lasso.all()),
      remove: () => board.lasso.cut() || layers.clear(),
      put: () => board.lasso.selection.done(),
      fit: () => board.view.fit(),
      actual: () => board.view.actual(board.size),
      mirror: () => board.view.mirror(),
      moving: (on) => board.setMoving(on),
      escape: () => board.escape(),
    };
  }

  /** A line about the board, for a moment. */
  tell(text) {
    const note = find("#board-note");
    note.textContent = text;
    note.hidden = false;
    clearTimeout(this.noted);
    this.noted = setTimeout(() => (note.hidden = true), NOTE_FOR);
  }

  /** Take pictures in as layers, one after the other. @param {Iterable<Blob>} files */
  async take(files) {
    if (await this.instead([...files])) return;
    for (const file of files) {
      try {
        const { blob, from, to } = await readPicture(file);
        const name = (file.name ?? "").replace(/\.\w+$/, "").slice(0, 80) || _("Picture");
        if (!(await this.board.addPicture(blob, name))) return;
        if (to.width < from.width) this.tell(fill(_("This picture was large and has been made smaller: from %(from)s to %(to)s."), { from: `${from.width} × ${from.height}`, to: `${to.width} × ${to.height}` }));
      } catch (error) {
        const words = REFUSALS()[error.message];
        if (!words) throw error;
        this.tell(words);
      }
    }
  }

  /** Take in the picture at one of our own addresses. */
  async fetch(address) {
    const answer = await fetch(address).catch(() => null);
    if (answer?.ok) await this.take([await answer.blob()]);
    else this.tell(REFUSALS().address);
  }

  // ------------------------------------------------------------------------------------------------------------------

  #drawFrame() {
    const { width, height } = this.board.size;
    this.board.frame.style.setProperty("--w", width);
    this.board.frame.style.setProperty("--h", height);
  }

  #bindImports() {
    const input = find("#import-file");
    const take = async ({ files, address }) => {
      if (!files.length) return address && this.fetch(address);
      // A picture that says how it was made may be meant as either: the person is asked.
      return (files.length === 1 && (await this.offer(files[0]))) || this.take(files);
    };
    find("#import-button").addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      this.take([...input.files]);
      input.value = "";
    });
    document.addEventListener("paste", (event) => {
      if (!event.clipboardData?.files.length || find("dialog[open]")) return;
      event.preventDefault();
      take(picturesIn(event.clipboardData));
    });
    // Anywhere on the page: a file dropped beside the board would otherwise take the page's place.
    document.addEventListener("dragover", (event) => {
      if (!event.dataTransfer.types.some((type) => type === "Files" || type === "text/uri-list")) return;
      event.preventDefault();
      this.board.space.toggleAttribute("data-dropping", true);
    });
    for (const kind of ["dragleave", "drop", "dragend"]) {
      document.addEventListener(kind, (event) => {
        if (kind !== "dragleave" || !event.relatedTarget) this.board.space.removeAttribute("data-dropping");
      });
    }
    document.addEventListener("drop", (event) => {
      const found = picturesIn(event.dataTransfer);
      if (!found.files.length && !found.address) return;
      event.preventDefault();
      take(found);
    });
  }

  #bindSelection() {
    const { selection } = this.board.lasso;
    const tools = find("#selection-tools");
    const acts = { put: () => selection.done(), cut: () => this.board.lasso.cut(), drop: () => selection.clear() };
    for (const [name, run] of Object.entries(acts)) find(`[data-selection="${name}"]`, tools).addEventListener("click", run);
    selection.addEventListener("change", () => (tools.hidden = !selection.chosen));
  }
}
