// A region in hand: its frame with handles on the page, and its pixels floating until they are put down.

import { shortId } from "#lib/ids";
import { lift, regionPath } from "#studio/canvas/paint";
import { IDENTITY, around, at, boxOf, inside, invert, multiply, translation } from "#studio/canvas/shapes";

const SVG = "http://www.w3.org/2000/svg";
// Screen pixels: how large a handle is drawn, how near a finger must come, how far the turning handle stands off.
const [HANDLE, REACH, STEM] = [5, 18, 26];
const CORNERS = [[0, 0], [0.5, 0], [1, 0], [1, 0.5], [1, 1], [0.5, 1], [0, 1], [0, 0.5]];

/** Event "change": whether there is a region, and whether its pixels are floating. */
export class Selection extends EventTarget {
  /** @param {import("./board.js").Board} board */
  constructor(board) {
    super();
    this.board = board;
    this.chosen = null;
    this.node = document.createElementNS(SVG, "svg");
    this.node.setAttribute("class", "selection");
    board.frame.append(this.node);
    board.view.addEventListener("change", () => this.#draw());
  }

  /** Choose a region of a layer. `loops` are flat outlines in board units. */
  select(layer, loops) {
    this.clear();
    this.chosen = { layer, loops, box: boxOf(loops), matrix: IDENTITY };
    this.#draw();
    this.dispatchEvent(new Event("change"));
  }

  /** Only an outline: the lasso on its way. */
  outline(loops) {
    this.chosen = null;
    this.#draw(loops);
  }

  /** Take hold of the region where the point is. @returns {((point, regular: boolean) => void)|null} what moves it */
  grab(point) {
    if (!this.chosen) return null;
    const { box, matrix } = this.chosen;
    const near = (place) => Math.hypot(place.x - point.x, place.y - point.y) < REACH / this.#unit;
    const centre = at(matrix, { x: box.x + box.width / 2, y: box.y + box.height / 2 });
    if (near(this.#stem())) return this.#turning(centre, point, matrix);
    const corner = CORNERS.find(([x, y]) => near(at(matrix, this.#corner(x, y))));
    if (corner) return this.#scaling(corner, matrix);
    if (!inside(this.chosen.loops, at(invert(matrix), point))) return null;
    return (now) => this.#move(multiply(translation(now.x - point.x, now.y - point.y), matrix));
  }

  /** Put it down where it is. */
  done() {
    const { layer, loops, matrix } = this.chosen ?? {};
    const moved = matrix && matrix !== IDENTITY;
    this.clear();
    if (!moved) return;
    const mark = { id: shortId(), kind: "move", loops, matrix: matrix.map((value) => Math.round(value * 1e4) / 1e4) };
    this.board.do({ do: "mark", layer, mark });
  }

  /** Let go of it; what floats goes back to where it was. */
  clear() {
    if (this.floating) {
      this.floating.remove();
      this.floating = null;
      this.board.stack.surfaceOf(this.chosen.layer)?.restore();
    }
    const had = this.chosen;
    this.chosen = null;
    this.#draw();
    if (had) this.dispatchEvent(new Event("change"));
  }

  #turning(centre, from, matrix) {
    const angle = (point) => Math.atan2(point.y - centre.y, point.x - centre.x);
    return (now, regular) => {
      const turned = angle(now) - angle(from);
      const step = Math.PI / 12;
      this.#move(multiply(around(centre, regular ? Math.round(turned / step) * step : turned, 1), matrix));
    };
  }

  // A corner keeps the proportions, a side does not; the opposite corner or side stays.
  #scaling([x, y], matrix) {
    const { box } = this.chosen;
    const still = this.#corner(1 - x, 1 - y);
    const held = this.#corner(x, y);
    return (now) => {
      const point = at(invert(matrix), now);
      const ratio = (axis) => (held[axis] === still[axis] ? 1 : (point[axis] - still[axis]) / (held[axis] - still[axis]));
      const least = 2 / Math.max(box.width, box.height);
      const grow = (value) => (Math.abs(value) < least ? least : value);
      const [sx, sy] = [x === 0.5 ? 1 : grow(ratio("x")), y === 0.5 ? 1 : grow(ratio("y"))];
      const both = Math.max(sx, sy);
      this.#move(multiply(matrix, around(still, 0, ...(x !== 0.5 && y !== 0.5 ? [both] : [sx, sy]))));
    };
  }

  #move(matrix) {
    if (!this.floating) this.#float();
    this.chosen.matrix = matrix;
    const [a, b, c, d, e, f] = matrix;
    const fit = this.board.frame.offsetWidth / this.board.size.width;
    this.floating.style.transform = `matrix(${a}, ${b}, ${c}, ${d}, ${e * fit}, ${f * fit})`;
    this.#draw();
  }

  #float() {
    const { layer, loops } = this.chosen;
    const surface = this.board.stack.surfaceOf(layer);
    surface.hold();
    this.floating = lift(surface.canvas, loops, surface.units);
    this.floating.className = "sheet";
    this.floating.style.opacity = surface.canvas.style.opacity;
    surface.canvas.after(this.floating);
    const { context } = surface;
    context.save();
    context.setTransform(...surface.units);
    context.globalCompositeOperation = "destination-out";
    context.fill(regionPath(loops), "evenodd");
    context.restore();
    this.dispatchEvent(new Event("change"));
  }

  get #unit() {
    return this.board.view.unit(this.board.size);
  }

  #corner(x, y) {
    const { box } = this.chosen;
    return { x: box.x + x * box.width, y: box.y + y * box.height };
  }

  #stem() {
    const { matrix } = this.chosen;
    const [top, centre] = [at(matrix, this.#corner(0.5, 0)), at(matrix, this.#corner(0.5, 0.5))];
    const length = Math.hypot(top.x - centre.x, top.y - centre.y) || 1;
    const out = STEM / this.#unit / length;
    return { x: top.x + (top.x - centre.x) * out, y: top.y + (top.y - centre.y) * out };
  }

  #draw(loops = this.chosen?.loops ?? []) {
    const { width, height } = this.board.size;
    this.node.setAttribute("viewBox", `${-width / 2} ${-height / 2} ${width} ${height}`);
    const matrix = this.chosen?.matrix ?? IDENTITY;
    const parts = loops.flatMap((loop) => this.#line(loop.reduce((d, v, i) => (i % 2 ? `${d} ${v}` : `${d}${i ? "L" : "M"}${v}`), "") + (this.chosen ? "Z" : ""), matrix));
    if (this.chosen) parts.push(...this.#handles(matrix));
    this.node.replaceChildren(...parts);
  }

  #handles(matrix) {
    const stem = this.#stem();
    const top = at(matrix, this.#corner(0.5, 0));
    const box = [[0, 0], [1, 0], [1, 1], [0, 1]].map(([x, y]) => at(matrix, this.#corner(x, y)));
    const path = (points) => points.map(({ x, y }, n) => `${n ? "L" : "M"}${x} ${y}`).join("");
    const places = [...CORNERS.map(([x, y]) => at(matrix, this.#corner(x, y))), stem];
    return [
      part("path", { d: `${path(box)}Z`, class: "selection-box" }),
      part("path", { d: path([top, stem]), class: "selection-box" }),
      ...places.map(({ x, y }) => part("circle", { cx: x, cy: y, r: HANDLE / this.#unit, class: "selection-handle" })),
    ];
  }

  // Twice, light under dark: to be seen on every colour.
  #line(d, matrix) {
    const transform = `matrix(${matrix.join(" ")})`;
    return ["selection-light", "selection-dark"].map((name) => part("path", { d, transform, class: name }));
  }
}

function part(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}
