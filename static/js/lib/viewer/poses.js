// Where a camera stands around a model. Pure: plain numbers, no three and no page.

// From a pole the model's up would have no direction: this close the camera may come to it (radians).
const NEAR_POLE = 0.02;
const STEP = Math.PI / 12;
const FINE = Math.PI / 60;

/** How far away a ball of `radius` just fits into a view of `fov` degrees (vertical) and `aspect` (width / height). */
export function distanceFor(radius, fov, aspect) {
  const half = (fov * Math.PI) / 360;
  const narrow = Math.min(half, Math.atan(Math.tan(half) * aspect));
  return radius / Math.sin(narrow);
}

/** `offset` from the target, turned by `yaw` around the vertical and by `pitch` up (radians), as far away as before. */
export function turned({ x, y, z }, yaw, pitch) {
  const far = Math.hypot(x, y, z) || 1;
  const around = Math.atan2(x, z) + yaw;
  const down = Math.min(Math.max(Math.acos(Math.min(Math.max(y / far, -1), 1)) - pitch, NEAR_POLE), Math.PI - NEAR_POLE);
  return { x: far * Math.sin(down) * Math.sin(around), y: far * Math.cos(down), z: far * Math.sin(down) * Math.cos(around) };
}

/** What a key does with the view: `{yaw, pitch}`, `{zoom}` (a factor of the distance), `{reset: true}`, or null. */
export function moveOf({ key, shiftKey = false, ctrlKey = false, metaKey = false, altKey = false }) {
  if (ctrlKey || metaKey || altKey) return null;
  const by = shiftKey ? FINE : STEP;
  switch (key) {
    case "ArrowLeft":
      return { yaw: -by, pitch: 0 };
    case "ArrowRight":
      return { yaw: by, pitch: 0 };
    case "ArrowUp":
      return { yaw: 0, pitch: by };
    case "ArrowDown":
      return { yaw: 0, pitch: -by };
    case "+":
    case "=":
      return { zoom: 0.87 };
    case "-":
    case "_":
      return { zoom: 1.15 };
    case "0":
    case "Home":
      return { reset: true };
    default:
      return null;
  }
}
