// Likes and favourites: shown at once, asked of the server, taken back where it says no.
import { find, findAll } from "#lib/dom";
import { ask } from "#lib/server";

const buttonsOf = (id) => findAll(`[data-work="${CSS.escape(id)}"] [data-mark]`);

function show(id, on, likes = null) {
  for (const button of buttonsOf(id)) {
    button.setAttribute("aria-pressed", String(on));
    button.value = on ? "0" : "1"; // what the form would send without scripts
    const count = find("[data-likes]", button);
    if (!count || likes === null) continue;
    count.dataset.likes = likes;
    count.textContent = likes || "";
  }
}

const send = {
  favourite: async (id, on) => (await ask("PATCH", `/api/v1/works/${id}`, { favourite: on }), null),
  like: async (id, on) => (await ask(on ? "PUT" : "DELETE", `/api/v1/works/${id}/like`)).likes,
};

/** Mark the work of `button`, or take its mark away. `told(text)` says what went wrong. */
export async function toggle(button, told) {
  const { work: id } = button.closest("[data-work]").dataset;
  const on = button.getAttribute("aria-pressed") !== "true";
  const before = Number(find("[data-likes]", button)?.dataset.likes ?? 0);
  show(id, on, before + (on ? 1 : -1));
  try {
    show(id, on, await send[button.dataset.mark](id, on));
  } catch (error) {
    show(id, !on, before);
    told(error.message || gettext("The studio cannot be reached. Please try again."));
  }
}

/** Buttons on the page answer by themselves; for visitors their form leads to the log-in. */
export function listen(told) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-mark]");
    if (!button || document.body.classList.contains("visitor")) return;
    event.preventDefault();
    toggle(button, told);
  });
}
