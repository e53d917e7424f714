// Ground, sky and light as three's objects, from a world's document. The picture of what lies around; no things, no hands.

import {
  BackSide,
  BufferAttribute,
  CircleGeometry,
  Color,
  DirectionalLight,
  Fog,
  GridHelper,
  Group,
  HemisphereLight,
  Mesh,
  MeshBasicMaterial,
  MeshLambertMaterial,
  RingGeometry,
  SphereGeometry,
} from "three";

// How far beyond its edge the ground fades away, and what shadows reach, in metres.
const FADE = 1.35;
const SHADOWED = 16;
const SKY_FAR = 900;

export class Surrounds {
  constructor() {
    this.root = new Group();
    this.fog = new Fog(0xffffff, 50, 500);
    this.sky = new Mesh(new SphereGeometry(SKY_FAR, 32, 20), new MeshBasicMaterial({ vertexColors: true, side: BackSide, fog: false, depthWrite: false }));
    this.sky.renderOrder = -1;
    this.sky.geometry.setAttribute("color", new BufferAttribute(new Float32Array(this.sky.geometry.getAttribute("position").count * 3), 3));
    this.earth = new MeshLambertMaterial();
    this.ground = new Mesh(new CircleGeometry(1, 128), this.earth);
    this.edge = new Mesh(new RingGeometry(1, FADE, 128, 4), new MeshLambertMaterial({ transparent: true, vertexColors: true, depthWrite: false }));
    fadeOut(this.edge.geometry);
    for (const flat of [this.ground, this.edge]) {
      flat.rotation.x = -Math.PI / 2;
      flat.receiveShadow = true;
    }
    this.grid = new GridHelper(40, 40, 0x000000, 0x000000);
    this.grid.position.y = 0.004;
    Object.assign(this.grid.material, { transparent: true, opacity: 0.07, depthWrite: false });
    this.hemisphere = new HemisphereLight(0xffffff, 0xffffff, 1);
    this.sun = new DirectionalLight(0xffffff, 1);
    this.sun.castShadow = true;
    Object.assign(this.sun.shadow.camera, { left: -SHADOWED, right: SHADOWED, top: SHADOWED, bottom: -SHADOWED, near: 1, far: 160 });
    this.sun.shadow.mapSize.set(1024, 1024);
    this.sun.shadow.bias = -0.0004;
    this.sun.shadow.normalBias = 0.03;
    this.root.add(this.sky, this.ground, this.edge, this.grid, this.hemisphere, this.sun, this.sun.target);
  }

  /** Show these. @param {import("./document.js").World} world */
  show({ ground, light, sky }) {
    const [top, horizon, earth] = [new Color(sky.top), new Color(sky.horizon), new Color(ground.colour)];
    this.#paintSky(top, horizon, ground.shown ? horizon.clone().lerp(earth, 0.5) : horizon);
    this.fog.color.copy(horizon);
    this.fog.near = ground.radius * 1.5;
    this.fog.far = ground.radius * 6 + 60;
    this.ground.visible = this.edge.visible = ground.shown;
    this.ground.scale.setScalar(ground.radius);
    this.edge.scale.setScalar(ground.radius);
    this.earth.color.copy(earth);
    this.edge.material.color.copy(earth);
    const turn = (light.azimuth * Math.PI) / 180;
    const rise = (light.height * Math.PI) / 180;
    this.sun.position.set(Math.sin(turn) * Math.cos(rise), Math.sin(rise), Math.cos(turn) * Math.cos(rise)).multiplyScalar(70);
    this.sun.intensity = light.strength * 1.2;
    // A low sun is warm.
    this.sun.color.setRGB(1, 0.97, 0.92).lerp(new Color(1, 0.72, 0.46), Math.max(0, 1 - light.height / 35) * 0.7);
    this.hemisphere.color.copy(top).lerp(new Color(0xffffff), 0.45);
    this.hemisphere.groundColor.copy(earth);
    /** How bright what surfaces mirror is. */
    this.brightness = 0.12 + light.strength * 0.17;
    this.hemisphere.intensity = 0.25 + light.strength * 0.28;
  }

  /** The sky goes with whoever looks at it, and shadows are sharp where they are looked at. */
  follow(eye, around) {
    this.sky.position.copy(eye);
    const { sun } = this;
    sun.position.sub(sun.target.position);
    sun.target.position.set(around.x, 0, around.z);
    sun.position.add(sun.target.position);
    sun.target.updateMatrixWorld();
  }

  #paintSky(top, horizon, below) {
    const [places, colours] = ["position", "color"].map((name) => this.sky.geometry.getAttribute(name));
    const colour = new Color();
    for (let n = 0; n < places.count; n += 1) {
      const height = places.getY(n) / SKY_FAR;
      if (height >= 0) colour.copy(horizon).lerp(top, Math.min(1, height * 1.25) ** 0.6);
      else colour.copy(horizon).lerp(below, Math.min(1, -height * 8));
      colours.setXYZ(n, colour.r, colour.g, colour.b);
    }
    colours.needsUpdate = true;
  }
}

/** White, less and less of it outwards: the material's colour fades into whatever is behind. */
function fadeOut(ring) {
  const places = ring.getAttribute("position");
  const colours = new Float32Array(places.count * 4).fill(1);
  for (let n = 0; n < places.count; n += 1) {
    colours[4 * n + 3] = Math.min(1, Math.max(0, (FADE - Math.hypot(places.getX(n), places.getY(n))) / (FADE - 1)));
  }
  ring.setAttribute("color", new BufferAttribute(colours, 4));
}
