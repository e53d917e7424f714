"""From finished latents to a picture's bytes, through the model's own decoder."""

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from PIL import Image

from studio.engines.base import EngineError
from studio.engines.local import scaling, upscaling
from studio.engines.local.alone import Alone
from studio.engines.local.messages import Picture, times
from studio.engines.local.safety import SafetyChecker
from studio.engines.local.slots import Slot
from studio.engines.local.upscaling import Given


def decode(slot: Slot | Alone) -> torch.Tensor:
    """The decoder's answer (1, 3, height, width) in -1..1. EngineError("no_picture") when that is none."""
    decoded = together([slot])
    if not bool(torch.isfinite(decoded).all()):
        raise EngineError("no_picture")
    return decoded


@torch.no_grad()
def together(slots: Sequence[Slot | Alone]) -> torch.Tensor:
    """The decoder's answer for pictures of one model and size (pictures, 3, height, width), finite or not."""
    vae, generator = slots[0].model.parts["vae"], slots[0].generator
    latents = torch.cat([slot.latents for slot in slots])
    # Half precision overflows in some decoders, and the picture would be black: those say so (SDXL's), or it is seen.
    told = latents.dtype == torch.float16 and vae.config.get("force_upcast")
    decoded = None if told else _through(vae, latents, generator)
    if decoded is None or (latents.dtype != torch.float32 and not bool(torch.isfinite(decoded).all())):
        with scaling.in_full(vae):
            decoded = _through(vae, latents.float(), generator)
    return decoded


def _through(vae: Any, latents: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    decoded: torch.Tensor = vae.decode(scaling.to_decoder(vae, latents), return_dict=False, generator=generator)[0]
    return decoded


def pixels(decoded: torch.Tensor) -> Image.Image:
    """The decoder's answer as a picture. In float32 to the bit what the pipelines' own `postprocess` makes of it; but
    that rounds on the CPU, and carries four times as much there."""
    return Image.fromarray(upscaling.rgb(decoded))


def _unsafe(checker: SafetyChecker, inputs: Iterable[bytes], image: Image.Image) -> bool:
    """Whether what was made, or what it began with, is unsafe."""
    return checker.unsafe(image) or any(checker.unsafe_bytes(data) for data in inputs)


def picture(slot: Slot | Alone | Given, image: Image.Image, seconds: float) -> Picture:
    """The picture as it travels to the worker; `seconds` is what the device worked for its job so far."""
    made = slot.model.surroundings() if isinstance(slot, Given) else slot.model.facts(slot.pipeline)
    facts = made | {"steps": slot.total, "upscaled": times(slot.job) > 1, "seconds": round(slot.seconds, 3)}
    if slot.model.upscaler is not None and (isinstance(slot, Given) or times(slot.job) > 1):
        facts["method"] = upscaling.method(slot.model, times(slot.job))
    # A live frame is not kept, and would be slowed down; keeping it makes it anew, and asks.
    if slot.model.safety is not None and slot.job.lane != "live":
        facts["safety"] = {"unsafe": _unsafe(slot.model.safety, slot.job.inputs.values(), image)}
    return Picture(slot.index, slot.seed, image.width, image.height, image.tobytes(), seconds, facts)
