// The world as a picture: what stands where, drawn by three when something changed. Knows no controls; loaded where WebGL is.

import { Box3, Box3Helper, Color, Euler, Group, MathUtils, PerspectiveCamera, Plane, Raycaster, Scene, Vector2, Vector3, WebGLRenderer } from "three";

import { oncePerFrame } from "#lib/dom";
import { disposeOf } from "#lib/viewer/loading";
import { surroundings } from "#lib/viewer/lighting";
import { Models } from "#world/models";
import { Surrounds } from "#world/surrounds";

// A new model is made at most so high, wide and deep (metres), and at least so much.
const [LARGE, SMALL, FITTING] = [4, 0.25, 1.6];
const THUMBNAIL = 320;
// Pixels drawn for one of the page.
const [PIXELS_MOST, SLOW] = [2, 0.5];

export class Stage {
  /**
   * @param {HTMLElement} space @param {import("./world.js").World} world
   * @param {boolean} slow no graphics card draws, but the processor: a coarser picture, without shadows, that follows the hand
   * @throws {Error} where there is no WebGL
   */
  constructor(space, world, slow) {
    Object.assign(this, { space, world, slow });
    this.renderer = new WebGLRenderer({ antialias: !slow, powerPreference: "high-performance" });
    this.renderer.shadowMap.enabled = !slow;
    this.canvas = this.renderer.domElement;
    this.canvas.setAttribute("aria-hidden", "true"); // the list of things says what is to be seen
    space.prepend(this.canvas);
    this.scene = new Scene();
    this.camera = new PerspectiveCamera(50, 1, 0.05, 2000);
    this.camera.position.set(5, 3.6, 8);
    this.camera.lookAt(0, 0.8, 0);
    /** What is looked at: shadows are sharp there. */
    this.target = new Vector3(0, 0.8, 0);
    this.surrounds = new Surrounds();
    this.scene.fog = this.surrounds.fog;
    this.mirrored = surroundings(this.renderer);
    this.scene.environment = this.mirrored.texture;
    this.things = new Group();
    this.mark = new Box3Helper(new Box3(), accent(space));
    this.mark.visible = false;
    this.scene.add(this.surrounds.root, this.things, this.mark);
    this.models = new Models();
    this.models.addEventListener("arrived", () => this.sync());
    this.raycaster = new Raycaster();
    this.raycaster.params.Line.threshold = 0.1;
    /** Hears every drawing, e.g. to put marks of the page beside things. */
    this.drawn = () => undefined;
    this.draw = oncePerFrame(() => this.#draw());
    this.watch = new ResizeObserver(() => this.#resize());
    this.watch.observe(space);
    world.addEventListener("change", () => this.sync());
    world.addEventListener("choice", () => this.#markChosen());
    world.picture = () => this.thumbnail();
    this.#resize();
    this.sync();
  }

  /** Show the document as it is. */
  sync() {
    const { things } = this.world;
    const wanted = new Map(things.map((thing) => [thing.id, thing]));
    for (const node of [...this.things.children]) if (!wanted.has(node.userData.thing)) this.things.remove(node);
    for (const thing of things) {
      const model = this.models.of(thing.work);
      let node = this.nodeOf(thing.id);
      if (!node || node.userData.state !== model.state || node.userData.work !== thing.work) {
        node?.removeFromParent();
        node = this.#make(thing, model);
        this.things.add(node);
      }
      stand(node, thing);
    }
    this.surrounds.show(this.world.drawing);
    this.#markChosen();
  }

  nodeOf(id) {
    return this.things.children.find((node) => node.userData.thing === id) ?? null;
  }

  /** Show a thing elsewhere for the moment: while a hand moves it. Nothing is kept. */
  preview(thing) {
    const node = this.nodeOf(thing.id);
    if (node) stand(node, thing);
    this.#markChosen();
  }

  /** The id of the thing under a pointer, or null. @param {{clientX: number, clientY: number}} event */
  pick(event) {
    this.#aim(event);
    const [hit] = this.raycaster.intersectObjects(this.things.children, true).filter(({ object }) => object.isMesh || object.userData.empty);
    for (let node = hit?.object; node; node = node.parent) if (node.userData.thing) return node.userData.thing;
    return null;
  }

  /** Where the pointer meets the level at `height`, or null where it never does. @returns {Vector3|null} */
  levelAt(event, height = 0) {
    this.#aim(event);
    const at = this.raycaster.ray.intersectPlane(new Plane(new Vector3(0, 1, 0), -height), new Vector3());
    return at && at.distanceTo(this.camera.position) < 400 ? at : null;
  }

  /** The box around a thing as it stands, in the world. @returns {Box3} */
  boxOf(id) {
    const node = this.nodeOf(id);
    return node ? new Box3().setFromObject(node) : new Box3();
  }

  /** The boxes around all things, for whoever walks between them. */
  boxes() {
    return this.things.children.map((node) => new Box3().setFromObject(node)).filter((box) => !box.isEmpty()).map(({ min, max }) => ({ min: min.toArray(), max: max.toArray() }));
  }

  /** Where a new model goes: its size made sensible, its underside on the ground, at the middle of what is seen. */
  async placeFor(work) {
    const { box } = await this.#arrived(work);
    const size = box.getSize(new Vector3());
    const long = Math.max(size.x, size.y, size.z) || 1;
    const scale = long > LARGE || long < SMALL ? FITTING / long : 1;
    const middle = this.levelAt(this.#middle()) ?? this.target;
    const radius = Math.max(0, this.world.drawing.ground.radius - 1);
    const spot = this.#free(new Vector3(middle.x, 0, middle.z).clampLength(0, radius), Math.max(size.x, size.z) * scale);
    return { scale, position: [spot.x, -box.min.y * scale, spot.z] };
  }

  /** How high a thing would stand with its underside on the ground. */
  groundedHeight(thing) {
    return thing.position[1] - this.boxOf(thing.id).min.y;
  }

  /** Triangles of all that stands, and whether something is still on its way or gone. */
  summary() {
    const found = this.world.things.map(({ work }) => this.models.of(work));
    return { triangles: found.reduce((sum, { triangles }) => sum + triangles, 0), loading: found.some(({ state }) => state === "loading") };
  }

  /** A small picture of the world as it is seen now, without marks. @returns {Promise<Blob|null>} */
  thumbnail() {
    const hidden = [this.mark, this.surrounds.grid].filter((node) => node.visible);
    for (const node of hidden) node.visible = false;
    this.renderer.render(this.scene, this.camera);
    const { width, height } = this.canvas;
    const side = Math.min(width, height);
    const sheet = Object.assign(document.createElement("canvas"), { width: THUMBNAIL, height: THUMBNAIL });
    // At once: the browser forgets what was drawn as soon as it has shown it.
    sheet.getContext("2d").drawImage(this.canvas, (width - side) / 2, (height - side) / 2, side, side, 0, 0, THUMBNAIL, THUMBNAIL);
    for (const node of hidden) node.visible = true;
    this.draw();
    return new Promise((resolve) => sheet.toBlob(resolve, "image/webp", 0.85));
  }

  dispose() {
    this.watch.disconnect();
    this.models.dispose();
    this.mirrored.dispose();
    disposeOf(this.scene);
    this.renderer.dispose();
    this.canvas.remove();
  }

  // ------------------------------------------------------------------------------------------------------------------

  #make(thing, model) {
    const node = new Group();
    node.rotation.order = "YXZ";
    Object.assign(node.userData, { thing: thing.id, work: thing.work, state: model.state });
    if (model.scene) {
      node.add(model.scene.clone(true));
    } else {
      const empty = new Box3Helper(model.box, model.state === "gone" ? 0xb4432f : 0x7a8a88);
      empty.userData.empty = true;
      node.add(empty);
    }
    return node;
  }

  #markChosen() {
    const { chosen } = this.world;
    this.mark.visible = chosen !== null && this.nodeOf(chosen) !== null && !this.walked;
    if (this.mark.visible) this.mark.box.copy(this.boxOf(chosen).expandByScalar(0.02));
    this.draw();
  }

  #arrived(work) {
    const model = this.models.of(work);
    if (model.state !== "loading") return model;
    return new Promise((resolve) => {
      const heard = ({ detail }) => {
        if (detail !== work) return;
        this.models.removeEventListener("arrived", heard);
        resolve(this.models.of(work));
      };
      this.models.addEventListener("arrived", heard);
    });
  }

  /** A spot near `wish` where nothing stands yet: on a spiral outwards. */
  #free(wish, wide) {
    const boxes = this.things.children.map((node) => new Box3().setFromObject(node));
    const taken = ({ x, z }) => boxes.some(({ min, max }) => x > min.x - wide / 2 && x < max.x + wide / 2 && z > min.z - wide / 2 && z < max.z + wide / 2);
    for (let n = 0; n < 60; n += 1) {
      const spot = new Vector3(wish.x + Math.cos(n * 2.4) * 0.45 * Math.sqrt(n) * Math.max(1, wide), 0, wish.z + Math.sin(n * 2.4) * 0.45 * Math.sqrt(n) * Math.max(1, wide));
      if (!taken(spot)) return spot;
    }
    return wish;
  }

