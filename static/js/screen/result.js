// The picture on the big screen: live frames as they come, else the newest that was kept. One is changed for the next only
// when it is decoded: nothing flickers.

/** Event "shown": another picture is to be seen. */
export class Result extends EventTarget {
  constructor(figure, room) {
    super();
    Object.assign(this, { figure, room, image: figure.querySelector("img"), any: false, address: null, turn: 0 });
    room.addEventListener("frame", ({ detail }) => this.#frame(detail));
    room.addEventListener("pinned", ({ detail }) => detail.works?.length && this.keep(detail.works.at(-1).image));
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

  async #frame({ bytes }) {
    await this.#show(URL.createObjectURL(new Blob([bytes])), true);
    this.room.send({ type: "seen", frames: 1 });
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
