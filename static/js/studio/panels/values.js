// What becomes of the panel's values when another tool or model is chosen. Pure: tested with Node.

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** A value as this field takes it, or undefined when it cannot. */
export function fitting(field, value) {
  if (value === undefined) return undefined;
  switch (field.kind) {
    case "number":
      return value !== null && value !== "" && Number.isFinite(Number(value)) ? Number(value) : undefined;
    case "choice":
    case "pictured":
      return field.choices.some(([each]) => each === value) ? value : undefined;
    case "size":
      return Math.max(value?.width, value?.height) <= field.maxSide ? value : undefined;
    case "loras":
      return Array.isArray(value) ? value.filter(({ name }) => field.adapters.some((each) => each.name === name)) : undefined;
    case "seed":
      return Number.isSafeInteger(value) ? value : undefined;
    default:
      return typeof value === (field.kind === "switch" ? "boolean" : "string") ? value : undefined;
  }
}

/** A size with the proportions of `shape`, as large as the model of `field` likes; sides are multiples of 8, in px. */
export function sized(field, shape) {
  const { width, height } = field.value;
  if (!shape || Math.abs(width / height - shape.width / shape.height) < 0.02) return { width, height };
  const scale = Math.min(field.maxSide, Math.max(width, height)) / Math.max(shape.width, shape.height);
  const side = (value) => Math.max(64, Math.round((value * scale) / 8) * 8);
  return { width: side(shape.width), height: side(shape.height) };
}

/**
 * The values for the fields of another panel.
 * @param {object[]} before the fields that stood there, empty at the start @param {object[]} next those that come
 * @param {Record<string, any>} values as they are @param {Record<string, any>} own as they last were with this tool
 * @param {boolean} model whether another model was chosen, and not only another tool
 */
export function travelled(before, next, values, own, model) {
  const taken = {};
  for (const field of next) {
    const was = before.find((each) => each.name === field.name);
    const value = fitting(field, values[field.name]);
    taken[field.name] = value === undefined ? field.value : value;
    if (!was || field.personal) continue;
    if (model && field.kind === "size") taken[field.name] = sized(field, values[field.name]);
    // What nobody has set goes with the model; a tool that wants it otherwise has its own.
    else if (model && same(values[field.name], was.value)) taken[field.name] = field.value;
    else if (!model && !same(was.value, field.value)) taken[field.name] = fitting(field, own[field.name]) ?? field.value;
  }
  return taken;
}

/** The parameters that a tool with these fields is asked with; null when a number is missing. */
export function paramsOf(fields, values) {
  const params = {};
  for (const field of fields) {
    const value = values[field.name] === undefined ? field.value : values[field.name];
    if (field.kind === "number" && !Number.isFinite(value)) return null;
    if (field.kind === "size") Object.assign(params, value);
    else params[field.name] = field.kind === "text" ? value.trim() : value;
  }
  return params;
}
