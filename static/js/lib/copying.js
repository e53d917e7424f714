// Copying the text of a field. The clipboard needs https or localhost; elsewhere the old way by a selection still works.

/** @param {HTMLInputElement} field @returns {Promise<boolean>} whether it was copied */
export async function copy(field) {
  try {
    if (navigator.clipboard) return (await navigator.clipboard.writeText(field.value), true);
  } catch {
    // refused: the old way
  }
  field.select();
  return document.execCommand("copy");
}
