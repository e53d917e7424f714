// The drawing on the big screen: painted as on the board, only looked at; others' strokes are seen as they grow.

import { NoAnswer, ask } from "#lib/server";
import { picturesOf } from "#studio/canvas/drawing";
import { Pictures } from "#studio/canvas/pictures";
import { Stack } from "#studio/canvas/stack";
import { Inks } from "#studio/room/inks";

/** Stands where a board does for what paints others' ink: `drawing`, `size`, `stack`, and the event "change". */
export class Paper extends EventTarget {
  /** @param {HTMLElement} node what the layers lie on @param {HTMLElement} frame whose shape is the board's @param {{document: object, room: object, pictures: string}} parts `pictures`: their address */
  constructor(node, frame, { document, room, pictures }) {
    super();
    Object.assign(this, { node, frame, document });
    this.pictures = new Pictures();
    this.pictures.fetch = (key) => ask("GET", `${pictures}${key}`, undefined, { want: "blob" }).catch((error) => (error instanceof NoAnswer ? null : Promise.reject(error)));
    this.stack = new Stack(node, this.pictures.bitmaps);
    this.pictures.addEventListener("arrived", () => this.stack.repaint());
    this.inks = new Inks(room, this);
    document.addEventListener("change", () => this.#show());
    this.#show();
  }

  get drawing() {
    return this.document.drawing;
  }

  get size() {
    return this.drawing;
  }

  stop() {
    this.node.replaceChildren();
  }

  #show() {
    const { drawing } = this;
    this.frame.style.setProperty("--w", drawing.width);
    this.frame.style.setProperty("--h", drawing.height);
    this.stack.show(drawing, null);
    this.pictures.want(picturesOf(drawing));
    this.dispatchEvent(new Event("change"));
  }
}
