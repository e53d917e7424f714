// One board on the big screen: its room is heard, nothing is said in it but that this page is there.

import { find } from "#lib/dom";
import { _, fill } from "#lib/words";
import { Faces } from "#screen/faces";
import { Paper } from "#screen/paper";
import { Result } from "#screen/result";
import { Document } from "#studio/canvas/document";
import { Room } from "#studio/room/connection";

// From how many signs on the prompt is written smaller, and smaller still.
const LONG = [70, 190];

/** Events: "state" (of the room: `state`), "result" (there is a picture now). */
export class Show extends EventTarget {
  /** @param {object} board what studio/commands/screens.py says of it */
  constructor(board) {
    super();
    this.board = board;
    this.document = new Document({ author: 0 });
    this.room = new Room(board.id, this.document);
    this.paper = new Paper(find("#paper"), find("#drawing"), { document: this.document, room: this.room, pictures: board.pictures });
    this.result = new Result(find("#result"), this.room);
    this.faces = new Faces(find("#faces"), this.room);
    this.room.addEventListener("state", () => this.dispatchEvent(new Event("state")));
    this.room.addEventListener("board", () => this.#name(this.room.board));
    this.room.addEventListener("welcome", () => this.#name(this.room.board));
    this.result.addEventListener("shown", () => this.dispatchEvent(new Event("result")));
    this.document.prompt.observe(() => this.#prompt());
  }

  /** What this page may do here, as the room says it; as the server said it with the page until then. */
  get mayInvite() {
    return this.room.state === "online" ? this.room.rights.steer : this.board.invite;
  }

  get hasResult() {
    return this.result.any;
  }

  start() {
    this.#name({ title: this.board.title, owner_name: this.board.owner });
    this.#prompt();
    if (this.board.picture) this.result.keep(this.board.picture);
    this.room.open();
  }

  stop() {
    this.room.close();
    for (const part of [this.paper, this.result, this.faces]) part.stop();
    find("#prompt").textContent = "";
  }

  #name({ title, owner_name: owner }) {
    const words = title || fill(_("Board of %(name)s"), { name: owner });
    find("#about-title").textContent = words;
    find("#about-owner").textContent = title ? owner : "";
    find("#title").textContent = words;
  }

  #prompt() {
    const words = this.document.prompt.toString().trim();
    const line = find("#prompt");
    line.textContent = words;
    line.dataset.long = LONG.filter((signs) => words.length > signs).length;
  }
}
