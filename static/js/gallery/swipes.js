// Swipes with one finger over a picture that follows it. Two fingers are the browser's: they zoom.

const FAR = 60; // px from which a swipe counts

/** Calls `left`, `right` or `down` after a swipe on `area`; `picture` moves along meanwhile. */
export function swipes(area, picture, { left, right, down }) {
  let start = null;
  const rest = () => {
    start = null;
    picture.style.translate = "";
  };
  area.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse") return;
    // A second finger ends the swipe.
    start = event.isPrimary ? { x: event.clientX, y: event.clientY } : null;
    if (!start) rest();
  });
  area.addEventListener("pointermove", (event) => {
    if (!start || !event.isPrimary) return;
    const [x, y] = [event.clientX - start.x, event.clientY - start.y];
    picture.style.translate = Math.abs(x) > Math.abs(y) ? `${x}px 0` : `0 ${Math.max(y, 0)}px`;
  });
  area.addEventListener("pointerup", (event) => {
    if (!start || !event.isPrimary) return;
    const [x, y] = [event.clientX - start.x, event.clientY - start.y];
    rest();
    if (Math.abs(x) > Math.abs(y)) {
      if (Math.abs(x) > FAR) (x < 0 ? left : right)();
    } else if (y > FAR * 1.5) down();
  });
  area.addEventListener("pointercancel", rest);
}
