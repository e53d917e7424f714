// An edit as the editor's state and as the list of operations that the server keeps (gallery/pixels/editing.py). Pure.

const ADJUST = ["brightness", "contrast", "saturation", "temperature"];

/** An edit that changes nothing. `crop` is null or {x, y, width, height} in shares of the turned picture. */
export const untouched = () => ({
  quarters: 0,
  across: false,
  down: false,
  degrees: 0,
  crop: null,
  adjust: { brightness: 0, contrast: 0, saturation: 0, temperature: 0 },
  filter: { name: "", amount: 1 },
  caption: { text: "", place: "bottom", font: "sans", size: 0.08, color: "#ffffff" },
});

/** The operations of a state, in the server's order; nothing that changes nothing. */
export function operationsOf(state) {
  const list = [];
  const quarters = ((state.quarters % 4) + 4) % 4;
  if (quarters) list.push({ kind: "turn", quarters });
  if (state.across || state.down) list.push({ kind: "flip", across: state.across, down: state.down });
  if (state.degrees) list.push({ kind: "straighten", degrees: state.degrees });
  if (state.crop) list.push({ kind: "crop", ...state.crop });
  if (ADJUST.some((name) => state.adjust[name])) list.push({ kind: "adjust", ...state.adjust });
  if (state.filter.name && state.filter.amount) list.push({ kind: "filter", ...state.filter });
  const text = state.caption.text.trim();
  if (text) list.push({ kind: "caption", ...state.caption, text });
  return list;
}

/** The state that these operations come from. */
export function stateOf(operations) {
  const state = untouched();
  for (const { kind, ...rest } of operations) {
    if (kind === "crop" || kind === "adjust" || kind === "filter" || kind === "caption") state[kind] = rest;
    else Object.assign(state, rest);
  }
  return state;
}

/** A quarter clockwise (1) or back (-1). What is mirrored stays mirrored as it looks, the crop turns along. */
export function turned(state, quarter) {
  const { crop } = state;
  const along = crop && (quarter > 0
    ? { x: 1 - crop.y - crop.height, y: crop.x, width: crop.height, height: crop.width }
    : { x: crop.y, y: 1 - crop.x - crop.width, width: crop.height, height: crop.width });
  // The quarter comes before the mirror in the list: after one mirror it goes the other way round.
  const way = state.across !== state.down ? -quarter : quarter;
  return { ...state, quarters: (state.quarters + way + 4) % 4, across: state.across, down: state.down, crop: along };
}

/** Mirrored as it looks now; `axis` is "across" or "down". */
export function mirrored(state, axis) {
  const { crop } = state;
  const along = crop && (axis === "across" ? { ...crop, x: 1 - crop.x - crop.width } : { ...crop, y: 1 - crop.y - crop.height });
  return { ...state, [axis]: !state[axis], degrees: -state.degrees || 0, crop: along };
}
