// A GLB file from our own server as an object of three, and how its memory is given back.

import { LoadingManager, TextureLoader } from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";

/**
 * The bytes at `url`. `onProgress(share)` is told how much is there (0 to 1), as far as the server says how much there is.
 * @param {{signal?: AbortSignal, onProgress?: (share: number) => void}} options
 */
export async function fetchModel(url, { signal, onProgress = () => {} } = {}) {
  const answer = await fetch(url, { signal, credentials: "same-origin" });
  if (!answer.ok) throw new Error(`the model was answered with ${answer.status}`);
  const total = Number(answer.headers.get("Content-Length"));
  const reader = answer.body.getReader();
  const pieces = [];
  let length = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    pieces.push(next.value);
    length += next.value.length;
    if (total) onProgress(Math.min(length / total, 1));
  }
  return new Blob(pieces).arrayBuffer();
}

/**
 * The scene in a GLB. Nothing outside the file is ever asked for, whatever it names.
 * @param {ArrayBuffer} bytes @returns {Promise<import("three").Object3D>}
 */
export async function parseModel(bytes) {
  const manager = new LoadingManager();
  manager.setURLModifier((url) => {
    if (/^(blob|data):/.test(url)) return url;
    throw new Error("a model may not name other files");
  });
  const loader = new GLTFLoader(manager);
  // Textures by <img src="blob:">, which the page's policy allows; three's own choice would fetch() them.
  loader.register((parser) => {
    parser.textureLoader = new TextureLoader(manager);
    return { name: "brushwire_textures" };
  });
  const { scene } = await loader.parseAsync(bytes, "");
  return scene;
}

/** Give back what the object and all below it hold on the graphics card. */
export function disposeOf(root) {
  root.traverse((node) => {
    node.geometry?.dispose();
    for (const material of [node.material ?? []].flat()) {
      for (const value of Object.values(material)) if (value?.isTexture) value.dispose();
      material.dispose();
    }
    node.shadow?.dispose?.();
  });
  root.removeFromParent();
}
