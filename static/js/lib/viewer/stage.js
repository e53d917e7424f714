// One model on a canvas: camera, light, shadow, turning. Draws only when something has changed. No controls of the page.

import { Box3, Color, Mesh, MeshBasicMaterial, NeutralToneMapping, PerspectiveCamera, Scene, Sphere, Timer, Vector3, WebGLRenderer } from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";

import { contact, floor, lamp, surroundings } from "#lib/viewer/lighting";
import { disposeOf } from "#lib/viewer/loading";
import { distanceFor, turned } from "#lib/viewer/poses";

const FOV = 28;
// From where a model is looked at first: as on its picture (studio/engines/solid/poster.py), from the left and above.
const FIRST = new Vector3(-0.45, 0.28, 0.85).normalize();
const ROOM = 1.1;
// So much of its radius it is moved up, out of the way of the buttons below it.
const LIFT = 0.1;
const SHARPEST = 2; // pixels of the canvas per CSS pixel: more is not seen and costs four times as much

export class ModelStage {
  #frame = 0;
  #wires = null;
  #seen = true;
  #moved = false;
  #timer = new Timer();

  /**
   * Raises where there is no WebGL.
   * @param {HTMLCanvasElement} canvas
   * @param {{calm?: boolean, onLost?: () => void, onMoved?: () => void}} options `calm`: no movement but the person's own
   */
  constructor(canvas, { calm = false, onLost = () => {}, onMoved = () => {} } = {}) {
    Object.assign(this, { canvas, onLost, onMoved });
    this.renderer = new WebGLRenderer({ canvas, alpha: true, antialias: true, powerPreference: "low-power" });
    this.renderer.toneMapping = NeutralToneMapping;
    this.renderer.shadowMap.enabled = true;
    this.renderer.shadowMap.autoUpdate = false; // neither lamp nor model moves
    this.scene = new Scene();
    this.environment = surroundings(this.renderer);
    this.scene.environment = this.environment.texture;
    this.scene.environmentIntensity = 0.75;
    this.camera = new PerspectiveCamera(FOV, 1, 0.01, 100);
    this.#steer(calm);
    this.#watch();
  }

  #steer(calm) {
    this.controls = new OrbitControls(this.camera, this.canvas);
    Object.assign(this.controls, { enableDamping: !calm, dampingFactor: 0.09, enableZoom: false, rotateSpeed: 0.9, autoRotateSpeed: 2.4 });
    this.controls.addEventListener("change", () => this.invalidate());
    this.controls.addEventListener("start", () => {
      this.#moved = true;
      this.onMoved();
    });
  }

  #watch() {
    this.size = new ResizeObserver(() => this.#resize());
    this.size.observe(this.canvas);
    this.view = new IntersectionObserver((entries) => {
      this.#seen = entries.at(-1).isIntersecting;
      this.invalidate();
    });
    this.view.observe(this.canvas);
    this.lost = (event) => {
      event.preventDefault();
      this.onLost();
    };
    this.canvas.addEventListener("webglcontextlost", this.lost);
  }

  /** Put the model on the stage, and look at it. It is this stage's from now on. @param {import("three").Object3D} model */
  show(model) {
    this.model = model;
    model.traverse((node) => {
      if (node.isMesh) node.castShadow = node.receiveShadow = true;
    });
    this.scene.add(model);
    const box = new Box3().setFromObject(model, true);
    const ball = box.getBoundingSphere(new Sphere());
    this.radius = ball.radius || 1;
    this.light = lamp(ball.center, this.radius);
    this.ground = floor(ball.center, box.min.y, this.radius);
    this.centre = ball.center.clone().setY(ball.center.y - LIFT * this.radius);
    this.scene.add(this.light, this.light.target, this.ground, contact(box));
    this.renderer.shadowMap.needsUpdate = true;
    this.#resize();
    this.reset();
  }

  /** Look at the model as at first. */
  reset() {
    this.#moved = false;
    const far = distanceFor(this.radius * ROOM, FOV, this.camera.aspect);
    Object.assign(this.controls, { minDistance: this.radius * 0.4, maxDistance: far * 4 });
    this.camera.near = this.radius / 50;
    this.camera.far = far * 4 + this.radius * 12;
    this.camera.updateProjectionMatrix();
    this.controls.target.copy(this.centre);
    this.camera.position.copy(this.centre).addScaledVector(FIRST, far);
    this.controls.update();
    this.invalidate();
  }

  /** Turn the view by radians around and up. */
  turn(yaw, pitch) {
    this.#moved = true;
    const { target } = this.controls;
    const offset = turned(this.camera.position.clone().sub(target), yaw, pitch);
    this.camera.position.set(target.x + offset.x, target.y + offset.y, target.z + offset.z);
    this.controls.update();
    this.invalidate();
  }

  /** Go to `factor` of the distance. */
  zoom(factor) {
    this.#moved = true;
    this.camera.position.sub(this.controls.target).multiplyScalar(factor).add(this.controls.target);
    this.controls.update();
    this.invalidate();
  }

  /** Whether a wheel brings the model nearer, and a finger that moves up or down turns it: otherwise the page scrolls. */
  take({ wheel, finger }) {
    this.controls.enableZoom = wheel;
    this.canvas.style.touchAction = finger ? "none" : "pan-y";
  }

  get turning() {
    return this.controls.autoRotate;
  }

  /** Whether the view goes round by itself. */
  set turning(on) {
    this.controls.autoRotate = on;
    this.#timer.reset();
    this.invalidate();
  }

  get wireframe() {
    return this.#wires !== null;
  }

  /** Show the edges of the triangles over the surface, in `colour` (a CSS colour as [r, g, b] from 0 to 1); null hides them. */
  drawWires(colour) {
    if (this.#wires) {
      for (const wires of this.#wires.meshes) wires.removeFromParent();
      this.#wires.material.dispose();
      this.#wires = null;
    }
    if (colour) {
      const material = new MeshBasicMaterial({ wireframe: true, transparent: true, opacity: 0.6, color: new Color().setRGB(...colour, "srgb"), toneMapped: false });
      const solid = [];
      this.model.traverse((node) => node.isMesh && solid.push(node));
      const meshes = solid.map((node) => {
        const wires = new Mesh(node.geometry, material);
        node.add(wires);
        return wires;
      });
      this.#wires = { material, meshes };
    }
    this.invalidate();
  }

  /** Draw once more before the next picture of the screen. */
  invalidate() {
    if (this.#frame || !this.#seen || !this.model) return;
    this.#frame = requestAnimationFrame((now) => this.#draw(now));
  }

  #draw(now) {
    this.#frame = 0;
    this.#timer.update(now);
    // A picture that was long in coming must not make it jump.
    this.controls.update(Math.min(this.#timer.getDelta(), 0.1));
    this.renderer.render(this.scene, this.camera);
    if (this.turning) this.invalidate();
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    this.renderer.setPixelRatio(Math.min(devicePixelRatio, SHARPEST));
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    if (this.model && !this.#moved) this.reset();
    this.invalidate();
  }

  /** Give back everything. The canvas cannot be used again. */
  close() {
    cancelAnimationFrame(this.#frame);
    this.canvas.removeEventListener("webglcontextlost", this.lost);
    this.size.disconnect();
    this.view.disconnect();
    this.controls.dispose();
    this.#timer.dispose();
    if (this.#wires) this.drawWires(null);
    disposeOf(this.scene);
    this.environment.dispose();
    this.renderer.dispose();
    this.renderer.forceContextLoss(); // a browser has few of them
    this.model = null;
    this.#seen = false;
  }
}
