// Runs a scene's code. A worker of the sandboxed frame: there is no document here, nothing to navigate, and it can be
// ended at any time, even while it loops. What the code may reach is decided by the frame's policy, not by this file.

const post = self.postMessage.bind(self);
const LONGEST = 1000;
// Nobody needs these to draw; taking them away makes mistakes plain. The policy holds without it.
const TAKEN = ["postMessage", "close", "fetch", "XMLHttpRequest", "WebSocket", "WebSocketStream", "WebTransport", "EventSource", "BroadcastChannel", "Worker", "SharedWorker", "importScripts", "indexedDB", "caches", "Notification"];
let view = null;

self.addEventListener("message", ({ data }) => {
  if (data.type === "ping") post({ type: "pong", n: data.n });
  else if (data.type === "run") run(data).catch(fail);
  else if (view) view[data.type]?.(data);
});
self.addEventListener("error", (event) => {
  event.preventDefault();
  fail(event.error ?? event.message);
});
self.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  fail(event.reason);
});

async function run({ code, three, canvas, width, height, ratio }) {
  const THREE = await import(three);
  view = new View(THREE, canvas);
  view.size({ width, height, ratio });
  view.draw(); // what a first picture takes is not the scene's fault
  hearShaders();
  for (const name of TAKEN) for (let at = self; at; at = Object.getPrototypeOf(at)) Reflect.deleteProperty(at, name);
  post({ type: "loaded" });
  const text = code.replace(/\b(from\s*|import\s*\(\s*|import\s+)(["'])three\2/g, (_, before) => `${before}"${three}"`);
  const module = await import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
  if (typeof module.default !== "function") throw new Error("The module exports no function as its default.");
  await view.build(module.default);
}

/** Shaders that do not compile only say so on the console. */
function hearShaders() {
  const plain = console.error.bind(console);
  console.error = (...said) => {
    plain(...said);
    if (String(said[0]).includes("Shader Error")) fail(new Error(said.map(String).join(" ").replace(/\s+/g, " ")));
  };
}

let failed = false;

/** Tell the page what went wrong, once: the rest follows from it. */
function fail(error) {
  if (failed) return;
  failed = true;
  view?.stop();
  let words;
  try {
    const line = /blob:[^)\s]*?:(\d+):\d+/.exec(error?.stack ?? "")?.[1];
    words = (error instanceof Error ? `${error.name}: ${error.message}` : String(error)) + (line ? ` (line ${line})` : "");
  } catch {
    words = "Error";
  }
  post({ type: "error", message: words.slice(0, LONGEST) });
}

/** The scene, its camera, and the way to look around: turned about `target`, by what the frame tells of the pointer. */
class View {
  constructor(THREE, canvas) {
    this.THREE = THREE;
    this.renderer = new THREE.WebGLRenderer({ canvas, antialias: true });
    this.scene = new THREE.Scene();
    this.scene.background = new THREE.Color(0x15191c);
    this.camera = new THREE.PerspectiveCamera(50, 1, 0.05, 2000);
    this.camera.position.set(4, 3, 6);
    this.target = new THREE.Vector3(0, 0.5, 0);
    this.update = null;
    this.running = false;
    this.began = this.last = 0;
    canvas.addEventListener?.("webglcontextlost", () => fail(new Error("The graphics device gave up.")));
  }

  async build(build) {
    const before = this.camera.quaternion.clone();
    const made = await build({ scene: this.scene, camera: this.camera, renderer: this.renderer, target: this.target, THREE: this.THREE });
    this.update = typeof made === "function" ? made : typeof made?.update === "function" ? made.update.bind(made) : null;
    if (this.camera.quaternion.equals(before)) this.camera.lookAt(this.target);
    this.running = !failed;
    this.began = this.last = performance.now();
    if (this.running) this.frame(this.began);
    if (!failed) post({ type: "running" });
  }

  frame(now) {
    if (!this.running) return;
    try {
      this.update?.((now - this.began) / 1000, Math.min(0.1, Math.max(0, now - this.last) / 1000));
      this.draw();
    } catch (error) {
      return fail(error);
    }
    this.last = now;
    requestAnimationFrame((next) => this.frame(next));
  }

  draw() {
    this.renderer.render(this.scene, this.camera);
  }

  size({ width, height, ratio }) {
    this.renderer.setPixelRatio(ratio);
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
  }

  /** Turn by these angles (radians), and come nearer by this factor. */
  orbit({ around, over, nearer }) {
    const { Spherical } = this.THREE;
    const away = this.camera.position.clone().sub(this.target);
    const at = new Spherical().setFromVector3(away);
    at.theta -= around;
    at.phi = Math.min(Math.PI - 0.05, Math.max(0.05, at.phi - over));
    at.radius = Math.min(1000, Math.max(0.1, at.radius * nearer));
    this.camera.position.copy(this.target).add(away.setFromSpherical(at));
    this.camera.lookAt(this.target);
  }

  stop() {
    this.running = false;
  }
}

post("here");
