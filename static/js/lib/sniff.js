// Whether a picture's file probably carries the settings it was made with. A quick look: the server reads them.

const HEAD = 512 * 1024;
const TAIL = 128 * 1024; // WebP has its EXIF at the end
const MARKS = /(?:tEXt|iTXt|zTXt)(parameters|brushwire|invokeai_metadata|prompt|workflow)\0|UNICODE\0|ASCII\0\0\0|brushwire:Recipe|(prompt|workflow):\{/;

/** @param {Blob} file @returns {Promise<boolean>} */
export async function carriesSettings(file) {
  if (file.size > HEAD + TAIL) return (await says(file.slice(0, HEAD))) || says(file.slice(-TAIL));
  return says(file);
}

async function says(part) {
  return MARKS.test(new TextDecoder("latin1").decode(await part.arrayBuffer()));
}
