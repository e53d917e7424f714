// A line that a test holds both ends of, in place of the browser's WebSocket, and its clock. Tests nothing.

export class FakeSocket {
  static made = [];
  constructor(url, protocols) {
    Object.assign(this, { url, protocols, readyState: 0, sent: [] });
    FakeSocket.made.push(this);
  }
  open() { this.readyState = 1; this.onopen(); }
  say(event) { this.onmessage({ data: typeof event === "object" && !(event instanceof ArrayBuffer) ? JSON.stringify(event) : event }); }
  drop(code) { this.readyState = 3; this.onclose({ code }); }
  send(frame) { this.sent.push(frame); }
  close() { this.readyState = 3; }
}

/** What a line needs of the browser, in the test's hands. `world.online` says whether there is a network. */
export function browserParts(world) {
  FakeSocket.made = [];
  const timers = [];
  const parts = {
    WebSocket: FakeSocket,
    setTimeout: (run, ms) => timers.push({ run, ms }) - 1,
    clearTimeout: (id) => { if (timers[id]) timers[id].run = () => undefined; },
    random: () => 0.5,
    now: () => 0,
    isOnline: () => world.online,
  };
  return { parts, timers, last: () => FakeSocket.made.at(-1) };
}
