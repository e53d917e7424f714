// A work that is a shape in space, in the large view: its picture, and what can be turned when somebody asks for it.

import { el, find } from "#lib/dom";
import { ModelViewer } from "#lib/viewer/viewer";

/** The viewer of the work of `card` on `stage`, or null for one that is a picture. Close it before the next one. */
export function shapeOf(card, stage) {
  const { shape, image } = card.dataset;
  if (!shape) return null;
  const host = el("div", { class: "viewer-shape" });
  stage.append(host);
  stage.classList.add("has-shape");
  const viewer = new ModelViewer(host, { source: shape, poster: image, label: find(".work-words", card).textContent, waits: true, scrolls: false });
  return {
    close() {
      viewer.close();
      host.remove();
      stage.classList.remove("has-shape");
    },
  };
}
