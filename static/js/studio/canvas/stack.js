// The layers of a drawing as canvases one above the other in the page, and all of them as one picture.

import { MASK_COLOUR, makeCanvas } from "#studio/canvas/paint";
import { Surface } from "#studio/canvas/surface";
import { Wet } from "#studio/canvas/wet";

// Pixels of the longest side: twice the board units, which is what a sharp screen shows of it at its usual size.
const LONGEST = 1024;
// The mask is seen through, whatever its layer's opacity.
const MASK_SHOWN = 0.55;

export class Stack {
  /** @param {HTMLElement} paper what the layers lie on @param {Map<string, ImageBitmap>} pictures the imported ones by id */
  constructor(paper, pictures) {
    this.paper = paper;
    this.pictures = pictures;
    this.surfaces = new Map();
    /** What else lies above a layer: what others are drawing on it. @type {Map<string, Node>} by layer */
    this.above = new Map();
    this.wet = new Wet();
    paper.append(this.wet.node);
  }

  /** Show the drawing; what is being drawn lies above the layer `active`. Resolves when all of it is painted. */
  show(drawing, active) {
    this.#fit(drawing);
    for (const [id, surface] of this.surfaces) {
      if (drawing.layers.some((layer) => layer.id === id)) continue;
      surface.canvas.remove();
      this.surfaces.delete(id);
    }
    const nodes = [];
    const painted = drawing.layers.map((layer) => {
      const surface = this.#surface(layer);
      surface.canvas.hidden = !layer.visible;
      surface.canvas.style.opacity = layer.kind === "mask" ? MASK_SHOWN : layer.opacity;
      nodes.push(surface.canvas);
      if (this.above.has(layer.id)) nodes.push(this.above.get(layer.id));
      if (layer.id === active) nodes.push(this.wet.node);
      return surface.show(layer.marks);
    });
    // Moving nodes only where the order is wrong: a canvas that is moved loses nothing, but costs a repaint.
    nodes.forEach((node, n) => this.paper.children[n] !== node && this.paper.insertBefore(node, this.paper.children[n] ?? null));
    return Promise.all(painted);
  }

  /** Lay something right above a layer, or take away (null) what lay there. */
  lay(id, node) {
    this.above.get(id)?.remove();
    this.above.delete(id);
    if (!node) return;
    this.above.set(id, node);
    this.surfaces.get(id)?.canvas.after(node);
  }

  surfaceOf(id) {
    return this.surfaces.get(id);
  }

  /** The visible layers as one canvas of `pixels` (of the stack's own size where none are given); without the mask. */
  flat(drawing, pixels = this.pixels, paper = null) {
    const sheet = makeCanvas(pixels);
    const context = sheet.getContext("2d");
    context.imageSmoothingQuality = "high";
    if (paper) {
      context.fillStyle = paper;
      context.fillRect(0, 0, pixels.width, pixels.height);
    }
    for (const layer of drawing.layers) {
      if (layer.visible && layer.kind === "paint") this.#lay(context, layer, pixels);
    }
    return sheet;
  }

  /** Whether the visible layers leave nothing of the paper to be seen, as far as a small picture tells. */
  covers(drawing) {
    const [width, height] = [64, 64];
    const { data } = this.flat(drawing, { width, height }).getContext("2d").getImageData(0, 0, width, height);
    for (let i = 3; i < data.length; i += 4) if (data[i] < 255) return false;
    return true;
  }

  /** What is seen at a point of board units, as #rrggbb; null beside the board. */
  colourAt(drawing, { x, y }) {
    const [px, py] = [Math.floor(((x + drawing.width / 2) * this.pixels.width) / drawing.width), Math.floor(((y + drawing.height / 2) * this.pixels.height) / drawing.height)];
    if (px < 0 || py < 0 || px >= this.pixels.width || py >= this.pixels.height) return null;
    const context = makeCanvas({ width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
    context.fillStyle = "#ffffff";
    context.fillRect(0, 0, 1, 1);
    for (const layer of drawing.layers) {
      if (!layer.visible || layer.kind !== "paint") continue;
      context.globalAlpha = layer.opacity;
      context.drawImage(this.surfaces.get(layer.id).canvas, -px, -py);
    }
    return `#${[...context.getImageData(0, 0, 1, 1).data.slice(0, 3)].map((value) => value.toString(16).padStart(2, "0")).join("")}`;
  }

  repaint() {
    for (const surface of this.surfaces.values()) surface.repaint();
  }

  whenDone() {
    return Promise.all([...this.surfaces.values()].map((surface) => surface.whenDone()));
  }

  #lay(context, layer, { width, height }) {
    context.globalAlpha = layer.opacity;
    context.drawImage(this.surfaces.get(layer.id).canvas, 0, 0, width, height);
    if (layer.id !== this.wetOn) return;
    context.globalAlpha = layer.opacity * Number(this.wet.node.style.opacity);
    for (const canvas of [this.wet.dry, this.wet.tip]) context.drawImage(canvas, 0, 0, width, height);
  }

  #surface(layer) {
    let surface = this.surfaces.get(layer.id);
    if (!surface) {
      surface = new Surface(this.pictures, layer.kind === "mask" ? MASK_COLOUR : null);
      surface.fit(this.board, this.pixels);
      this.surfaces.set(layer.id, surface);
    }
    return surface;
  }

  #fit({ width, height }) {
    if (this.board?.width === width && this.board.height === height) return;
    this.board = { width, height };
    const scale = LONGEST / Math.max(width, height);
    this.pixels = { width: Math.round(width * scale), height: Math.round(height * scale) };
    this.wet.fit(this.board, this.pixels);
    for (const surface of this.surfaces.values()) surface.fit(this.board, this.pixels);
  }
}
