// Small settings that the browser remembers. Loss is harmless. The drawing is kept elsewhere (studio/canvas/archive.js).

export function recall(key, fallback = null) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? fallback;
  } catch {
    return fallback;
  }
}

export function remember(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // private windows and full disks: the page works, it only forgets
  }
}