  #middle() {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return { clientX: left + width / 2, clientY: top + height * 0.6 };
  }

  #aim({ clientX, clientY }) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const at = new Vector2(((clientX - left) / width) * 2 - 1, 1 - ((clientY - top) / height) * 2);
    this.raycaster.setFromCamera(at, this.camera);
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.space;
    if (!width || !height) return;
    this.renderer.setPixelRatio(this.slow ? SLOW : Math.min(devicePixelRatio, PIXELS_MOST));
    this.renderer.setSize(width, height);
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    this.#draw();
  }

  #draw() {
    this.surrounds.follow(this.camera.position, this.target);
    this.scene.environmentIntensity = this.surrounds.brightness;
    this.renderer.render(this.scene, this.camera);
    this.drawn();
  }
}

function stand(node, { position, turn, scale }) {
  node.position.fromArray(position);
  node.rotation.copy(new Euler(...turn.map(MathUtils.degToRad), "YXZ"));
  node.scale.setScalar(scale);
  node.updateMatrixWorld(true);
}

/** The design's accent as a colour that three understands. */
function accent(space) {
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = getComputedStyle(space).outlineColor; // world.css gives it the accent
  probe.fillRect(0, 0, 1, 1);
  const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
  return new Color(`rgb(${red}, ${green}, ${blue})`);
}
