// Dragging the works of a collection into another order. The menu of each work does the same without this file.

import { find, findAll } from "#lib/dom";

const list = find("#collection-works");
let dragged = null;

/** The work that `event` is over, and whether the dragged one goes before it. */
function place(event) {
  const over = event.target.closest(".collection-work");
  if (!over || over === dragged) return null;
  const box = over.getBoundingClientRect();
  return { over, before: event.clientX < box.left + box.width / 2 };
}

function unmark() {
  for (const marked of findAll("[data-before]", list)) marked.removeAttribute("data-before");
}

async function keep() {
  const works = findAll(".collection-work", list).map((work) => work.dataset.work);
  const token = find("input[name=csrfmiddlewaretoken]").value;
  const body = new URLSearchParams({ csrfmiddlewaretoken: token, works: works.join(",") });
  const told = find("#order-told");
  try {
    const answer = await fetch(list.dataset.order, { method: "POST", body });
    if (!answer.ok) throw new Error(String(answer.status));
    told.textContent = gettext("The new order is saved.");
  } catch {
    told.textContent = gettext("The new order could not be saved.");
    location.reload();
  }
}

list?.addEventListener("dragstart", (event) => {
  dragged = event.target.closest(".collection-work");
  if (!dragged) return;
  dragged.toggleAttribute("data-dragged", true);
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.work);
});
list?.addEventListener("dragover", (event) => {
  if (!dragged) return;
  event.preventDefault();
  unmark();
  const target = place(event);
  const mark = target && (target.before ? target.over : target.over.nextElementSibling);
  mark?.toggleAttribute("data-before", true);
});
list?.addEventListener("drop", (event) => {
  if (!dragged) return;
  event.preventDefault();
  const target = place(event);
  if (!target) return;
  target.over[target.before ? "before" : "after"](dragged);
  keep();
});
list?.addEventListener("dragend", () => {
  unmark();
  dragged?.removeAttribute("data-dragged");
  dragged = null;
});
