// What the browser remembers: small settings at once (localStorage), the drawing beside (IndexedDB). Loss is harmless.

export function recall(key, fallback = null) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? fallback;
  } catch {
    return fallback;
  }
}

export function remember(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // private windows and full disks: the page works, it only forgets
  }
}

const STORE = "boards";

function database() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("brushwire", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function within(mode, act) {
  try {
    const db = await database();
    return await new Promise((resolve, reject) => {
      const transaction = db.transaction(STORE, mode);
      const request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result ?? null);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    }).finally(() => db.close());
  } catch {
    return null;
  }
}

export const recallBoard = (key) => within("readonly", (store) => store.get(key));
export const rememberBoard = (key, value) => within("readwrite", (store) => store.put(value, key));
