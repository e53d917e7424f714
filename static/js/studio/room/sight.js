// Where the board is seen on the page, and how much of it: between board units and the pixels of the space around it. No state.

import { seen, unseen } from "#studio/canvas/view";

/** What a page sees: the middle (board units), and how many units the shorter side of its space shows. @returns {number[]} */
export function spanOf({ view, space, size }) {
  const fit = size.width / view.frame.offsetWidth;
  const middle = unseen(view.look, { x: 0, y: 0 });
  return [middle.x * fit, middle.y * fit, Math.min(space.clientWidth, space.clientHeight) / view.unit(size)];
}

/** The look with which this page sees what `spanOf` has told of another, straight and mirrored as it is here. */
export function lookAt({ view, space, size }, [x, y, span]) {
  const flat = view.frame.offsetWidth / size.width;
  const scale = Math.min(space.clientWidth, space.clientHeight) / span / flat;
  const straight = { x: 0, y: 0, scale, angle: 0, mirror: view.look.mirror };
  const off = seen(straight, { x: x * flat, y: y * flat });
  return { ...straight, x: -off.x, y: -off.y };
}

/** A place of the board in pixels of the space, from its upper left corner. */
export function onSpace({ view, space, size }, x, y) {
  const flat = view.frame.offsetWidth / size.width;
  const place = seen(view.look, { x: x * flat, y: y * flat });
  return { x: place.x + space.clientWidth / 2, y: place.y + space.clientHeight / 2 };
}
