// The models that are placed: each file is fetched and read once, however often it stands in the world.

import { Box3, Vector3 } from "three";

import { disposeOf, fetchModel, parseModel } from "#lib/viewer/loading";

export const fileOf = (work) => `/media/works/${work}/model`;

/**
 * Event "arrived" (detail: the work's id): it is there now, or it is known to be gone.
 * @typedef {{state: "loading"|"ready"|"gone", scene: import("three").Object3D|null, box: Box3, triangles: number}} Model
 */
export class Models extends EventTarget {
  /** @type {Map<string, Model>} */
  known = new Map();

  /** What is known of a work's model; it is fetched when it is asked for first. @returns {Model} */
  of(work) {
    if (!this.known.has(work)) {
      this.known.set(work, { state: "loading", scene: null, box: unit(), triangles: 0 });
      this.#fetch(work);
    }
    return this.known.get(work);
  }

  /** Those that could not be fetched are tried once more. */
  again() {
    for (const [work, { state }] of this.known) {
      if (state !== "gone") continue;
      this.known.delete(work);
      this.of(work);
    }
  }

  dispose() {
    for (const { scene } of this.known.values()) if (scene) disposeOf(scene);
    this.known.clear();
  }

  async #fetch(work) {
    let found = { state: "gone", scene: null, box: unit(), triangles: 0 };
    try {
      const scene = await parseModel(await fetchModel(fileOf(work)));
      found = { state: "ready", scene, ...measured(scene) };
    } catch (error) {
      // Not there, not ours to see, no network, or nothing that can be read: it stands there as an empty box.
      if (error instanceof RangeError || error instanceof ReferenceError) throw error;
    }
    this.known.set(work, found);
    this.dispatchEvent(new CustomEvent("arrived", { detail: work }));
  }
}

const unit = () => new Box3(new Vector3(-0.5, 0, -0.5), new Vector3(0.5, 1, 0.5));

function measured(scene) {
  let triangles = 0;
  scene.updateMatrixWorld(true);
  scene.traverse((node) => {
    if (!node.isMesh) return;
    Object.assign(node, { castShadow: true, receiveShadow: true });
    triangles += (node.geometry.index ?? node.geometry.getAttribute("position")).count / 3;
  });
  const box = new Box3().setFromObject(scene);
  return { triangles: Math.round(triangles), box: box.isEmpty() ? unit() : box };
}
