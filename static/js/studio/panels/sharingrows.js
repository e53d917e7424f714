// The rows of the dialog of sharing: somebody, a workshop, a link; and the question before something is taken away.

import { copy } from "#lib/copying";
import { el, icon } from "#lib/dom";
import { _, fill } from "#lib/words";

const ROLES = () => ({ watch: _("can watch"), comment: _("can comment"), draw: _("can draw"), owner: _("co-owner") });
const SIGNS = { watch: "eye", comment: "message-circle", draw: "brush", owner: "users" };
const SHOWN_FOR = 2000; // ms

/** @typedef {import("./sharing.js").ShareDialog} ShareDialog */

/** Somebody. With a `title` (owner, teacher) nothing can be changed. @param {ShareDialog} share */
export function personRow(share, { id = null, name, colour = null, role = null, title = null, by_link: byLink = false }) {
  const here = id !== null && share.isHere(id);
  const face = el("span", { class: "share-face", "aria-hidden": "true" }, colour ? [...name][0].toUpperCase() : icon("user"));
  if (colour) face.style.setProperty("--face", colour);
  const more = [id === share.user && _("you"), byLink && _("by link"), here && id !== share.user && _("here now")].filter(Boolean);
  const words = el("span", { class: "share-name", dir: "auto" }, name, more.length > 0 && el("small", { class: "muted" }, more.join(" · ")));
  const row = el("li", { class: "share-row", "data-here": here, "data-about": `person-${id}` }, face, words);
  if (title) row.append(el("span", { class: "muted small" }, title));
  else row.append(...controls(share, { key: `person-${id}`, role, name, path: `people/${id}`, method: "PATCH", fixed: id === share.user, warning: _("They are out at once. Only by name they can be let in again.") }));
  return row;
}

/** Everybody of a workshop. @param {ShareDialog} share */
export function workshopRow(share, { workshop, name, role }) {
  const face = el("span", { class: "share-face", "aria-hidden": "true" }, icon("users"));
  const words = el("span", { class: "share-name", dir: "auto" }, name, el("small", { class: "muted" }, _("everybody in this workshop")));
  const more = { key: `workshop-${workshop}`, role, name, path: `workshops/${workshop}`, method: "PUT", warning: _("Those whom you added by name stay.") };
  return el("li", { class: "share-row", "data-about": more.key }, face, words, ...controls(share, more));
}

function controls(share, { key, role, name, path, method, warning, fixed = false }) {
  if (!share.sharing.rights.share || fixed) return [el("span", { class: "muted small" }, ROLES()[role])];
  const label = fill(_("What %(name)s may do"), { name });
  const change = ({ target }) => share.act(method, path, { role: target.value });
  const choices = Object.entries(ROLES()).map(([value, words]) => el("option", { value, selected: value === role }, words));
  const out = ({ currentTarget }) => question(currentTarget.closest("li"), warning, [[fill(_("Remove %(name)s"), { name }), () => share.act("DELETE", path)]]);
  const remove = fill(_("Remove %(name)s"), { name });
  return [
    el("select", { class: "input", "aria-label": label, "data-key": key, onchange: change }, ...choices),
    el("button", { class: "button button-quiet button-icon button-small", type: "button", "aria-label": remove, title: remove, "data-key": `out-${key}`, onclick: out }, icon("x")),
  ];
}

/** A link, to be copied, shown as a QR code, and ended. @param {ShareDialog} share */
export function linkRow(share, link) {
  const { id, role, address, used } = link;
  const field = el("input", { class: "input", readonly: true, value: address, "aria-label": fill(_("Link: %(role)s"), { role: ROLES()[role] }), onfocus: ({ target }) => target.select() });
  const said = el("span", {}, _("Copy"));
  const onCopy = async () => {
    said.textContent = (await copy(field)) ? _("Copied") : _("Please copy it by hand");
    setTimeout(() => (said.textContent = _("Copy")), SHOWN_FOR);
  };
  const code = el("div", { class: "share-qr", hidden: true });
  const onCode = ({ currentTarget }) => {
    if (!code.childElementCount) code.append(el("img", { src: link.qr, width: 200, height: 200, alt: _("QR code of the link") }));
    code.hidden = !code.hidden;
    currentTarget.setAttribute("aria-expanded", String(!code.hidden));
  };
  const end = (people) => share.act("DELETE", `links/${id}${people ? "?people=true" : ""}`);
  const ends = [[_("End the link"), () => end(false)]];
  if (used) ends.push([_("End it, and put out who came by it"), () => end(true)]);
  const onEnd = ({ currentTarget }) => question(currentTarget.closest("li"), _("From then on it leads nowhere."), ends);
  const small = { class: "button button-icon button-small", type: "button" };
  return el(
    "li",
    { class: "share-link", "data-about": `link-${id}` },
    el("p", { class: "share-link-words small" }, icon(SIGNS[role]), el("strong", {}, ROLES()[role]), el("span", { class: "muted" }, lasting(link))),
    el(
      "div",
      { class: "share-line" },
      field,
      el("button", { class: "button button-small", type: "button", "data-key": `copy-${id}`, onclick: onCopy }, icon("copy"), said),
      el("button", { ...small, "aria-label": _("QR code"), title: _("QR code"), "aria-expanded": "false", "data-key": `qr-${id}`, onclick: onCode }, icon("qr-code")),
      el("button", { ...small, "aria-label": _("End the link"), title: _("End the link"), "data-key": `end-${id}`, onclick: onEnd }, icon("unlink")),
    ),
    code,
  );
}

function lasting({ expires_at: expires, used }) {
  const when = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  const until = expires ? fill(_("until %(when)s"), { when: when.format(new Date(expires)) }) : _("until you end it");
  return `${until} · ${used ? fill(_("used by %(number)s"), { number: used }) : _("not used yet")}`;
}

/** Make the rows of a list anew; a question that is being asked stays behind its row. @param {Element} list @param {Element[]} rows */
export function fillList(list, rows) {
  const asked = list.querySelector(".share-ask");
  const about = asked?.previousElementSibling?.dataset.about;
  list.replaceChildren(...rows);
  if (about) rows.find((row) => row.dataset.about === about)?.after(asked);
}

/**
 * Ask once more, right behind `node`. Answering, or asking something else, takes the question away.
 * @param {Element} node @param {string} words @param {[string, () => unknown][]} answers what can be done; "Cancel" comes last
 */
export function question(node, words, answers) {
  document.querySelector(".share-ask")?.remove();
  const opener = document.activeElement;
  const away = () => asked.remove();
  // Its row may have been made anew meanwhile.
  const back = () => (opener?.isConnected ? opener : document.querySelector(`[data-key="${CSS.escape(opener?.dataset.key ?? "")}"]`))?.focus();
  const buttons = answers.map(([text, act], n) => el("button", { class: "button button-danger button-small", type: "button", "data-key": `answer-${n}`, onclick: () => (away(), act()) }, text));
  const cancel = el("button", { class: "button button-small", type: "button", "data-key": "answer-none", onclick: () => (away(), back()) }, _("Cancel"));
  const asked = el(node.tagName === "LI" ? "li" : "div", { class: "share-ask" }, el("p", { class: "small" }, words), el("div", { class: "button-row" }, ...buttons, cancel));
  node.after(asked);
  buttons[0].focus();
}
