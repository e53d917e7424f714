// One comment on the page: who, when, the words, the signs on it, and what one may do with it.

import { el, icon } from "#lib/dom";
import { _ } from "#lib/words";
import { SIGNS, SIGN_NAMES, signButtons, signIcon, whoSigned } from "#studio/room/signs";
import { initialOf } from "#studio/room/threads";

const TEXT_MAX = 1000;

export function face({ name, colour }) {
  const node = el("span", { class: "comment-face", "aria-hidden": "true" }, initialOf(name));
  node.style.setProperty("--colour", colour);
  return node;
}

/** A moment in words: how long ago, or the day. */
export function when(iso, now = Date.now()) {
  const language = document.documentElement.lang;
  const at = new Date(iso);
  const seconds = Math.round((at - now) / 1000);
  if (seconds > -86_400 * 6) {
    const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
    for (const [unit, length] of [["day", 86_400], ["hour", 3600], ["minute", 60]]) if (seconds <= -length) return relative.format(Math.round(seconds / length), unit);
    return _("now");
  }
  return new Intl.DateTimeFormat(language, { dateStyle: "medium" }).format(at);
}

const whole = (iso) => new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));

/**
 * @param {import("./threads.js").Comment} comment
 * @param {{me: number, rights: object, nameOf: (user: number) => string, react, edit, remove}} how `react(sign, on)`, `edit(text)` and
 *   `remove()` are promises
 */
export function commentNode(comment, how) {
  const own = comment.author.user === how.me;
  const time = el("time", { datetime: comment.at, title: whole(comment.at) }, when(comment.at));
  const head = el("div", { class: "comment-head" }, face(comment.author), el("strong", { dir: "auto" }, comment.author.name), time, comment.edited && el("span", {}, _("edited")));
  const words = el("p", { class: "comment-words", dir: "auto" }, comment.text);
  const note = comment.hidden && el("p", { class: "comment-note" }, icon("eye-off"), own ? _("A moderator has hidden this from others.") : _("A moderator has hidden this comment."));
  const node = el("li", { class: "comment", "data-comment": comment.id }, head, note, comment.text && words);
  const acts = el("span", { class: "comment-acts" });
  if (own && how.rights.comment) acts.append(small("pencil", _("Edit"), () => rewrite(node, words, comment, how)));
  if (own || how.rights.share || how.rights.steer) acts.append(small("trash-2", _("Delete"), () => how.remove()));
  if (!own) acts.append(el("a", { class: "comment-act", href: `/report/comment/${comment.id}/`, target: "_blank", rel: "noopener", "aria-label": _("Report"), title: _("Report") }, icon("flag")));
  head.append(acts);
  if (!comment.hidden) node.append(signsOf(comment, how));
  return node;
}

function small(sign, label, onclick) {
  return el("button", { class: "comment-act", type: "button", "aria-label": label, title: label, onclick }, icon(sign));
}

/** The signs that were left, and the way to leave one. */
function signsOf(comment, { me, rights, nameOf, react }) {
  const names = SIGN_NAMES();
  const chips = SIGNS.filter((sign) => comment.reactions[sign]?.length).map((sign) => {
    const users = comment.reactions[sign];
    const mine = users.includes(me);
    const who = whoSigned(sign, users, nameOf);
    return el("button", { class: "sign-chip", type: "button", "data-sign": sign, "aria-pressed": String(mine), title: who, disabled: !rights.comment, onclick: () => react(sign, !mine) }, signIcon(sign), String(users.length), el("span", { class: "visually-hidden" }, who));
  });
  const row = el("div", { class: "comment-signs" }, ...chips);
  if (!rights.comment) return row;
  const all = signButtons((sign) => {
    more.focus();
    all.hidden = true;
    more.setAttribute("aria-expanded", "false");
    react(sign, !(comment.reactions[sign] ?? []).includes(me));
  }, _("Signs"));
  all.hidden = true;
  const more = el("button", { class: "sign-chip sign-more", type: "button", "aria-expanded": "false", "aria-label": _("Leave a sign"), title: Object.values(names).join(", ") }, icon("smile-plus"));
  more.addEventListener("click", () => {
    all.hidden = !all.hidden;
    more.setAttribute("aria-expanded", String(!all.hidden));
    if (!all.hidden) all.firstElementChild.focus();
  });
  row.append(more, all);
  return row;
}

/** The words in a field, to be changed. */
function rewrite(node, words, comment, { edit }) {
  const form = writing({
    label: _("Your comment"),
    button: _("Save"),
    text: comment.text,
    send: async (text) => {
      await edit(text);
      done();
    },
    cancel: () => done(),
  });
  const done = () => {
    form.replaceWith(words);
    node.querySelector(".comment-acts button")?.focus();
  };
  words.replaceWith(form);
  form.querySelector("textarea").focus();
}

/**
 * A field to write in. What was written stays until it is sent.
 * @param {{label: string, button: string, text?: string, send: (text: string) => Promise<void>, cancel?: () => void, typed?: (text: string) => void}} how
 *   `send` throws what is to be told
 */
export function writing({ label, button, text = "", send, cancel, typed }) {
  const area = el("textarea", { class: "input", rows: 2, maxlength: TEXT_MAX, "aria-label": label, placeholder: label, dir: "auto" });
  area.value = text;
  const go = el("button", { class: "button button-primary button-small", type: "submit", disabled: !text.trim() }, icon("send"), button);
  const wrong = el("p", { class: "field-error", role: "alert", hidden: true });
  const form = el("form", { class: "comment-form" }, area, wrong, el("div", { class: "button-row" }, go, cancel && el("button", { class: "button button-quiet button-small", type: "button", onclick: cancel }, _("Cancel"))));
  area.addEventListener("input", () => {
    go.disabled = !area.value.trim();
    typed?.(area.value);
  });
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") event.stopPropagation(); // the board's keys rest while one writes
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (go.disabled) return;
    go.disabled = true;
    wrong.hidden = true;
    try {
      await send(area.value);
    } catch (error) {
      wrong.textContent = error.fields?.text?.message ?? error.message ?? "";
      if (!wrong.textContent) wrong.textContent = _("There is no connection right now. Please try again.");
      wrong.hidden = false;
      go.disabled = false;
    }
  });
  return form;
}
