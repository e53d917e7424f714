// Lists that change every second: what stays the same keeps its elements, so that the focus and the pointer stay where they are.

/**
 * Bring `parent` to show `items`, in their order.
 * @param {(item: object) => string} key what makes an item the same as before
 * @param {(item: object) => {node: Element, update: (item: object) => void}} make
 */
export function rows(parent, key, make) {
  const known = new Map();
  const none = document.getElementById(`${parent.id}-none`);
  return (items) => {
    const now = new Set(items.map(key));
    for (const [name, row] of known) {
      if (now.has(name)) continue;
      row.node.remove();
      known.delete(name);
    }
    let before = null;
    for (const item of items) {
      const name = key(item);
      if (!known.has(name)) known.set(name, make(item));
      const row = known.get(name);
      row.update(item);
      const place = before ? before.nextElementSibling : parent.firstElementChild;
      if (row.node !== place) parent.insertBefore(row.node, place);
      before = row.node;
    }
    if (none) none.hidden = items.length > 0;
  };
}

/** Set a text only when it changes: nothing is read out again that is the same. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
