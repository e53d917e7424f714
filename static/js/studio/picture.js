// The picture half of the studio put together: results, live pictures, what a request costs, what the time-lapse notes.
// main.js fetches it when the board and the settings can be used already.

import { find } from "#lib/dom";
import { Live } from "#studio/live/live";
import { LivePanel } from "#studio/live/panel";
import { resultActs } from "#studio/panels/acts";
import { Cards } from "#studio/panels/cards";
import { Filmstrip } from "#studio/panels/filmstrip";
import { Pinned } from "#studio/panels/pinned";
import { PriceLine } from "#studio/panels/price";
import { Announcer, Strip } from "#studio/panels/strip";
import { Tray } from "#studio/panels/tray";
import { Viewer } from "#studio/panels/viewer";
import { Recorder } from "#studio/timelapse/recorder";
import { entries, inView, ofBoard } from "#studio/views";

export class PictureHalf {
  /**
   * @param {object} parts desk, store, actions, form, tools, origins, user, language, and photo, which may be fetched later
   * @param {object} page `look(command)`: bring it into view (null: whatever is newest), `redraw()`, `draw()`: show the
   *   board, `fail(text)`, `whyNotSent(error)`, `turned(on)`: the live picture
   */
  constructor({ desk, store, actions, form, tools, origins, photo, user, language }, page) {
    const { board, id } = desk;
    Object.assign(this, { board: id, store, actions });
    this.tray = new Tray(actions, `brushwire.tray.${user}.${id}`);
    this.announcer = new Announcer(language);
    this.pinned = new Pinned(`brushwire.pinned.${user}.${id}`, page.look, (text) => this.announcer.say(text));
    this.film = new Filmstrip(store);
    const entryOf = (command) => entries(store).find((entry) => entry.command === command);
    const act = resultActs({ actions, store, board, form, tools, tray: this.tray, pinned: this.pinned, film: this.film, origins, photo }, { ...page, entryOf });
    this.viewer = new Viewer(act, language);
    this.strip = new Strip(page.look, language, () => this.film.earlier());
    this.cards = new Cards({ choose: page.look, cancel: (command) => actions.stop(entryOf(command)) }, language);
    this.price = new PriceLine({ form, tools, store });
    this.live = new Live({ board, form, tools, actions, store });
    this.livePanel = new LivePanel(this.live, {
      shown: (mine) => {
        if (mine) page.look(null); // a new frame brings the live picture back into view; not that of somebody else
        this.live.way.shown();
      },
      turned: page.turned,
      pinned: page.redraw,
    });
    desk.cloud.onRoom?.((room) => this.#share(room));
    this.recorder = new Recorder({ board, live: this.live, store, shelf: desk.keeper.shelf });
    this.pinned.addEventListener("change", page.redraw);
    board.addEventListener("change", () => this.price.soon());
    form.addEventListener("values", () => this.livePanel.draw()); // not every tool and model can be drawn with live
    this.#keepUp();
  }

  /** @param {string|null} chosen the command that the person wants to look at */
  draw(chosen) {
    const { live, livePanel, pinned, store } = this;
    const all = entries(store);
    const own = ofBoard(all, this.board);
    const current = inView(all, chosen, own);
    const online = store.connection.state === "online";
    const watching = live.on && !chosen;
    this.viewer.draw(current, online);
    this.cards.draw(all, current?.command ?? null, online);
    livePanel.show(watching);
    find("#viewer").hidden = watching;
    pinned.draw(current?.command !== pinned.command || watching);
    this.strip.draw(own, watching ? null : (current?.command ?? null), { more: this.film.more, pinned: pinned.command });
    this.announcer.draw(current);
    livePanel.draw();
  }

  /** On a board that others can open there is one live picture for all. */
  async #share(room) {
    const { shareLive } = await import("#studio/live/room");
    shareLive({ room, live: this.live, panel: this.livePanel, actions: this.actions, say: (text) => this.announcer.say(text) });
  }

  /** The results of this board are asked for whenever something may have changed elsewhere. */
  #keepUp() {
    let online = false;
    const look = ({ connection: { state } }) => {
      if (!online && state === "online") this.film.refresh();
      online = state === "online";
    };
    this.store.subscribe(look);
    look(this.store);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.film.refresh());
  }
}
