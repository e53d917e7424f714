// The picture of an edit on a canvas, small enough to follow a slider. The server renders the real one.

import { box, straightened } from "#studio/editing/geometry";
import { colour } from "#studio/editing/pixels";
import { operationsOf } from "#studio/editing/recipe";

const LONGEST = 640; // px

export class Preview {
  /** @param {HTMLCanvasElement} canvas @param {HTMLImageElement} image the original, loaded @param {object} numbers */
  constructor(canvas, image, numbers) {
    const scale = Math.min(1, LONGEST / Math.max(image.naturalWidth, image.naturalHeight));
    const width = Math.max(1, Math.round(image.naturalWidth * scale));
    const height = Math.max(1, Math.round(image.naturalHeight * scale));
    this.canvas = canvas;
    this.numbers = numbers;
    this.base = sheet(width, height, (context) => context.drawImage(image, 0, 0, width, height));
    this.key = null;
  }

  /** The size of the picture after turning and straightening: what a crop is a share of. */
  get whole() {
    return { width: this.upright.width, height: this.upright.height };
  }

  /** Draw `state`; without its crop and caption where `uncropped`. `words`: the caption's layer, or null. */
  draw(state, { uncropped = false, words = null } = {}) {
    const operations = operationsOf(state);
    this.#turn(operations);
    const crop = !uncropped && operations.find(({ kind }) => kind === "crop");
    const { x, y, width, height } = crop ? box(crop, this.whole) : { x: 0, y: 0, ...this.whole };
    this.canvas.width = width;
    this.canvas.height = height;
    const context = this.canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(this.upright, -x, -y);
    const changes = operations.filter(({ kind }) => kind === "adjust" || kind === "filter");
    if (changes.length) {
      const picture = context.getImageData(0, 0, width, height);
      for (const change of changes) colour(picture, change, this.numbers);
      context.putImageData(picture, 0, 0);
    }
    if (words && !uncropped) context.drawImage(words, 0, 0, width, height);
  }

  #turn(operations) {
    const turns = operations.filter(({ kind }) => ["turn", "flip", "straighten"].includes(kind));
    const key = JSON.stringify(turns);
    if (key === this.key) return;
    this.key = key;
    this.upright = turns.reduce(carriedOut, this.base);
  }
}

function carriedOut(from, operation) {
  const { width, height } = from;
  if (operation.kind === "turn") {
    const across = operation.quarters % 2 === 1;
    return turnedBy(from, (operation.quarters * Math.PI) / 2, across ? { width: height, height: width } : { width, height });
  }
  if (operation.kind === "straighten") return turnedBy(from, (operation.degrees * Math.PI) / 180, straightened(from, operation.degrees));
  return sheet(width, height, (context) => {
    context.translate(operation.across ? width : 0, operation.down ? height : 0);
    context.scale(operation.across ? -1 : 1, operation.down ? -1 : 1);
    context.drawImage(from, 0, 0);
  });
}

function turnedBy(from, angle, size) {
  return sheet(size.width, size.height, (context) => {
    context.translate(size.width / 2, size.height / 2);
    context.rotate(angle);
    context.drawImage(from, -from.width / 2, -from.height / 2);
  });
}

function sheet(width, height, draw) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  draw(canvas.getContext("2d"));
  return canvas;
}
