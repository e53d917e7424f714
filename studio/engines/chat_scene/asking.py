"""What a chat model is asked: the rules of a scene, what was there before, the words, the sketch. Sends nothing."""

import base64
import io
from typing import Any

from django.conf import settings
from PIL import Image

from studio.engines.base import EngineError
from studio.engines.chat_scene import code
from studio.job import Job

TOOL = "code_scene"
# The longest side of a sketch as the model sees it (px).
SEEN = 768

RULES = """\
You write small 3D scenes for three.js (release 183), as one JavaScript module that a person looks at in a browser.

Answer with one fenced block of JavaScript that holds the whole module, and nothing before or after it.

The module
- begins with: import * as THREE from "three";   There is no other module: no addons, no loaders, no addresses.
- has: export default function build({ scene, camera, renderer, target }) { ... }
  `scene`, `camera` (a PerspectiveCamera) and `renderer` are there already. Put things into the scene, set the
  background and the lights, place the camera and copy into the Vector3 `target` what it shall look at.
- may return function update(seconds, delta), called before each frame with the time since the start and since the last
  frame, in seconds. Animate only there. Do not call requestAnimationFrame, render, or setSize.
- runs in a worker: there is no document, no window, no network, no file. Draw textures on an OffscreenCanvas and use
  THREE.CanvasTexture, or make a THREE.DataTexture.

The scene
- uses metres, with Y up and the ground at y = 0; what matters stands near the origin.
- has light enough to see everything, and colours that suit what is shown.
- is built of geometries, groups, materials and simple shaders, with fewer than 200,000 triangles and no long loops.
- is complete: no placeholders, no parts left out. Keep it below 400 lines."""

SKETCHED = "The picture is a sketch of what is meant: follow its shapes, their places and its colours."
NOTHING_SAID = "Make the scene that this sketch shows."
CHANGE = "Change the scene as follows, keep the rest as it is, and answer with the whole module again."
MEND = "When the module ran, it failed with the message below. Mend it and answer with the whole module again."


def messages(job: Job) -> list[dict[str, Any]]:
    """The conversation that `job` stands for: inputs `source` (the scene to be changed, UTF-8) and `sketch` (PNG), each
    where it is given. Raises EngineError `engine_cannot` for other tools, `input_required` for an unreadable input."""
    if job.tool != TOOL:
        raise EngineError("engine_cannot")
    said: list[dict[str, Any]] = [{"role": "system", "content": RULES}]
    before = _before(job)
    if before:
        said.append({"role": "user", "content": "Write a scene."})
        said.append({"role": "assistant", "content": f"```js\n{before}```"})
    return [*said, {"role": "user", "content": _wish(job, bool(before))}]


def _before(job: Job) -> str:
    try:
        text = job.inputs.get("source", b"").decode()
    except UnicodeDecodeError:
        raise EngineError("input_required") from None
    if len(text) > code.MOST or (job.params.get("work") and not text):
        raise EngineError("input_required")
    return text


def _wish(job: Job, changes: bool) -> Any:
    error, prompt = str(job.params.get("error") or ""), str(job.params.get("prompt") or "")
    sketch = job.inputs.get("sketch")
    parts = []
    if error:
        parts.append(f"{MEND}\n\n{error}")
    if prompt:
        parts.append(f"{CHANGE}\n\n{prompt}" if changes else prompt)
    if sketch:
        parts.append(SKETCHED if prompt or error else f"{CHANGE if changes else NOTHING_SAID}\n\n{SKETCHED}")
    text = "\n\n".join(parts)
    if not sketch:
        return text
    return [{"type": "text", "text": text}, {"type": "image_url", "image_url": {"url": _address(sketch)}}]


def _address(sketch: bytes) -> str:
    """The drawing on white paper, small enough for a model to look at, as a data URL."""
    try:
        with Image.open(io.BytesIO(sketch), formats=["PNG"]) as opened:
            drawing = opened.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise EngineError("input_required") from None
    drawing.thumbnail((SEEN, SEEN), Image.Resampling.LANCZOS)
    paper = Image.new("RGBA", drawing.size, "white")
    out = io.BytesIO()
    Image.alpha_composite(paper, drawing).convert("RGB").save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def body(job: Job) -> dict[str, Any]:
    """The request's JSON. No limit on tokens and no seed: servers do not agree on their names, and some refuse them."""
    return {"model": job.model.source, "messages": messages(job), "stream": True} | settings.CHAT_EXTRA
