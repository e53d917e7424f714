// Parts of pages from our own server: cards, a list, what is to be said of a work.

/** The elements that `address` answers with. @throws {Error} when nothing, or something else, comes back */
export async function part(address, { signal } = {}) {
  const answer = await fetch(address, { headers: { "HX-Request": "true" }, signal });
  // Logged out in the meantime: the server leads to another page, so the whole window goes there.
  if (answer.redirected) location.assign(address);
  if (!answer.ok || answer.redirected) throw new Error(`${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return [...page.body.children].map((child) => document.importNode(child, true));
}
