// The few signs that are left on comments and called over the board.

import { el, icon } from "#lib/dom";
import { _, fill } from "#lib/words";

const ICONS = { like: "thumbs-up", love: "heart", laugh: "laugh", party: "party-popper", star: "star" };

/** @type {string[]} in the order they are offered */
export const SIGNS = Object.keys(ICONS);

export const SIGN_NAMES = () => ({ like: _("Like"), love: _("Love"), laugh: _("Laugh"), party: _("Hooray"), star: _("Star") });

export const signIcon = (sign) => icon(ICONS[sign] ?? "star");

/** A row of buttons, one for each sign. @param {(sign: string) => void} choose */
export function signButtons(choose, label) {
  const names = SIGN_NAMES();
  const button = (sign) => el("button", { class: "sign", type: "button", "data-sign": sign, "aria-label": names[sign], title: names[sign], onclick: () => choose(sign) }, signIcon(sign));
  return el("div", { class: "signs", role: "group", "aria-label": label }, ...SIGNS.map(button));
}

/** Who left a sign, in words. @param {number[]} users @param {(user: number) => string} nameOf */
export function whoSigned(sign, users, nameOf) {
  const names = users.slice(0, 8).map(nameOf);
  const more = users.length - names.length;
  return `${SIGN_NAMES()[sign]}: ${names.join(", ")}${more > 0 ? ` ${fill(_("and %(n)s more"), { n: more })}` : ""}`;
}
