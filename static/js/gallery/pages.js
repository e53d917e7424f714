// The pages of a list: fetches the next one before its end is reached, and has them all back after a way to elsewhere.
import { part } from "#gallery/parts";
import { layOut } from "#gallery/wall";

const AHEAD = "1200px"; // begin so far before the end comes into view
const KEY = "brushwire.lists";
const KEPT = 12; // lists that the window remembers
const PAGES_MAX = 40; // of one list; further down begins at the top again

export class Pages {
  #loading = null;
  #loaded = [];
  #watch = new IntersectionObserver((seen) => seen.some((each) => each.isIntersecting) && this.more(), { rootMargin: AHEAD });

  /** `told(text)` says to screen readers what happened. */
  constructor(told) {
    this.told = told;
    document.addEventListener("click", (event) => {
      if (!event.target.closest?.(".works-more a")) return;
      event.preventDefault();
      this.more();
    });
  }

  get list() {
    return document.getElementById("list");
  }

  get cards() {
    return [...this.list.querySelectorAll(".work")];
  }

  get #next() {
    return this.list.querySelector(".works-more");
  }

  /** The list is a new one, or has just come. */
  begin() {
    this.#loaded = [];
    this.#watch.disconnect();
    if (this.#next) this.#watch.observe(this.#next);
  }

  /** Fetch the next page, once however often it is asked for. Resolves to how many cards came. */
  more() {
    this.#loading ??= this.#more().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  async #more() {
    const next = this.#next;
    if (!next) return 0;
    const { href } = next.querySelector("a");
    next.classList.add("is-loading");
    next.setAttribute("aria-busy", "true");
    try {
      const came = await part(href);
      if (!next.isConnected) return 0;
      this.#take(next, came);
      this.#loaded.push(href);
      const count = came.filter((each) => each.matches(".work")).length;
      this.told(gettext("More pictures were added"));
      return count;
    } catch {
      next.classList.remove("is-loading");
      next.removeAttribute("aria-busy");
      // Not again by itself: the link stays, and says what happened.
      this.#watch.unobserve(next);
      next.querySelector("a").textContent = gettext("Could not be loaded. Try again");
      return 0;
    }
  }

  #take(next, came) {
    this.#watch.unobserve(next);
    const wall = next.parentElement;
    next.replaceWith(...came);
    layOut(wall);
    if (this.#next) this.#watch.observe(this.#next);
  }

  /** Remember where the window stands in this list. */
  remember(address) {
    const kept = read().filter((each) => each.address !== address);
    kept.push({ address, pages: this.#loaded.slice(0, PAGES_MAX), top: Math.round(scrollY) });
    try {
      sessionStorage.setItem(KEY, JSON.stringify(kept.slice(-KEPT)));
    } catch {
      // no room, or not allowed: the list then begins at its top
    }
  }

  /** Have back what was loaded of this list, and stand where one stood. */
  async recall(address) {
    const kept = read().find((each) => each.address === address);
    if (!kept) return;
    const came = await Promise.all(kept.pages.map((href) => part(href).catch(() => null)));
    for (const [index, page] of came.entries()) {
      if (!page || !this.#next) break;
      this.#take(this.#next, page);
      this.#loaded.push(kept.pages[index]);
    }
    scrollTo({ top: kept.top, behavior: "instant" });
  }
}

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}
