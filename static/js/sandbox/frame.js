// The sandboxed frame: takes a scene's code from the page, lets a worker run it, and hands on what the worker says as
// values of a fixed shape. Has no origin, so no cookies, no storage and no way to the page but these messages.

const { parent: page, three, runner } = document.documentElement.dataset;
const MOST = 200_000;
const LONGEST = 1000;
// Messages of a worker in a second; beyond, it only means to be a nuisance.
const FLOOD = 120;
const SIDE = 2048;
const PER_PIXEL = 0.006;

let worker = null;
let said = 0;
setInterval(() => (said = 0), 1000);

const tell = (message) => parent.postMessage({ scene: true, ...message }, page);

window.addEventListener("message", (event) => {
  if (event.source !== parent || event.origin !== page) return;
  const { type, code, n } = event.data ?? {};
  if (type === "run" && typeof code === "string" && code.length <= MOST) run(code);
  else if (type === "ping" && Number.isSafeInteger(n)) worker?.postMessage({ type, n });
});

function run(code) {
  worker?.terminate();
  const canvas = document.createElement("canvas");
  document.body.replaceChildren(canvas);
  // The runner is on another origin than this frame, which has none: a worker of its own imports it. Not statically:
  // that would be a matter of worker-src, which lets in nothing but what was made here.
  const address = URL.createObjectURL(new Blob([`import(${JSON.stringify(runner)});`], { type: "text/javascript" }));
  const mine = new Worker(address);
  worker = mine;
  let waits = true;
  const surface = canvas.transferControlToOffscreen();
  mine.onmessage = ({ data }) => {
    if (worker !== mine) return;
    if (data !== "here") hear(data);
    else if (waits) {
      waits = false;
      mine.postMessage({ type: "run", code, three, canvas: surface, ...size() }, [surface]);
    }
  };
  mine.onerror = (event) => {
    event.preventDefault();
    tell({ type: "error", message: String(event.message ?? "Error").slice(0, LONGEST) });
  };
}

function hear(data) {
  said += 1;
  if (said > FLOOD) {
    worker.terminate();
    worker = null;
    tell({ type: "error", message: "Too many messages." });
    return;
  }
  const { type, n, message } = Object(data);
  if (type === "loaded" || type === "running") tell({ type });
  else if (type === "pong" && Number.isSafeInteger(n)) tell({ type, n });
  else if (type === "error" && typeof message === "string") tell({ type, message: message.slice(0, LONGEST) });
}

const size = () => ({
  width: Math.min(SIDE, Math.max(1, innerWidth)),
  height: Math.min(SIDE, Math.max(1, innerHeight)),
  ratio: Math.min(2, devicePixelRatio || 1),
});

window.addEventListener("resize", () => worker?.postMessage({ type: "size", ...size() }));

// Looking around: one finger or the mouse turns, two fingers or the wheel come nearer, keys do both.
const orbit = (around, over, nearer = 1) => worker?.postMessage({ type: "orbit", around, over, nearer });
const fingers = new Map();

document.addEventListener("pointerdown", (event) => {
  fingers.set(event.pointerId, event);
  event.target.setPointerCapture?.(event.pointerId);
});
document.addEventListener("pointermove", (event) => {
  const before = fingers.get(event.pointerId);
  if (!before) return;
  const apart = spread();
  fingers.set(event.pointerId, event);
  if (fingers.size === 1) orbit((event.clientX - before.clientX) * PER_PIXEL, (event.clientY - before.clientY) * PER_PIXEL);
  else if (apart) orbit(0, 0, apart / (spread() || apart));
});
for (const kind of ["pointerup", "pointercancel"]) document.addEventListener(kind, (event) => fingers.delete(event.pointerId));
document.addEventListener("wheel", (event) => orbit(0, 0, Math.exp(Math.sign(event.deltaY) * 0.1)), { passive: true });
document.addEventListener("keydown", ({ key }) => {
  const turns = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1], "+": [0, 0, 0.9], "-": [0, 0, 1.1] };
  if (turns[key]) orbit(...turns[key]);
});

function spread() {
  const [one, other] = fingers.values();
  return one && other ? Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) : 0;
}

tell({ type: "ready" });
