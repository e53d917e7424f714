// The picture on the big screen: live frames as they come, else the newest that was kept. One is changed for the next only
// when it is decoded: nothing flickers.

/** Event "shown": another picture is to be seen. */
export class Result extends EventTarget {
  constructor(figure, room) {
    super();
    Object.assign(this, { figure, room, image: figure.querySelector("img"), any: false, address: null, turn: 0, number: 0 });
    // Whoever says so gets the newest frame, and those that come.
    room.addEventListener("welcome", () => room.send({ type: "live" }));
    room.addEventListener("frame", ({ detail }) => this.#frame(detail));
    room.addEventListener("pinned", ({ detail }) => this.#pinned(detail.pin));
  }

  /** Show a picture that was kept, by its address. */
  keep(address) {
    return this.#show(address, false);
  }

  stop() {
    this.stopped = true;
    this.#free();
    this.figure.hidden = true;
    this.image.removeAttribute("src");
  }

  /** `number` only grows, whoever asked: one that comes late is not shown. */
  async #frame({ number, bytes, media_type: type }) {
    if (number >= this.number) {
      this.number = number;
      await this.#show(URL.createObjectURL(new Blob([bytes], { type })), true);
    }
    this.room.send({ type: "seen", frames: 1 });
  }

  /** What was kept is the same picture in full quality; a veiled one is for nobody's big screen. */
  #pinned({ state, works }) {
    const shown = works.filter((work) => !work.veiled);
    if (state === "kept" && shown.length) this.keep(shown.at(-1).image);
  }

  async #show(address, ours) {
    const turn = (this.turn += 1);
    const next = new Image();
    next.src = address;
    const good = await next.decode().then(() => true, () => false);
    if (!good || turn !== this.turn || this.stopped) {
      if (ours) URL.revokeObjectURL(address);
      return;
    }
    this.#free();
    this.address = ours ? address : null;
    this.image.src = address;
    this.figure.style.setProperty("--w", next.naturalWidth);
    this.figure.style.setProperty("--h", next.naturalHeight);
    this.any = true;
    this.dispatchEvent(new Event("shown"));
  }

  #free() {
    if (this.address) URL.revokeObjectURL(this.address);
    this.address = null;
  }
}
