// The light of a photographer's table: a soft room all around, one lamp that throws a shadow, and a floor that shows it.

import { BackSide, BoxGeometry, CircleGeometry, Color, DirectionalLight, Float32BufferAttribute, Mesh, MeshBasicMaterial, PMREMGenerator, RingGeometry, Scene, ShadowMaterial, SphereGeometry, Vector3 } from "three";

import { disposeOf } from "#lib/viewer/loading";

const SKY = new Color(1.25, 1.27, 1.3);
const GROUND = new Color(0.5, 0.48, 0.46);
// Place, size and brightness of the soft boxes: a large one above in front, a cooler one at the side, a rim behind.
const BOXES = [
  { at: [3, 7, 5], size: [5, 0.1, 4], bright: [7, 6.8, 6.4] },
  { at: [-8, 2, 1], size: [0.1, 4, 4], bright: [2.6, 2.8, 3.2] },
  { at: [2, 3, -8], size: [5, 3, 0.1], bright: [3.4, 3.3, 3.2] },
];

/** What surfaces mirror; a render target: its `texture` is for `scene.environment`, `dispose()` it in the end. */
export function surroundings(renderer) {
  const room = new Scene();
  const dome = new SphereGeometry(12, 24, 16);
  const colours = [];
  const heights = dome.getAttribute("position");
  for (let at = 0; at < heights.count; at += 1) {
    const colour = GROUND.clone().lerp(SKY, (heights.getY(at) / 12 + 1) / 2);
    colours.push(colour.r, colour.g, colour.b);
  }
  dome.setAttribute("color", new Float32BufferAttribute(colours, 3));
  room.add(new Mesh(dome, new MeshBasicMaterial({ vertexColors: true, side: BackSide })));
  for (const { at, size, bright } of BOXES) {
    const box = new Mesh(new BoxGeometry(...size), new MeshBasicMaterial({ color: new Color(...bright) }));
    box.position.set(...at);
    room.add(box);
  }
  // Small: nothing here is a mirror, and where a processor does the work of a graphics card the usual size takes 18 s.
  const generator = new PMREMGenerator(renderer);
  const target = generator.fromScene(room, 0.04, 0.1, 100, { size: 32 });
  generator.dispose();
  disposeOf(room);
  return target;
}

/** A lamp for things within `radius` of `centre`, with a soft shadow. Add both it and its `target` to the scene. */
export function lamp(centre, radius) {
  const light = new DirectionalLight(0xffffff, 1.5);
  light.position.set(centre.x - radius * 1.5, centre.y + radius * 3, centre.z + radius * 0.9);
  light.target.position.copy(centre);
  light.castShadow = true;
  const { camera } = light.shadow;
  Object.assign(camera, { left: -radius * 1.8, right: radius * 1.8, top: radius * 1.8, bottom: -radius * 1.8, near: radius * 0.5, far: radius * 7 });
  camera.updateProjectionMatrix();
  light.shadow.mapSize.set(512, 512); // few and wide: a soft edge
  light.shadow.radius = 5;
  light.shadow.bias = -0.0005;
  light.shadow.normalBias = radius * 0.02;
  return light;
}

/** A floor of which only the shadow is seen, at `height` below something `radius` large. */
export function floor(centre, height, radius) {
  const ground = new Mesh(new CircleGeometry(radius * 5, 48), new ShadowMaterial({ opacity: 0.24, depthWrite: false }));
  ground.rotation.x = -Math.PI / 2;
  ground.position.set(centre.x, height - radius * 0.004, centre.z);
  ground.renderOrder = -2; // what is under it is never hidden by it
  ground.receiveShadow = true;
  return ground;
}

/** The dark where something that fills `box` stands close to the floor: darkest in the middle, nothing at the edge. */
export function contact(box) {
  const disc = new RingGeometry(0, 1, 48, 5);
  const places = disc.getAttribute("position");
  const shades = new Float32Array(places.count * 4); // black, and how dark
  for (let at = 0; at < places.count; at += 1) shades[4 * at + 3] = 0.42 * (1 - Math.hypot(places.getX(at), places.getY(at))) ** 2;
  disc.setAttribute("color", new Float32BufferAttribute(shades, 4));
  const shade = new Mesh(disc, new MeshBasicMaterial({ vertexColors: true, transparent: true, depthWrite: false, toneMapped: false }));
  const size = box.getSize(new Vector3());
  shade.renderOrder = -1;
  shade.rotation.x = -Math.PI / 2;
  shade.scale.set(size.x * 0.72, size.z * 0.72 + size.x * 0.08, 1);
  shade.position.set((box.min.x + box.max.x) / 2, box.min.y - size.length() * 0.002, (box.min.z + box.max.z) / 2);
  return shade;
}
