// A page that shows many works: puts its parts together. Everything leads somewhere without this file, too.
import { viewOf, withoutView } from "#gallery/address";
import { Filters } from "#gallery/filters";
import { listen, toggle } from "#gallery/marks";
import { Pages } from "#gallery/pages";
import { Viewer } from "#gallery/viewer";
import { layOutAll } from "#gallery/wall";
import { el, find } from "#lib/dom";

const SHOWN_FOR = 4000; // ms
const said = find("body").appendChild(el("p", { class: "toast", role: "status" }));

/** Says something to everybody; `quietly`, to screen readers alone. */
function tell(text, quietly = false) {
  said.textContent = text;
  said.classList.toggle("visually-hidden", quietly);
  clearTimeout(tell.timer);
  tell.timer = setTimeout(() => {
    said.textContent = "";
  }, SHOWN_FOR);
}

const pages = new Pages((text) => tell(text, true));
const mark = (button) => toggle(button, tell);
const viewer = new Viewer(pages, mark);
let shown = withoutView(location.href);

const filters = new Filters({
  before: (address) => pages.remember(address),
  after: async (address, back) => {
    shown = address;
    layOutAll();
    pages.begin();
    // The form of the buttons comes back to where its works are.
    find("#marks [name=next]").value = new URL(address).pathname + new URL(address).search;
    if (back) await pages.recall(address);
    else tell(pages.cards.length ? gettext("The list has changed") : gettext("Nothing matches"), true);
  },
  failed: (address) => location.assign(address),
});

listen(tell);
pages.begin();

addEventListener("popstate", async () => {
  const list = withoutView(location.href);
  if (list !== shown) await filters.go(list, { back: true });
  viewer.follow();
});
addEventListener("pagehide", () => pages.remember(shown));

// Coming back to this page, or loading it anew, shows what had been loaded; a page that the browser kept whole has it.
const [visit] = performance.getEntriesByType("navigation");
if (["back_forward", "reload"].includes(visit?.type)) await pages.recall(shown);
if (viewOf(location.href)) viewer.follow();
find("#list").dataset.ready = "true";
