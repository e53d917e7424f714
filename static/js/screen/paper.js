// The drawing on the big screen: painted as on the board, only looked at; others' strokes are seen as they grow.

import { NoAnswer, ask } from "#lib/server";
import { picturesOf } from "#studio/canvas/drawing";
import { Pictures } from "#studio/canvas/pictures";
import { Stack } from "#studio/canvas/stack";

export class Paper {
  /** @param {HTMLElement} node what the layers lie on @param {HTMLElement} frame whose shape is the board's @param {{document: object, room: object, pictures: string}} parts `pictures`: their address */
  constructor(node, frame, { document, room, pictures }) {
    Object.assign(this, { node, frame, document, room });
    this.pictures = new Pictures();
    this.pictures.fetch = (key) => ask("GET", `${pictures}${key}`, undefined, { want: "blob" }).catch((error) => (error instanceof NoAnswer ? null : Promise.reject(error)));
    this.stack = new Stack(node, this.pictures.bitmaps);
    this.pictures.addEventListener("arrived", () => this.stack.repaint());
    document.addEventListener("change", () => this.#show());
    this.#show();
  }

  stop() {
    this.node.replaceChildren();
  }

  #show() {
    const { drawing } = this.document;
    this.frame.style.setProperty("--w", drawing.width);
    this.frame.style.setProperty("--h", drawing.height);
    this.stack.show(drawing, null);
    this.pictures.want(picturesOf(drawing));
  }
}
