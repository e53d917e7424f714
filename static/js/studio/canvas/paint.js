// Puts marks on a canvas. Knows the 2D context, not the pointer. Works in board units: the middle is (0, 0).

import { middle, widthOf } from "#lib/geometry";

const PAPER = "#ffffff";

/** Everything of `marks` on fresh paper. `pictures` maps a base's blob to its decoded bitmap. */
export function paintAll(context, marks, board, pixels, pictures) {
  prepare(context, board, pixels);
  context.fillStyle = PAPER;
  context.fillRect(-board.width / 2, -board.height / 2, board.width, board.height);
  for (const mark of marks) {
    if (mark.kind === "base") paintBase(context, mark, pictures.get(mark.blob));
    else if (mark.kind === "stroke") paintStroke(context, mark);
  }
}

/** Scale and centre: afterwards one unit is one board unit, whatever the canvas has in pixels. */
export function prepare(context, board, pixels) {
  context.setTransform(pixels.width / board.width, 0, 0, pixels.height / board.height, pixels.width / 2, pixels.height / 2);
  context.lineCap = "round";
  context.lineJoin = "round";
  context.imageSmoothingQuality = "high";
}

export function paintStroke(context, stroke, from = 0) {
  const color = stroke.tool === "eraser" ? PAPER : stroke.color;
  context.strokeStyle = color;
  context.fillStyle = color;
  const { points, size } = stroke;
  if (from === 0 && points.length > 0) dot(context, points[0], size);
  for (let i = Math.max(1, from); i < points.length; i += 1) segment(context, points, i, size);
  if (points.length > 1) tail(context, points, size);
}

// A stroke is a chain of curves between the middles of its points; each needs only its three neighbours, so what was
// painted while drawing and what is painted again later are the same.
function segment(context, points, i, size) {
  const [before, here] = [points[i - 1], points[i]];
  const start = i > 1 ? middle(points[i - 2], before) : before;
  const stop = middle(before, here);
  context.lineWidth = widthOf(size, (before.p + here.p) / 2);
  context.beginPath();
  context.moveTo(start.x, start.y);
  context.quadraticCurveTo(before.x, before.y, stop.x, stop.y);
  context.stroke();
}

function tail(context, points, size) {
  const [before, last] = points.slice(-2);
  const start = middle(before, last);
  context.lineWidth = widthOf(size, last.p);
  context.beginPath();
  context.moveTo(start.x, start.y);
  context.lineTo(last.x, last.y);
  context.stroke();
}

function dot(context, point, size) {
  context.beginPath();
  context.arc(point.x, point.y, widthOf(size, point.p) / 2, 0, 2 * Math.PI);
  context.fill();
}

function paintBase(context, base, bitmap) {
  if (bitmap) context.drawImage(bitmap, -base.width / 2, -base.height / 2, base.width, base.height);
}

/** Whether any pixel differs from the paper. */
export function hasInk(context, pixels) {
  const { data } = context.getImageData(0, 0, pixels.width, pixels.height);
  const values = new Uint32Array(data.buffer);
  return values.some((value) => value !== 0xffffffff);
}
