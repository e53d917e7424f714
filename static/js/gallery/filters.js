// The filter form answers at once: the list is exchanged, the address follows, back and forward lead through it.
import { asked, withoutView } from "#gallery/address";
import { part } from "#gallery/parts";
import { find, findAll } from "#lib/dom";

const PAUSE = 350; // ms without a key before words are searched for

export class Filters {
  #waiting;
  #going = null;

  /** `before(address)` runs before the list is left, `after(address, back)` when another one is there. */
  constructor({ before, after, failed }) {
    Object.assign(this, { before, after, failed });
    this.form = find("[data-filters]");
    this.form.classList.add("is-live");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#ask();
    });
    this.form.addEventListener("input", (event) => {
      clearTimeout(this.#waiting);
      // A date is not whole while its year is being typed, either.
      this.#waiting = setTimeout(() => this.#ask(), event.target.matches("select, [type=radio]") ? 0 : PAUSE);
    });
    document.addEventListener("click", (event) => {
      const link = event.target.closest?.("[data-filters-link]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      this.go(link.href).then(() => find(".filters-search input").focus({ preventScroll: true }));
    });
  }

  #ask() {
    clearTimeout(this.#waiting);
    this.go(asked(this.form.action, new FormData(this.form)), { form: false });
  }

  /** Show the list of `address`. With `back` the address is there already. */
  async go(address, { back = false, form = true } = {}) {
    const here = withoutView(location.href);
    if (!back && address === here) return;
    this.#going?.abort();
    const going = (this.#going = new AbortController());
    const list = document.getElementById("list");
    if (!back) this.before(here);
    list.setAttribute("aria-busy", "true");
    try {
      const [came] = await part(address, { signal: going.signal });
      if (!back) history.pushState({}, "", address);
      list.replaceWith(came);
      if (form) this.#fill(new URL(address).searchParams);
      this.#count(came);
      this.after(address, back);
    } catch {
      if (going.signal.aborted) return;
      list.removeAttribute("aria-busy");
      this.failed(address);
    }
  }

  /** The form says what the address says. */
  #fill(params) {
    for (const field of this.form.elements) {
      if (!field.name || field.type === "hidden") continue;
      const value = params.get(field.name) ?? "";
      if (field.type === "radio") field.checked = field.value === value;
      else field.value = value;
    }
  }

  #count(list) {
    const { narrowed } = list.dataset;
    for (const badge of findAll(".filters-count", this.form)) {
      badge.textContent = narrowed;
      badge.hidden = narrowed === "0";
    }
  }
}
