"""Pictures into latents: those of requests that wait for the same encoder in one call, each picture once."""

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Iterable
from itertools import chain, islice
from typing import Any

import torch
from diffusers import AutoencoderTiny
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKLOutput
from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTinyOutput
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion_img2img import retrieve_latents

from studio.engines.local import scaling, ways
from studio.engines.local.loading import LoadedModel, key_of
from studio.engines.local.messages import Request
from studio.engines.local.ways import Way

log = logging.getLogger(__name__)

# Bytes of answers that are kept: a picture of 512 x 512 pixels takes 128 kB.
KEPT = 32_000_000
Key = tuple[str, bytes]


class Encodings:
    """What encoders said of the last pictures: a draft's is there when it is refined. For one thread."""

    def __init__(self, limit: int = KEPT) -> None:
        self._limit = limit
        self._size = 0
        self._kept: OrderedDict[Key, torch.Tensor] = OrderedDict()

    @torch.no_grad()
    def of(self, model: LoadedModel, picture: torch.Tensor) -> Any:
        """The encoder's answer to `picture` (1, 3, height, width) in -1..1, as its pipeline gets it."""
        key = _key(model, picture)
        if key not in self._kept:
            self._keep(key, _encode(model, picture))
        self._kept.move_to_end(key)
        answer = self._kept[key]
        if _tiny(model):
            return AutoencoderTinyOutput(latents=answer)
        return AutoencoderKLOutput(latent_dist=DiagonalGaussianDistribution(answer))

    @torch.no_grad()
    def look_ahead(self, model: LoadedModel, request: Request, others: Iterable[Request], most: int) -> None:
        """If `request` needs pictures encoded, encode up to `most` of them and of `others` of that model at once.

        Only saves time: who finds nothing here afterwards is encoded alone, and meets there what may have gone wrong.
        """
        if most < 2:
            return
        try:
            missing = self._missing(model, request)
            if not missing:
                return
            shape = next(iter(missing.values())).shape
            # However many wait, only a few are looked at.
            for other in islice(chain.from_iterable(self._missing(model, o).items() for o in others), 2 * most):
                missing.setdefault(*other)
            company = [(key, picture) for key, picture in missing.items() if picture.shape == shape][:most]
            if len(company) < 2:
                return
            answers = _encode(model, torch.cat([picture for _, picture in company]))
        except Exception as error:  # noqa: BLE001  whoever causes it meets it again alone
            log.warning("pictures could not be encoded together: %s", type(error).__name__)
            return
        for (key, _), answer in zip(company, answers.split(1), strict=True):
            self._keep(key, answer.clone())  # a part would hold the memory of the whole

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self._size = 0

    def _missing(self, model: LoadedModel, request: Request) -> dict[Key, torch.Tensor]:
        way = ways.of(model, request)
        # Not those whose picture has no part in the result.
        if "strength" not in way.inputs:
            return {}
        found = pictures(model.pipeline(way.kind, control=way.control), way)
        return {key: each for each in found.values() if (key := _key(model, each)) not in self._kept}

    def _keep(self, key: Key, answer: torch.Tensor) -> None:
        self._kept[key] = answer
        self._size += answer.nbytes
        while self._size > self._limit and len(self._kept) > 1:
            self._size -= self._kept.popitem(last=False)[1].nbytes


class Encoder:
    """For one request. Pictures are (1, 3, height, width) in -1..1, told apart by a name."""

    def __init__(self, model: LoadedModel, encodings: Encodings) -> None:
        self.device = model.device
        self._model = model
        self._encodings = encodings
        self._kept: dict[str, Any] = {}

    def latents(self, name: str, picture: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """(1, channels, height, width), drawn from what the encoder says of `picture`."""
        if name not in self._kept:
            self._kept[name] = self._encodings.of(self._model, picture)
        drawn: torch.Tensor = retrieve_latents(self._kept[name], generator=generator)
        return scaling.to_networks(self._model.parts["vae"], drawn.to(self._model.dtype))

    def draw_again(self, name: str, generator: torch.Generator) -> None:
        """Take the numbers from `generator` that another picture like `name` would take, whose latents nobody wants."""
        retrieve_latents(self._kept[name], generator=generator)


def pictures(pipeline: Any, way: Way) -> dict[str, torch.Tensor]:
    """What a request that goes by `way`, which has a `strength`, has encoded, by name: (1, 3, height, width), float32.

    `hidden`, for models made for inpainting, is `image` without what is marked."""
    sides = way.inputs.get("height"), way.inputs.get("width")
    image: torch.Tensor = pipeline.image_processor.preprocess(way.inputs["image"], *sides).to(torch.float32)
    if "mask_image" not in way.inputs or pipeline.unet.config.in_channels == pipeline.vae.config.latent_channels:
        return {"image": image}
    hidden = image * (pipeline.mask_processor.preprocess(way.inputs["mask_image"], *sides) < 0.5)
    return {"hidden": hidden} if way.inputs["strength"] == 1.0 else {"image": image, "hidden": hidden}


def _key(model: LoadedModel, picture: torch.Tensor) -> Key:
    """Variants share the encoder of the plain model."""
    digest = hashlib.sha256(str(tuple(picture.shape)).encode())
    digest.update(picture.contiguous().numpy().data)
    return key_of(model.ref.plain()), digest.digest()


def _tiny(model: LoadedModel) -> bool:
    """Whether its encoder says where a picture lies, not what is likely around there."""
    return isinstance(model.parts["vae"], AutoencoderTiny)


def _encode(model: LoadedModel, batch: torch.Tensor) -> torch.Tensor:
    """The numbers in the encoder's answer to pictures (pictures, 3, height, width)."""
    vae = model.parts["vae"]
    # Half precision overflows in some encoders: those say so (SDXL's), or it is seen.
    told = model.dtype == torch.float16 and vae.config.get("force_upcast")
    numbers = None if told else _numbers(model, batch.to(vae.device, model.dtype))
    if numbers is None or (model.dtype != torch.float32 and not bool(torch.isfinite(numbers).all())):
        with scaling.in_full(vae):
            numbers = _numbers(model, batch.to(vae.device, torch.float32))
    return numbers


def _numbers(model: LoadedModel, batch: torch.Tensor) -> torch.Tensor:
    answer = model.parts["vae"].encode(batch)
    numbers: torch.Tensor = answer.latents if _tiny(model) else answer.latent_dist.parameters
    return numbers
