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

/** A stroke. Of one width (mouse, finger) it is one path; of a pen's changing width, a chain of short ones. */
export function paintStroke(context, stroke) {
  const color = stroke.tool === "eraser" ? PAPER : stroke.color;
  context.strokeStyle = color;
  context.fillStyle = color;
  const { points, size } = stroke;
  if (points.length === 1) dot(context, points[0], size);
  else if (points.every((point) => point.p === points[0].p)) even(context, points, size);
  else for (let i = 1; i < points.length; i += 1) piece(context, points, i, size);
}

// Curves between the middles of the points, with the points as handles: smooth through whatever the hand did.
function even(context, points, size) {
  context.lineWidth = widthOf(size, points[0].p);
  context.beginPath();
  context.moveTo(points[0].x, points[0].y);
  for (let i = 1; i < points.length - 1; i += 1) {
    const stop = middle(points[i], points[i + 1]);
    context.quadraticCurveTo(points[i].x, points[i].y, stop.x, stop.y);
  }
  const last = points.at(-1);
  context.lineTo(last.x, last.y);
  context.stroke();
}

function piece(context, points, i, size) {
  const [before, here] = [points[i - 1], points[i]];
  const start = i > 1 ? middle(points[i - 2], before) : before;
  const stop = i < points.length - 1 ? middle(before, here) : here;
  context.lineWidth = widthOf(size, (before.p + here.p) / 2);
  context.beginPath();
  context.moveTo(start.x, start.y);
  context.quadraticCurveTo(before.x, before.y, stop.x, stop.y);
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
