// A name in its colour beside the end of a stroke, painted on a time-lapse's sheet. Lengths are pixels of the sheet.

const [GAP, HIGH, PAD, DOT] = [11, 30, 12, 6];

/**
 * @param {CanvasRenderingContext2D} context @param {{name: string, colour: string}} person
 * @param {{x: number, y: number}} point where the stroke ends @param {{x: number, y: number, width: number, height: number}} box it stays inside
 */
export function paintName(context, { name, colour }, point, box) {
  context.save();
  context.font = `600 16px ${getComputedStyle(document.body).fontFamily}`;
  const wide = Math.min(context.measureText(name).width + 2 * PAD, box.width);
  const right = point.x + GAP + wide <= box.x + box.width;
  const within = (value, from, room) => Math.max(from, Math.min(value, from + room));
  const x = within(right ? point.x + GAP : point.x - GAP - wide, box.x, box.width - wide);
  const y = within(point.y - HIGH / 2, box.y, box.height - HIGH);
  context.shadowColor = "rgb(0 0 0 / .3)";
  context.shadowBlur = 4;
  context.fillStyle = colour;
  context.beginPath();
  context.arc(point.x, point.y, DOT, 0, 2 * Math.PI);
  context.roundRect(x, y, wide, HIGH, HIGH / 2);
  context.fill();
  context.shadowBlur = 0;
  context.fillStyle = "#ffffff";
  context.textBaseline = "middle";
  context.fillText(name, x + PAD, y + HIGH / 2 + 1, wide - 2 * PAD);
  context.restore();
}
