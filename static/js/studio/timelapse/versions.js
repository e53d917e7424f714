// Earlier versions of a drawing: looked at, with who drew since, before everybody goes back to one.

import { openDialog } from "#lib/dialog";
import { el, find, findAll, icon } from "#lib/dom";
import { NoAnswer, ask } from "#lib/server";
import { fill, _ } from "#lib/words";
import { Stack } from "#studio/canvas/stack";
import { Authors, drewBetween } from "#studio/timelapse/authors";
import { storyOf } from "#studio/timelapse/moments";

const PAPER = "#ffffff";
const NAMED = 3; // so many names stand in a row of the list
const SMALL = 120; // pixels of a small picture

/** @param {{board: import("../canvas/board.js").Board, place: string, room: object|null, chosen: number}} of `place`: the board in the API */
export function openVersions(of) {
  return new Versions(of).open();
}

class Versions {
  constructor({ board, place, room, chosen }) {
    Object.assign(this, { board, place, room, chosen, when: new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" }) });
    this.stack = new Stack(el("div"), board.pictures.bitmaps);
    this.entries = storyOf(board.drawing).entries;
  }

  async open() {
    const [{ items }, names] = await Promise.all([ask("GET", `${this.place}/versions`), ask("GET", `${this.place}/authors`)]);
    this.authors = new Authors(this.entries, names, _("somebody"));
    this.#build(items);
    document.body.append(this.dialog);
    openDialog(this.dialog);
    await this.#show(items.some(({ id }) => id === this.chosen) ? this.chosen : items[0]?.id);
  }

  #build(items) {
    const close = el("button", { class: "button button-quiet button-icon", type: "button", "aria-label": _("Close"), title: _("Close"), onclick: () => this.dialog.close() }, icon("x"));
    this.list = el("ul", { class: "versions-list", role: "list" }, ...items.map((item, n) => this.#row(item, items[n - 1])));
    this.canvas = el("canvas", { role: "img", "aria-label": _("The board as it was") });
    this.stage = el("div", { class: "versions-stage" }, this.canvas);
    this.words = el("p", { class: "field-error", role: "alert", hidden: true });
    this.back = el("button", { class: "button button-primary", type: "button", onclick: () => this.#restore() }, icon("history"), _("Go back to this"));
    const may = this.room?.rights.draw;
    const note = may ? _("Everybody here sees it. What the board is now is kept as a version, too.") : _("Whoever may draw here can go back to a version.");
    this.back.hidden = !may;
    this.dialog = el(
      "dialog",
      { class: "versions", "aria-labelledby": "versions-title" },
      el("div", { class: "dialog-head" }, el("h2", { id: "versions-title" }, _("Earlier versions")), close),
      el("div", { class: "versions-body" }, this.list, this.stage),
      this.words,
      el("div", { class: "versions-foot" }, el("p", { class: "small muted" }, note), this.back),
    );
    this.dialog.addEventListener("keydown", (event) => event.stopPropagation()); // the board's keys rest meanwhile
    this.dialog.addEventListener("close", () => this.dialog.remove());
  }

  /** One version: when, how it looked, and who drew until the next one. */
  #row({ id, changed_at: at, thumbnail }, next) {
    const since = drewBetween(this.entries, Date.parse(at), next ? Date.parse(next.changed_at) : null).map((by) => this.authors.people.get(by).name);
    const more = since.length - NAMED;
    const names = since.slice(0, NAMED).join(", ") + (more > 0 ? ` ${fill(_("and %(n)s more"), { n: more })}` : "");
    const small = thumbnail ? el("img", { src: thumbnail, alt: "", loading: "lazy", decoding: "async" }) : icon("image");
    return el(
      "li",
      {},
      el(
        "button",
        { class: "versions-row", type: "button", "data-version": id, onclick: () => this.#show(id) },
        el("span", { class: "versions-small" }, small),
        el("span", { class: "versions-words" }, el("time", { datetime: at }, this.when.format(new Date(at))), names && el("span", { class: "small muted", dir: "auto" }, fill(_("Since then: %(names)s"), { names }))),
      ),
    );
  }

  /** Paint one as it was; nothing of the board changes. */
  async #show(id) {
    this.chosen = id;
    for (const row of findAll(".versions-row", this.list)) row.setAttribute("aria-current", String(Number(row.dataset.version) === id));
    this.back.disabled = true;
    if (id === undefined) return;
    this.stage.setAttribute("aria-busy", "true");
    await this.#try(async () => {
      const drawing = await ask("GET", `${this.place}/versions/${id}`);
      await this.board.pictures.want(this.board.picturesIn(drawing));
      if (this.chosen !== id || !this.dialog.open) return;
      await this.stack.show(drawing, null);
      await this.stack.whenDone();
      const flat = this.stack.flat(drawing, undefined, PAPER);
      Object.assign(this.canvas, { width: flat.width, height: flat.height });
      this.canvas.getContext("2d").drawImage(flat, 0, 0);
      this.#small(id, flat);
      this.stage.removeAttribute("aria-busy");
      this.back.disabled = false;
    });
  }

  /** Where the server has no small picture of it, this is one. */
  #small(id, flat) {
    const place = find(`[data-version="${id}"] .versions-small`, this.list);
    if (find("img, canvas", place)) return;
    const small = el("canvas", { width: SMALL, height: Math.round((SMALL * flat.height) / flat.width) });
    small.getContext("2d").drawImage(flat, 0, 0, small.width, small.height);
    place.replaceChildren(small);
  }

  #restore() {
    this.back.disabled = true;
    return this.#try(async () => {
      await ask("POST", `${this.place}/versions/${this.chosen}/restore`);
      this.dialog.close();
    });
  }

  async #try(act) {
    this.words.hidden = true;
    try {
      await act();
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      this.words.textContent = error.code === "offline" ? _("There is no connection right now. Please try again.") : error.message;
      this.words.hidden = false;
      this.back.disabled = false;
      find("button", this.dialog).focus();
    }
  }
}
