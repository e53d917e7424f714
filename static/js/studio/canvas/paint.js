// Puts marks on a canvas. Knows the 2D context, not the pointer. Works in board units: the middle is (0, 0).

import { outline } from "#studio/canvas/ink";
import { invert, multiply } from "#studio/canvas/shapes";

/** The colour of the mask on the screen and on its layer. */
export const MASK_COLOUR = "#e5484d";

/** Board units to the pixels of a canvas: [a, b, c, d, e, f]. */
export function unitsOf(board, pixels) {
  return [pixels.width / board.width, 0, 0, pixels.height / board.height, pixels.width / 2, pixels.height / 2];
}

export function makeCanvas({ width, height }) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

/**
 * One mark on a layer's canvas. `units` are from unitsOf; `pictures` maps a picture's id to its bitmap (a missing one is
 * left out); `colour`, where given, takes the place of every mark's own (the mask has one colour).
 */
export function paintMark(context, mark, { units, pictures, colour = null }) {
  context.save();
  context.setTransform(...units);
  context.lineCap = context.lineJoin = "round";
  context.imageSmoothingQuality = "high";
  context.globalAlpha = mark.opacity ?? 1;
  context.fillStyle = context.strokeStyle = colour ?? mark.color ?? "#000";
  PAINT[mark.kind]?.(context, mark, { units, pictures, colour });
  context.restore();
}

/** The outline of a region as a path. */
export function regionPath(loops) {
  const path = new Path2D();
  for (const loop of loops) {
    path.moveTo(loop[0], loop[1]);
    for (let i = 2; i < loop.length; i += 2) path.lineTo(loop[i], loop[i + 1]);
    path.closePath();
  }
  return path;
}

/** A shape's outline between two corners (or ends). */
export function shapePath({ kind, from, to }) {
  const path = new Path2D();
  const [x, y, width, height] = [Math.min(from[0], to[0]), Math.min(from[1], to[1]), Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1])];
  if (kind === "rectangle") path.rect(x, y, width, height);
  else if (kind === "ellipse") path.ellipse(x + width / 2, y + height / 2, width / 2, height / 2, 0, 0, 2 * Math.PI);
  else {
    path.moveTo(...from);
    path.lineTo(...to);
  }
  return path;
}

function shape(context, mark) {
  const path = shapePath(mark);
  if (mark.filled) context.fill(path);
  context.lineWidth = mark.size;
  // A filled shape's rim would show twice where it is half transparent.
  if (!mark.filled || mark.opacity === 1) context.stroke(path);
}

const PAINT = {
  stroke(context, { tool, points, size }) {
    if (tool === "eraser") {
      context.globalCompositeOperation = "destination-out";
      context.globalAlpha = 1;
    }
    context.fill(outline(points, size));
  },
  line: shape,
  rectangle: shape,
  ellipse: shape,
  area(context, { loops }) {
    context.fill(regionPath(loops), "evenodd");
  },
  cut(context, { loops }) {
    context.globalCompositeOperation = "destination-out";
    context.fill(regionPath(loops), "evenodd");
  },
  move(context, { loops, matrix }, { units }) {
    const lifted = lift(context.canvas, loops, units);
    PAINT.cut(context, { loops });
    context.globalCompositeOperation = "source-over";
    context.setTransform(...multiply(units, multiply(matrix, invert(units))));
    context.drawImage(lifted, 0, 0);
  },
  picture(context, { picture, width, height }, { pictures }) {
    const bitmap = pictures.get(picture);
    if (bitmap) context.drawImage(bitmap, -width / 2, -height / 2, width, height);
  },
  group(context, { marks, opacity }, { units, pictures, colour }) {
    const sheet = makeCanvas(context.canvas);
    for (const mark of marks) paintMark(sheet.getContext("2d"), mark, { units, pictures, colour });
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = opacity;
    context.drawImage(sheet, 0, 0);
  },
};

/** What lies within a region of a canvas, on a canvas of its own of the same size. */
export function lift(canvas, loops, units) {
  const sheet = makeCanvas(canvas);
  const context = sheet.getContext("2d");
  context.setTransform(...units);
  context.clip(regionPath(loops), "evenodd");
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.drawImage(canvas, 0, 0);
  return sheet;
}
