// The bell: fetched anew when a notice comes over the page's socket, or when the page comes back into view after a while.
// No polling: a page that is only looked at asks nothing.

const REST = 60_000; // ms between two looks when the page comes back into view
const TOAST_FOR = 8_000; // ms

let looked = Date.now();

async function refresh() {
  looked = Date.now();
  // The studio's page comes without htmx, which looks at a page a turn after it was fetched.
  if (!globalThis.htmx) {
    await import("htmx").catch(() => undefined); // no network: the bell rings again
    await new Promise((resolve) => setTimeout(resolve));
  }
  document.getElementById("bell")?.dispatchEvent(new CustomEvent("refresh"));
}

/** Says it in the corner for a few seconds; the notice itself stays under the bell. */
function toast({ message, link }) {
  let place = document.getElementById("toasts");
  if (!place) {
    place = Object.assign(document.createElement("div"), { id: "toasts", className: "toasts" });
    place.setAttribute("role", "status");
    document.body.append(place);
  }
  const note = document.createElement(link ? "a" : "p");
  note.className = "toast";
  note.textContent = message;
  if (link) note.href = link;
  place.append(note);
  setTimeout(() => note.remove(), TOAST_FOR);
}

document.addEventListener("notice", ({ detail }) => {
  if (detail.message) toast(detail);
  refresh();
});

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && Date.now() - looked > REST) refresh();
});
