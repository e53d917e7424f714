// Which file a drawing becomes: the best picture that is well under what the socket takes. Pure but for `encode`.

/** In the order of preference: exact first, then smaller. `scale` is of the board's 512. */
export const CHOICES = [
  { type: "image/png", scale: 1 },
  { type: "image/webp", quality: 0.95, scale: 1 },
  { type: "image/webp", quality: 0.85, scale: 1 },
  { type: "image/webp", quality: 0.8, scale: 0.75 },
  { type: "image/jpeg", quality: 0.85, scale: 0.75 },
  { type: "image/jpeg", quality: 0.7, scale: 0.5 },
];

/**
 * The first choice whose file has at most `limit` bytes. `encode(choice)` gives a Blob, or null where the browser
 * cannot; a browser that cannot write WebP answers with PNG, which is skipped.
 * @returns {Promise<Blob>} @throws {Error} when even the last is too large
 */
export async function chooseExport(encode, limit) {
  for (const choice of CHOICES) {
    const blob = await encode(choice);
    if (blob && blob.type === choice.type && blob.size <= limit) return blob;
  }
  throw new Error("too_large");
}
