// The browser's own database with promises: opened once, everything within transactions. Knows nothing of what is kept.

/** The result of one request. @throws DOMException what the browser says */
export const asked = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Every function may throw a DOMException, where the browser has no room or allows nothing. */
export class Database {
  #opening = null;

  /** A higher `version` begins anew, without what was kept before. @param {string[]} stores their names */
  constructor(name, version, stores) {
    Object.assign(this, { name, version, stores });
  }

  /**
   * Run `act` with the stores, by their names; resolves with its result once everything is written.
   * @param {"readonly"|"readwrite"} mode
   */
  async within(mode, act) {
    const transaction = (await this.#open()).transaction(this.stores, mode);
    const ended = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    ended.catch(() => undefined); // whoever awaits it below is told
    const result = await act(Object.fromEntries(this.stores.map((name) => [name, transaction.objectStore(name)])));
    await ended;
    return result;
  }

  #open() {
    this.#opening ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(this.name, this.version);
      request.onupgradeneeded = () => {
        const { result } = request;
        for (const name of result.objectStoreNames) result.deleteObjectStore(name);
        for (const name of this.stores) result.createObjectStore(name);
      };
      request.onsuccess = () => {
        // Another window of a newer page waits for this one to let go.
        request.result.onversionchange = () => request.result.close();
        resolve(request.result);
      };
      request.onerror = () => reject(request.error);
    });
    return this.#opening;
  }
}
