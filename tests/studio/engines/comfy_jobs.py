"""What the tests of the engine `comfyui` share: a server, the engine for it alone, and jobs without a database."""

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PIL import Image

from studio.engines.comfyui.engine import ComfyUIEngine
from studio.engines.comfyui.prompting import Patience
from studio.engines.remote.client import Limits
from studio.engines.remote.servers import Target
from studio.job import Job, ModelRef, Output
from tests.servers.comfyui import ComfyServer
from tests.studio.engines.conftest import job_for
from tests.studio.engines.remote_jobs import only
from tests.studio.engines.sketches import drawing

# Of no family: the database, in which an administrator may have templates for one, is not asked.
MODEL = ModelRef("comfy", "", "sd15.safetensors")
COLOURIST = ModelRef("ddcolor", "", "ddcolor_modelscope.pth")
QUICK = Patience(look=0.2, soon=0.03, away=1.0)


def engine_for(server: ComfyServer, *, timeout: float = 10.0, read: float = 5.0) -> ComfyUIEngine:
    target = Target(1, "one", "comfyui", server.url, timeout=timeout)
    return ComfyUIEngine(only(target), QUICK, Limits(read=read, whole=read))


def ask_comfy(tool: str = "text_to_image", model: ModelRef = MODEL, **params: Any) -> Job:
    return ask(model)(tool, **params)


def ask(model: ModelRef) -> Callable[..., Job]:
    """A maker of jobs, with pictures for the tools that go on from one."""

    def made(tool: str = "text_to_image", **params: Any) -> Job:
        job = job_for(model, 64)(tool, **{"fit": "crop", "feather": 0, "keep_original": True} | params)
        if tool in ("image_to_image", "inpaint"):
            mask = Image.new("L", (64, 64))
            mask.paste(255, (0, 0, 32, 64))
            inputs = {"image": drawing("house", colour=True)} | ({"mask": png(mask)} if tool == "inpaint" else {})
            job = replace(job, inputs=inputs)
        return job

    return made


def png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def pixels_of(output: Output) -> bytes:
    return opened(output.data).convert("RGB").tobytes()
