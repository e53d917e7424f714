// Fresh random values. crypto.randomUUID needs a secure page; a studio on a home network has none.

const bytes = (n) => crypto.getRandomValues(new Uint8Array(n));

/** A name for a command: 32 hexadecimal characters. */
export const freshId = () => Array.from(bytes(16), (b) => b.toString(16).padStart(2, "0")).join("");

const SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

/** A name for one of very many things of one board, e.g. a mark: 12 characters, 72 bits. */
export const shortId = () => Array.from(bytes(12), (b) => SIGNS[b & 63]).join("");

/** A seed from 0 to 2^32 - 1. */
export const freshSeed = () => new DataView(bytes(4).buffer).getUint32(0);

/** The name of a board as addresses write it. */
export const dashed = (id) => id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
