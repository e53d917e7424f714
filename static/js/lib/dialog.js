// Dialogs: the focus goes in, stays in, and comes back to where it was. Escape closes them: the browser sees to that.

const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]";

/** What the Tab key stops at within `dialog`, in order. */
function stops(dialog) {
  const all = [...dialog.querySelectorAll(FOCUSABLE)];
  return all.filter((node) => !node.disabled && node.tabIndex >= 0 && node.type !== "hidden" && node.checkVisibility({ visibilityProperty: true }));
}

/** After the last comes the first, and before the first the last: nothing outside can be reached meanwhile. */
function turn(event) {
  if (event.key !== "Tab") return;
  const all = stops(event.currentTarget);
  const edge = event.shiftKey ? all[0] : all.at(-1);
  const inside = all.includes(document.activeElement);
  if (inside && document.activeElement !== edge) return;
  event.preventDefault();
  (event.shiftKey ? all.at(-1) : all[0])?.focus();
}

/** A way to find an element again whose place was taken by one like it. */
function addressOf(node) {
  if (node?.id) return `#${CSS.escape(node.id)}`;
  const [name, value] = Object.entries(node?.dataset ?? {})[0] ?? [];
  return name && `[data-${name.replace(/[A-Z]/g, (sign) => `-${sign.toLowerCase()}`)}="${CSS.escape(value)}"]`;
}

/**
 * Open a `<dialog>` over the page.
 * @param {HTMLDialogElement} dialog
 * @param {Element|null} opener where the focus was when it was asked for, if that is a while ago
 */
export function openDialog(dialog, opener = document.activeElement) {
  const address = addressOf(opener);
  dialog.addEventListener("keydown", turn);
  dialog.addEventListener(
    "close",
    () => {
      dialog.removeEventListener("keydown", turn);
      // The browser brings the focus back by itself, unless its place was made anew meanwhile.
      if (opener?.isConnected) opener.focus({ preventScroll: true });
      else if (address) document.querySelector(address)?.focus({ preventScroll: true });
    },
    { once: true },
  );
  dialog.showModal();
}
