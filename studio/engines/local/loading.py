"""Weights from a folder or a hub id into memory: safetensors only, never code that came with a model, a few kept."""

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diffusers
import torch
from diffusers import ControlNetModel, StableDiffusionPipeline
from transformers import CLIPTextModel

from studio.engines.base import EngineError
from studio.engines.local import previews, samplers
from studio.engines.local.device import dtype_of, is_out_of_memory
from studio.engines.local.messages import CONTROL_PART
from studio.engines.local.previews import Projection
from studio.job import ModelRef

log = logging.getLogger(__name__)

# Libraries whose classes a model may name. Anything else would be code that came with the model.
KNOWN_LIBRARIES = {None, "diffusers", "transformers", "stable_diffusion"}
# Pipelines whose parts are those of Stable Diffusion 1 and 2, by the family that says so.
FAMILIES = {
    "sd": {
        "StableDiffusionPipeline",
        "StableDiffusionImg2ImgPipeline",
        "StableDiffusionControlNetPipeline",
        "StableDiffusionControlNetImg2ImgPipeline",
    }
}
# What is never loaded: the safety checker is a step of its own for those who want it.
LEFT_OUT: dict[str, Any] = {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model in memory. `parts` are its networks by diffusers' names; `control` is its scribble ControlNet, if any."""

    ref: ModelRef
    parts: dict[str, Any]
    control: ControlNetModel | None
    device: torch.device
    dtype: torch.dtype
    projection: Projection

    @property
    def key(self) -> str:
        """The same for two models exactly when they are the same in memory."""
        return key_of(self.ref)

    def facts(self, pipeline: Any) -> dict[str, Any]:
        """What a recipe should know about pictures that `pipeline` makes of this model."""
        return {
            "sampler": samplers.name_of(pipeline.scheduler),
            "scheduler": type(pipeline.scheduler).__name__,
            "control": "controlnet" in pipeline.components,
            "dtype": str(self.dtype).removeprefix("torch."),
            "device": self.device.type,
            "diffusers": diffusers.__version__,
            "torch": str(torch.__version__),
        }

    def pipeline(self, kind: type[Any], sampler: str = "") -> Any:
        """A pipeline of class `kind` over these networks, with a scheduler of its own: nothing of an earlier run,
        even a cancelled one, can be left in it. `sampler` is a name of engines/samplers.py, empty for the model's own.
        """
        parts = self.parts | {"scheduler": samplers.scheduler(self.parts["scheduler"], sampler)}
        if "ControlNet" in kind.__name__:
            parts["controlnet"] = self.control
        pipeline = kind(**parts, **LEFT_OUT)
        pipeline.set_progress_bar_config(disable=True)
        return pipeline


def load(ref: ModelRef, device: torch.device) -> LoadedModel:
    """Bring `ref` onto `device`. Raises EngineError("model_unavailable") whatever is wrong with the model itself."""
    if ref.family not in FAMILIES:
        log.error("Model %s: the local engine has no family %r", ref.name, ref.family)
        raise EngineError("model_unavailable", model=ref.name)
    try:
        return _load(ref, device)
    except Exception as error:
        if is_out_of_memory(error):
            raise
        # diffusers, transformers, safetensors and the hub each raise kinds of their own for a bad model.
        log.exception("Model %s could not be loaded from %s", ref.name, ref.source)
        raise EngineError("model_unavailable", model=ref.name) from error


def _load(ref: ModelRef, device: torch.device) -> LoadedModel:
    dtype = dtype_of(device, ref.dtype)
    folder = _folder(ref)
    _check_index(folder, ref.family)
    pipeline = StableDiffusionPipeline.from_pretrained(
        folder,
        # transformers changes torch's default number format while it loads, for the whole process, and pictures are
        # being made meanwhile: everything is loaded as float32, which that default is, and converted afterwards.
        text_encoder=_text_encoder(folder / "text_encoder"),
        dtype=torch.float32,
        use_safetensors=True,
        local_files_only=True,
        **LEFT_OUT,
    )
    parts = {name: pipeline.components[name] for name in ("vae", "text_encoder", "tokenizer", "unet", "scheduler")}
    control = _control(ref)
    networks = [parts["vae"], parts["text_encoder"], parts["unet"], *([control] if control else [])]
    for network in networks:
        _check_complete(network)
        network.to(device, dtype).eval().requires_grad_(False)
    if parts["unet"].config.in_channels != parts["vae"].config.latent_channels:
        raise ValueError("This UNet takes more than latents (an inpainting model?).")
    if device.type == "cpu":
        # Measured on the starter: the decoder runs about twice as fast, the UNet the same.
        parts["vae"].to(memory_format=torch.channels_last)
    return LoadedModel(ref, parts, control, device, dtype, previews.fit(parts["vae"]))


def _folder(ref: ModelRef) -> Path:
    if Path(ref.source).is_dir():
        return Path(ref.source)
    if Path(ref.source).is_absolute():
        raise FileNotFoundError(ref.source)
    # Takes the local copy when the hub cannot be reached.
    revision = ref.revision or None
    return Path(StableDiffusionPipeline.download(ref.source, revision=revision, use_safetensors=True, **LEFT_OUT))


def _text_encoder(folder: Path) -> torch.nn.Module:
    """transformers fills missing weights with random numbers, so it is asked what was missing. Raises ValueError."""
    loaded: Any = CLIPTextModel.from_pretrained(
        folder, dtype=torch.float32, use_safetensors=True, local_files_only=True, output_loading_info=True
    )
    encoder, found = loaded
    gaps = sorted(found["missing_keys"]) + sorted(str(key) for key in found["mismatched_keys"])
    if gaps:
        raise ValueError(f"The text encoder lacks {len(gaps)} weights, such as {gaps[0]}.")
    network: torch.nn.Module = encoder
    return network


def _control(ref: ModelRef) -> ControlNetModel | None:
    source = ref.parts.get(CONTROL_PART)
    if not source:
        return None
    local = Path(source).is_absolute() or Path(source).is_dir()
    return ControlNetModel.from_pretrained(source, dtype=torch.float32, use_safetensors=True, local_files_only=local)


def _check_index(folder: Path, family: str) -> None:
    """Refuse another kind of model, or one that names code of its own, before diffusers reads it. Raises ValueError."""
    index = json.loads((folder / "model_index.json").read_text("utf-8"))
    if index.get("_class_name") not in FAMILIES[family]:
        raise ValueError(f"Its pipeline is {index.get('_class_name')!r}, which is not of the family {family!r}.")
    for name, value in index.items():
        if isinstance(value, list) and not name.startswith("_") and value[0] not in KNOWN_LIBRARIES:
            raise ValueError(f"Its part {name} comes from {value[0]!r}.")


def _check_complete(network: torch.nn.Module) -> None:
    """diffusers loads a file that lacks weights without a word, and the gaps stay empty. Raises ValueError."""
    gaps = [name for name, weight in network.named_parameters() if weight.is_meta]
    if gaps:
        raise ValueError(f"{type(network).__name__} lacks {len(gaps)} weights, such as {gaps[0]}.")


def key_of(ref: ModelRef) -> str:
    """What tells one model in memory from another."""
    return json.dumps([ref.family, ref.source, ref.revision, ref.dtype, sorted(ref.parts.items())])
