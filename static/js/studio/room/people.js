// Who is here: faces beside the board's name, and a list with roles. A click on a face follows that person's view.

import { el, find, icon } from "#lib/dom";
import { _, fill } from "#lib/words";

// So many faces stand beside the name; the list has all.
const FACES = 4;
// News of who came and went is told together, at most every so many milliseconds, and by name up to so many people.
const [TOLD_EVERY, BY_NAME] = [3_000, 2];
const ORDER = ["owner", "draw", "comment", "watch"];

const roleOf = ({ role, teacher }) => {
  const words = { owner: _("Owner"), draw: _("Draws along"), comment: _("May comment"), watch: _("Watches") };
  return teacher ? _("Teacher") : (words[role] ?? "");
};

/** What stands in a face: the first signs of the first two words of a name, or one Chinese sign. */
export function initials(name) {
  const words = name.split(/[\s._-]+/).filter(Boolean);
  const firsts = words.slice(0, 2).map((word) => [...word][0]);
  const [first = "?"] = firsts;
  return (/^[\u0020-\u024f]/.test(first) ? firsts.join("") || first : first).toUpperCase();
}

/** One entry for each person, however many pages of theirs are open; the page that spoke last stands for them. */
export function personsOf(people, you) {
  const persons = new Map();
  for (const page of people) {
    const known = persons.get(page.user);
    if (!known || page.at > known.at) persons.set(page.user, page);
  }
  const place = (person) => [person.user === you?.user ? 0 : 1, person.teacher ? 0 : 1, ORDER.indexOf(person.role)];
  const first = (a, b) => a.findIndex((value, n) => value !== b[n]);
  return [...persons.values()].sort((a, b) => {
    const [one, other] = [place(a), place(b)];
    const n = first(one, other);
    return n < 0 ? a.name.localeCompare(b.name) : one[n] - other[n];
  });
}

export class People {
  /**
   * @param {import("./connection.js").Room} room @param {import("./inks.js").Inks} inks who is drawing
   * @param {import("./following.js").Following} following
   */
  constructor(room, inks, following) {
    Object.assign(this, { room, inks, following, known: null, news: { came: [], left: [] } });
    this.faces = el("span", { class: "people-faces" });
    this.few = el("span", { class: "people-few", "aria-hidden": "true" });
    this.list = el("ul", { class: "people-rows" });
    this.button = el("button", { class: "button button-quiet people-button", type: "button", popovertarget: "people-list" }, this.few, icon("chevron-down"));
    this.menu = el("div", { class: "menu people-list", id: "people-list", popover: true }, el("p", { class: "menu-title" }, _("People here")), this.list);
    this.node = el("div", { class: "people", id: "people", role: "group", "aria-label": _("People here"), hidden: true }, this.faces, this.button);
    this.said = el("p", { class: "visually-hidden", "aria-live": "polite" });
    find(".board-head").after(this.node, this.menu, this.said);
    room.addEventListener("people", () => this.#changed());
    room.addEventListener("ink", () => this.#mark());
    following.addEventListener("change", () => this.draw());
    setInterval(() => this.#mark(), 1000);
    this.#changed();
  }

  draw() {
    const { you } = this.room;
    const persons = personsOf(this.room.people.values(), you);
    const others = persons.filter(({ user }) => user !== you?.user);
    this.node.hidden = others.length === 0;
    const focused = document.activeElement?.closest?.("[data-person]")?.dataset.person;
    const inList = this.list.contains(document.activeElement);
    this.faces.replaceChildren(...others.slice(0, FACES).map((person) => this.#face(person)));
    this.few.replaceChildren(...others.slice(0, 2).map((person) => faceOf(person)));
    const label = fill(_("People here: %(count)s"), { count: persons.length });
    this.button.setAttribute("aria-label", label);
    this.button.title = label;
    this.list.replaceChildren(...persons.map((person) => this.#row(person)));
    if (focused) find(`[data-person="${focused}"]`, inList ? this.list : this.faces)?.focus();
    this.#mark();
  }

  // ------------------------------------------------------------------------------------------------------------------

  #changed() {
    this.draw();
    if (!this.room.people.size) return;
    const now = new Map(personsOf(this.room.people.values(), this.room.you).map(({ user, name }) => [user, name]));
    // Of those who were here before us nothing is said.
    for (const [user, name] of this.known ? now : []) if (!this.known.has(user)) this.#note("came", "left", name);
    for (const [user, name] of this.known ?? []) if (!now.has(user)) this.#note("left", "came", name);
    this.known = now;
  }

  /** Who comes right back has not been away. */
  #note(what, other, name) {
    const at = this.news[other].indexOf(name);
    if (at >= 0) this.news[other].splice(at, 1);
    else this.news[what].push(name);
    this.timer ??= setTimeout(() => this.#say(), TOLD_EVERY);
  }

  #say() {
    const { came, left } = this.news;
    Object.assign(this, { timer: null, news: { came: [], left: [] } });
    const names = (list) => new Intl.ListFormat(document.documentElement.lang).format(list);
    const words = (list, few, many) => list.length && (list.length > BY_NAME ? fill(many, { count: list.length }) : fill(few, { names: names(list) }));
    const told = [words(came, _("Now here: %(names)s."), _("%(count)s people came.")), words(left, _("Gone: %(names)s."), _("%(count)s people left."))];
    this.said.textContent = told.filter(Boolean).join(" ");
  }

  /** Who is drawing. */
  #mark() {
    const drawing = new Set([...this.inks.drawing].map((page) => this.room.people.get(page)?.user));
    for (const node of [...this.faces.children, ...this.list.children]) node.toggleAttribute("data-drawing", drawing.has(Number(node.dataset.user)));
  }

  /** Whether it is this person, by whichever page, whose view one follows. */
  #isFollowed({ user }) {
    return this.room.people.get(this.following.page)?.user === user;
  }

  #follow(person) {
    if (this.#isFollowed(person)) this.following.stop();
    else this.following.start(person.page);
  }

  #face(person) {
    const followed = this.#isFollowed(person);
    const label = followed ? fill(_("Stop following %(name)s"), person) : fill(_("Follow %(name)s"), person);
    const toggle = () => this.#follow(person);
    return el("button", { class: "face-button", type: "button", "data-person": person.page, "data-user": person.user, "aria-pressed": String(followed), "aria-label": label, title: label, onclick: toggle }, faceOf(person));
  }

  #row(person) {
    const mine = person.user === this.room.you?.user;
    const followed = this.#isFollowed(person);
    const follow = () => {
      this.#follow(person);
      this.menu.hidePopover();
    };
    const label = fill(_("Follow %(name)s"), person);
    const button = !mine && el("button", { class: "button button-small", type: "button", "data-person": person.page, "aria-pressed": String(followed), "aria-label": label, onclick: follow }, icon(followed ? "eye-off" : "eye"), followed ? _("Stop") : _("Follow"));
    const name = el("span", { class: "person-name" }, person.name, mine && el("span", { class: "muted" }, ` ${_("(you)")}`));
    return el("li", { class: "person", "data-user": person.user }, faceOf(person), el("span", { class: "person-words" }, name, el("span", { class: "muted small" }, roleOf(person))), el("span", { class: "person-drawing", title: _("Drawing now") }, icon("brush")), button);
  }
}

function faceOf({ name, colour }) {
  const face = el("span", { class: "face", "aria-hidden": "true", "data-sign": initials(name) });
  face.style.setProperty("--colour", colour);
  return face;
}
