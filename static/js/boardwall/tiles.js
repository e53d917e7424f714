// The tiles of the wall, one a board: made once, changed in place, never reordered by what happens on them.

import { el, icon } from "#lib/dom";
import { _, fill } from "#lib/words";
import { ago } from "#boardwall/times";

export class Tiles {
  /** @param {HTMLElement} list @param {{open: string, act: (name: string, board: object) => void}} how `open`: the studio's address */
  constructor(list, { open, act }) {
    Object.assign(this, { list, open, act, tiles: new Map() });
  }

  /** Show these boards in this order. */
  show({ boards, frozen, paused }) {
    const here = new Set(boards.map((board) => board.id));
    for (const [id, tile] of this.tiles) {
      if (here.has(id)) continue;
      tile.node.remove();
      this.tiles.delete(id);
    }
    boards.forEach((board, n) => {
      const tile = this.tiles.get(board.id) ?? this.#make(board.id);
      const node = this.list.children[n];
      // Only what is out of place is moved: the focus stays where it is.
      if (node !== tile.node) this.list.insertBefore(tile.node, node ?? null);
      this.#write(tile, board, frozen || paused);
    });
  }

  /** Time goes on: "now" becomes "a minute ago". */
  tick() {
    for (const tile of this.tiles.values()) this.#when(tile);
  }

  #make(id) {
    const tile = {};
    const button = (name, symbol) => {
      const node = el("button", { class: "button button-quiet button-icon button-small", type: "button", onclick: () => this.act(tile.acts[name], tile.board) }, icon(symbol));
      return (tile[name] = node);
    };
    tile.picture = el("img", { class: "tile-picture", alt: "", decoding: "async", hidden: true });
    tile.nothing = el("span", { class: "tile-nothing" }, icon("brush"));
    tile.link = el("a", { class: "tile-link", href: `${this.open}?board=${id}` }, tile.picture, tile.nothing);
    tile.badges = el("span", { class: "tile-badges" });
    tile.who = el("strong", { class: "tile-who", dir: "auto" });
    tile.people = el("span", { class: "tile-people", hidden: true }, icon("users"), el("span"));
    tile.title = el("span", { class: "tile-title", dir: "auto" });
    tile.when = el("span", { class: "tile-when" });
    const words = el("div", { class: "tile-words" }, el("span", { class: "tile-line" }, tile.who, tile.people), el("span", { class: "tile-line" }, tile.title, tile.when));
    tile.buttons = el("div", { class: "tile-acts", role: "group" }, button("light", "presentation"), button("freeze", "snowflake"), button("clear", "eraser"));
    tile.acts = { clear: "clear" };
    tile.node = el("li", { class: "tile" }, el("div", { class: "tile-frame" }, tile.link, tile.badges, tile.buttons), words);
    this.tiles.set(id, tile);
    return tile;
  }

  #write(tile, board, resting) {
    const before = tile.board;
    tile.board = board;
    const title = board.closed ? "" : board.title || _("Untitled");
    this.#picture(tile, board);
    say(tile.who, board.who);
    say(tile.title, board.more ? fill(_("%(title)s, and %(n)s more"), { title, n: board.more }) : title);
    if (!before || board.people !== before.people) {
      tile.people.hidden = board.people === 0;
      say(tile.people.lastElementChild, String(board.people));
      tile.people.title = fill(_("People in the room: %(n)s"), { n: board.people });
    }
    for (const name of ["drawing", "lit", "frozen", "closed"]) tile.node.classList.toggle(`is-${name}`, Boolean(board[name]));
    tile.node.classList.toggle("is-frozen", board.frozen || (resting && !board.closed));
    if (!before || before.lit !== board.lit || before.frozen !== board.frozen || before.closed !== board.closed) this.#badges(tile, board);
    this.#buttons(tile, board, resting);
    this.#when(tile);
  }

  #picture(tile, board) {
    if (tile.shown === board.picture) return;
    tile.shown = board.picture;
    tile.nothing.hidden = Boolean(board.picture);
    if (!board.picture) {
      tile.picture.hidden = true;
      return;
    }
    // The old picture stays until the new one is there: nothing flickers.
    const next = new Image();
    next.src = board.picture;
    const lay = () => {
      if (tile.shown !== board.picture) return;
      tile.picture.src = next.src;
      tile.picture.hidden = false;
    };
    next.decode().then(lay, () => (tile.shown = undefined));
  }

  #badges(tile, board) {
    const badge = (symbol, words) => el("span", { class: "badge", title: words }, icon(symbol), el("span", {}, words));
    const found = [board.lit && badge("presentation", _("On the big screen")), board.frozen && badge("snowflake", _("Frozen")), board.closed && badge("lock", _("Closed by a moderator"))];
    tile.badges.replaceChildren(...found.filter(Boolean));
    tile.nothing.replaceChildren(board.closed ? icon("lock") : icon("brush"));
  }

  #buttons(tile, board, resting) {
    tile.buttons.hidden = board.closed;
    tile.link.classList.toggle("is-off", board.closed);
    if (board.closed) tile.link.removeAttribute("href");
    else tile.link.href = `${this.open}?board=${board.id}`;
    tile.link.setAttribute("aria-label", fill(_("Open the board of %(name)s"), { name: board.who }));
    tile.acts.light = board.lit ? "dim" : "spotlight";
    tile.acts.freeze = board.frozen ? "unfreeze" : "freeze";
    const { who } = board;
    name(tile.light, board.lit ? fill(_("Take the board of %(name)s off the big screen"), { name: who }) : fill(_("Show the board of %(name)s on the big screen"), { name: who }), board.lit);
    name(tile.freeze, board.frozen ? fill(_("Let %(name)s draw"), { name: who }) : fill(_("Freeze the board of %(name)s"), { name: who }), board.frozen);
    tile.freeze.disabled = resting;
    name(tile.clear, fill(_("Clear the board of %(name)s"), { name: who }));
  }

  #when(tile) {
    const { drawing, changed, closed } = tile.board;
    say(tile.when, closed ? "" : drawing ? _("drawing now") : ago(changed));
  }
}

function say(node, words) {
  if (node.textContent !== words) node.textContent = words;
}

function name(button, words, on = null) {
  if (button.title === words) return;
  button.title = words;
  button.setAttribute("aria-label", words);
  if (on !== null) button.setAttribute("aria-pressed", String(on));
}
