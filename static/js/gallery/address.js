// What the address of a list says: its filters, and which work is open in the viewer. Pure.

const VIEW = "view";

/** The address of the list itself. */
export function withoutView(address) {
  const url = new URL(address);
  url.searchParams.delete(VIEW);
  return url.href;
}

/** The address with the work `id` open. */
export function withView(address, id) {
  const url = new URL(address);
  url.searchParams.set(VIEW, id);
  return url.href;
}

export const viewOf = (address) => new URL(address).searchParams.get(VIEW) ?? "";

/** The address that a filter form asks for: what is empty is left out. `entries` as FormData gives them. */
export function asked(action, entries) {
  const url = new URL(action);
  url.search = new URLSearchParams([...entries].map(([name, value]) => [name, String(value).trim()]).filter(([, value]) => value)).toString();
  return url.href;
}
