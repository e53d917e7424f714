// The whole world as one model: asked for like every other work, with its progress, a way to stop it, and what came of it.

import { el, find, icon, oncePerFrame } from "#lib/dom";
import { openDialog } from "#lib/dialog";
import { _, fill } from "#lib/words";
import { Actions } from "#studio/actions";
import { ConnectionPanel } from "#studio/panels/connection";
import { Filmstrip } from "#studio/panels/filmstrip";
import { describe } from "#studio/panels/wording";
import { Store } from "#studio/store";
import { Unsent } from "#studio/unsent";
import { entries, isUnderWay, ofBoard } from "#studio/views";

const SHOWN = 6;
const SECOND = 1000;

export class Maker {
  /**
   * @param {import("./world.js").World} world @param {{socket: string, user: number, model: string|null}} config
   * @param {{id: string, title: () => string, summary: () => {triangles: number, loading: boolean}, tell: (text: string) => void}} about
   */
  constructor(world, config, about) {
    Object.assign(this, { world, config, about, language: document.documentElement.lang });
    this.store = new Store(about.id);
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.actions = new Actions(this.store, `${scheme}//${location.host}${config.socket}`);
    this.actions.onNotice = (event) => document.dispatchEvent(new CustomEvent("notice", { detail: event }));
    this.film = new Filmstrip(this.store);
    this.connection = new ConnectionPanel(this.store, { retry: () => this.actions.socket.wake(), takeOver: () => this.actions.connect() });
    this.rows = new Map();
    this.said = new Map();
    const draw = oncePerFrame(() => this.#draw());
    this.store.subscribe(draw);
    this.store.subscribe(({ connection: { state } }) => {
      if (!this.online && state === "online") this.film.refresh();
      this.online = state === "online";
    });
    find("#make").addEventListener("click", () => this.open());
    find("#make-form").addEventListener("submit", () => this.#make());
    find("#make-not").addEventListener("click", () => find("#make-dialog").close());
    window.addEventListener("online", () => this.actions.socket.wake());
    window.addEventListener("offline", () => this.actions.socket.sleep());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.actions.socket.wake());
  }

  async begin() {
    await new Unsent(`${this.config.user}.${this.about.id}`, this.actions).bringBack();
    this.actions.connect();
  }

  /** Ask what it shall be. */
  open() {
    const { world, config, about } = this;
    if (!config.model) return about.tell(_("There is no model to draw with yet. An administrator can add one."));
    if (world.blank) return about.tell(_("There is nothing in this world yet. Place a model first."));
    const { triangles, loading } = about.summary();
    const many = new Intl.NumberFormat(this.language);
    const parts = [fill(_("Models: %(count)s"), { count: many.format(world.things.length) })];
    if (triangles && !loading) parts.push(fill(_("triangles: %(count)s"), { count: many.format(triangles) }));
    find("#make-told").textContent = parts.join(" · ");
    find("#make-name").value = about.title();
    find("#make-ground").checked = world.drawing.ground.shown;
    find("#make-ground").disabled = !world.drawing.ground.shown;
    return openDialog(find("#make-dialog"));
  }

  // ------------------------------------------------------------------------------------------------------------------

  #make() {
    const params = { prompt: find("#make-name").value.trim(), world: structuredClone(this.world.drawing), ground: find("#make-ground").checked };
    this.actions.generate({ tool: "world", model: this.config.model, params });
  }

  #draw() {
    const all = ofBoard(entries(this.store), this.store.board).filter((entry) => entry.tool === "world" && entry.state !== "cancelled").slice(0, SHOWN);
    const { rejection } = this.store;
    if (rejection) {
      this.store.rejection = null;
      // What is said of a field of the form is said of the world itself.
      this.about.tell([rejection.message, ...Object.values(rejection.fields ?? {}).map(({ message }) => message)].filter(Boolean).at(-1));
    }
    const wanted = new Set(all.map(({ command }) => command));
    for (const command of this.rows.keys()) if (!wanted.has(command)) this.rows.delete(command);
    const nodes = all.map((entry) => this.#row(entry));
    const list = find("#made");
    if (nodes.length !== list.children.length || nodes.some((node, n) => node !== list.children[n])) list.replaceChildren(...nodes);
    find("#made-section").hidden = nodes.length === 0;
    find("#make").toggleAttribute("data-busy", all.some(isUnderWay));
    this.connection.draw();
  }

  /** A row is made anew only when its state is another one. */
  #row(entry) {
    const known = this.rows.get(entry.command);
    const node = known?.dataset.state === entry.state ? known : this.#newRow(entry);
    this.rows.set(entry.command, node);
    if (isUnderWay(entry)) {
      const words = describe(entry, { online: this.store.connection.state === "online", language: this.language });
      const [title, detail, bar] = [".made-title", ".made-detail", "progress"].map((selector) => find(selector, node));
      if (title.textContent !== words.title) title.textContent = words.title;
      detail.textContent = words.detail;
      if (words.step === null) bar.removeAttribute("value");
      else Object.assign(bar, { max: words.total, value: words.step });
    }
    return node;
  }

  #newRow(entry) {
    const [work] = entry.works ?? [];
    if (entry.state === "finished" && work) return this.#finished(entry, work);
    if (isUnderWay(entry)) {
      const cancel = el("button", { class: "button button-quiet button-icon button-small", type: "button", "aria-label": _("Cancel"), title: _("Cancel"), onclick: () => this.#cancel(entry.command) }, icon("x"));
      return el("li", { class: "made", "data-state": entry.state }, el("span", { class: "made-words" }, el("span", { class: "made-title" }), el("span", { class: "made-detail muted small" })), cancel, el("progress", { "aria-label": _("Progress"), max: 1 }));
    }
    const { title } = describe(entry, { language: this.language });
    return el("li", { class: "made made-failed", "data-state": entry.state, role: "alert" }, icon("triangle-alert"), el("span", { class: "made-words" }, el("span", { class: "made-title" }, title)));
  }

  #finished(entry, work) {
    const name = entry.params.prompt || _("World");
    const picture = el("img", { src: work.thumbnail, alt: "", width: 56, height: 56, loading: "lazy" });
    const when = new Intl.DateTimeFormat(this.language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(entry.at));
    if (Date.now() - entry.at < 90 * SECOND && !this.said.has(work.id)) {
      this.said.set(work.id, true);
      this.about.tell(_("The world is one model now. It is in your gallery, where you can share it."));
    }
    return el(
      "li",
      { class: "made", "data-state": entry.state, "data-work": work.id },
      picture,
      el("span", { class: "made-words" }, el("a", { class: "made-title", href: work.page }, name), el("span", { class: "made-detail muted small" }, when)),
      el("a", { class: "button button-quiet button-icon button-small", href: `/media/works/${work.id}/model?download=1`, download: true, "aria-label": fill(_("Download %(name)s"), { name }), title: _("Download (GLB)") }, icon("download")),
    );
  }

  #cancel(command) {
    const entry = entries(this.store).find((each) => each.command === command);
    if (!entry) return;
    if (entry.id) this.actions.cancel(entry.id);
    else this.actions.withdraw(command);
  }
}
