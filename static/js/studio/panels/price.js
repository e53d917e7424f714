// What the request in the form would cost, told before it is sent: the server's word (POST /api/v1/price).

import { find } from "#lib/dom";
import { ask } from "#lib/server";
import { _, fill } from "#lib/words";
import { rangeInWords } from "#studio/panels/times";

// So long (ms) after the last change it is asked for.
const PAUSE = 350;
// What costs nothing is not sent.
const FREE = ["prompt", "negative_prompt", "seed", "loras", "guidance_scale"];

/**
 * In words; "" when there is nothing to say. @param {{cost: number|null, left: number|null,
 *   refusal: {code: string, message: string}|null}} price
 */
export function priceInWords({ cost, left, refusal }) {
  if (refusal) return ["too_expensive", "quota_exceeded"].includes(refusal.code) ? refusal.message : "";
  if (cost === null) return "";
  const takes = fill(_("Takes %(time)s of computing"), { time: rangeInWords([cost, cost]) });
  if (left === null) return takes;
  const time = left < 120 ? fill(_("%(time)s s left today"), { time: Math.floor(left) }) : fill(_("%(time)s min left today"), { time: Math.floor(left / 60) });
  return `${takes} · ${time}`;
}

/** What of the parameters the price depends on. */
export function priced(params) {
  return Object.fromEntries(Object.entries(params).filter(([name]) => !FREE.includes(name)));
}

export class PriceLine {
  /** @param {{form: object, tools: object, store: object}} parts */
  constructor({ form, tools, store }) {
    Object.assign(this, { form, tools });
    this.root = find("#price");
    this.asked = "";
    this.active = 0;
    form.addEventListener("values", () => this.soon());
    form.addEventListener("model", () => this.soon());
    store.subscribe(({ active }) => {
      if (active.length < this.active) this.asked = ""; // something has ended: there may be more left
      if (active.length !== this.active) this.soon();
      this.active = active.length;
    });
    document.addEventListener("visibilitychange", () => this.soon());
    this.soon();
  }

  /** Ask before long, when nothing changes any more. The board may have changed the tool. */
  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#ask(), PAUSE);
  }

  async #ask() {
    const params = this.form.peek(this.tools.name);
    if (!params || !this.form.model || document.visibilityState !== "visible") return;
    const body = { tool: this.tools.name, model: this.form.model.name, params: priced(params) };
    const question = JSON.stringify(body) + this.active;
    if (question === this.asked) return;
    this.asked = question;
    this.running?.abort();
    this.running = new AbortController();
    const price = await ask("POST", "/api/v1/price", body, { signal: this.running.signal }).catch(() => null);
    if (this.asked !== question) return;
    if (!price) this.asked = "";
    this.#show(price);
  }

  #show(price) {
    const words = price ? priceInWords(price) : "";
    this.root.textContent = words;
    this.root.hidden = !words;
    this.root.toggleAttribute("data-refused", Boolean(price?.refusal));
  }
}
