// Whom the board is shared with: people, workshops, links and rules. Fetched when it is first asked for.

import { openDialog } from "#lib/dialog";
import { el, find, findAll, icon } from "#lib/dom";
import { NoAnswer, ask } from "#lib/server";
import { _, fill } from "#lib/words";
import { fillList, linkRow, personRow, question, workshopRow } from "#studio/panels/sharingrows";

export class ShareDialog {
  /** @param {import("./desk.js").Desk} desk @param {number} user who looks */
  constructor(desk, user) {
    Object.assign(this, { desk, user, sharing: null, links: [] });
    this.dialog = find("#share-dialog");
    this.place = `/api/v1/boards/${desk.id}`;
    find("#share-close").addEventListener("click", () => this.dialog.close());
    this.#bindForms();
    this.#bindRules();
    desk.cloud.onRoom((room) => {
      this.room = room;
      room.addEventListener("people", () => this.dialog.open && this.#keepingFocus(() => this.#drawPeople()));
      room.addEventListener("rights", () => this.dialog.open && this.#load());
    });
  }

  /** @param {HTMLElement} opener where the focus goes back to */
  async open(opener) {
    if (this.dialog.open) return true;
    this.#fail("");
    find("#share-body").hidden = !this.sharing;
    find("#share-wait").hidden = Boolean(this.sharing);
    openDialog(this.dialog, opener);
    await this.#try(async () => {
      await this.desk.cloud.save({ evenBlank: true }); // there must be something to share
      await this.#load();
      find("#share-body").hidden = false;
      find("#share-wait").hidden = true;
    });
    return true;
  }

  // What the server says ---------------------------------------------------------------------------------------------

  async #load() {
    this.sharing = await ask("GET", `${this.place}/people`);
    this.links = this.sharing.rights.share ? (await ask("GET", `${this.place}/links`)).items : [];
    this.#draw();
  }

  /** Do something at the server, then show what has become of it. Nothing else is asked meanwhile. */
  act(method, path, body = undefined) {
    return this.#try(async () => {
      const answer = await ask(method, `${this.place}/${path}`, body);
      await this.#load();
      return answer;
    });
  }

  async #try(act) {
    this.#fail("");
    this.dialog.setAttribute("aria-busy", "true");
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      if (error.code === "not_found" && !this.sharing) find("#share-wait").textContent = _("This board is not on the server yet. Draw something first.");
      else this.#fail(error.code === "offline" ? _("There is no connection right now. Please try again.") : error.message);
      return null;
    } finally {
      this.dialog.removeAttribute("aria-busy");
    }
  }

  #fail(text) {
    const note = find("#share-error");
    note.textContent = text;
    note.hidden = !text;
  }

  // Showing ----------------------------------------------------------------------------------------------------------

  #draw() {
    const { rights, closed, frozen, payer } = this.sharing;
    for (const part of findAll("[data-right]", this.dialog)) part.hidden = !rights[part.dataset.right];
    find("#share-leave").hidden = rights.own || rights.teacher;
    find("#share-stop").hidden = !rights.own || !this.#isShared;
    const note = find("#share-closed");
    note.hidden = !closed;
    find("span", note).textContent = fill(_("A moderator has closed this board to others: %(why)s"), { why: closed });
    find("#share-frozen").hidden = !frozen || rights.steer;
    find("#share-freeze").checked = frozen;
    for (const choice of findAll('[name="share-payer"]', this.dialog)) choice.checked = choice.value === payer;
    find("#share-offered").replaceChildren(...this.sharing.offered.map((name) => el("option", { value: name })));
    this.#keepingFocus(() => {
      this.#drawWorkshops();
      this.#drawPeople();
      fillList(find("#share-links"), this.links.map((link) => linkRow(this, link)));
    });
  }

  get #isShared() {
    return this.sharing.people.length + this.sharing.workshops.length + this.links.length > 0;
  }

  #drawWorkshops() {
    const known = new Set(this.sharing.workshops.map(({ workshop }) => workshop));
    const offered = this.sharing.offered_workshops.filter(({ id }) => !known.has(id));
    const add = (id) => this.act("PUT", `workshops/${id}`, { role: find("#share-role").value });
    const buttons = offered.map(({ id, name }) =>
      el("button", { class: "button button-small", type: "button", "data-key": `add-${id}`, onclick: () => add(id) }, icon("users"), fill(_("Everybody in %(name)s"), { name })),
    );
    find("#share-workshops").replaceChildren(...buttons);
  }

  #drawPeople() {
    const { owner, owner_id: id, owner_colour: colour, teacher, people, workshops } = this.sharing;
    const rows = [personRow(this, { id, name: owner, colour, title: _("owner") })];
    if (teacher) rows.push(personRow(this, { name: teacher, title: _("teacher") }));
    rows.push(...workshops.map((group) => workshopRow(this, group)), ...people.map((person) => personRow(this, person)));
    fillList(find("#share-people"), rows);
  }

  /** Whether somebody has the board open just now. */
  isHere(user) {
    return [...(this.room?.people.values() ?? [])].some((person) => person.user === user);
  }

  /** Lists are made anew; whoever was on a button in them is on the like of it again. */
  #keepingFocus(draw) {
    const key = document.activeElement?.dataset?.key;
    draw();
    if (key) (find(`[data-key="${CSS.escape(key)}"]`, this.dialog) ?? find("#share-close")).focus();
  }

  // What can be done -------------------------------------------------------------------------------------------------

  #bindForms() {
    find("#share-add").addEventListener("submit", async (event) => {
      event.preventDefault();
      const { name, role } = event.currentTarget.elements;
      if (!name.value.trim()) return name.focus();
      if (await this.act("POST", "people", { name: name.value.trim(), role: role.value })) name.value = "";
      return name.focus();
    });
    find("#share-link").addEventListener("submit", async (event) => {
      event.preventDefault();
      const { role, lasting } = event.currentTarget.elements;
      const made = await this.act("POST", "links", { role: role.value, lasting: lasting.value });
      if (made) find(`[data-key="copy-${made.id}"]`, this.dialog)?.focus();
    });
  }

  #bindRules() {
    for (const choice of findAll('[name="share-payer"]', this.dialog)) choice.addEventListener("change", () => this.act("PATCH", "sharing", { payer: choice.value }));
    find("#share-freeze").addEventListener("change", async ({ target }) => {
      if (!(await this.act("PATCH", "sharing", { frozen: target.checked }))) target.checked = this.sharing.frozen;
    });
    find("#share-stop").addEventListener("click", ({ currentTarget }) => {
      question(currentTarget, _("Nobody else will be on this board, and its links will end."), [[_("Stop sharing"), () => this.act("DELETE", "sharing")]]);
    });
    find("#share-leave").addEventListener("click", ({ currentTarget }) => {
      const leave = async () => {
        const left = await this.#try(async () => (await ask("DELETE", `${this.place}/people/${this.user}`), true));
        if (left) location.assign("/boards/");
      };
      question(currentTarget, _("What you drew stays. You can come back only when you are invited again."), [[_("Leave"), leave]]);
    });
  }
}
