"""A model from a folder or a hub id into memory: its index read, its parts checked. Never code that came with it."""

import copy
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import diffusers
import torch
from diffusers import AutoencoderTiny, ControlNetModel, LCMScheduler

from studio.engines.base import EngineError
from studio.engines.local import depths, faces, networks, previews, samplers
from studio.engines.local.ddcolor import loading as ddcolor
from studio.engines.local.ddcolor.running import Network
from studio.engines.local.device import dtype_of, is_lost, is_out_of_memory
from studio.engines.local.esrgan import published
from studio.engines.local.esrgan.published import Published
from studio.engines.local.faces import Detector
from studio.engines.local.families import ESRGAN, FAMILIES, Family, Start
from studio.engines.local.messages import CONTROL_PART, FACES_PART, PREVIEW_PART, UPSCALER_PART
from studio.engines.local.previews import Projection, SmallDecoder
from studio.engines.local.recognise import COLOURS, DEPTH
from studio.engines.local.safety import PART as SAFETY_PART
from studio.engines.local.safety import SafetyChecker
from studio.engines.local.safety import load as load_checker
from studio.engines.local.upscaler import Upscaler
from studio.job import ModelRef

log = logging.getLogger(__name__)

# What a part of a model may come from; "stable_diffusion" is diffusers' own safety checker, which is never loaded.
KNOWN_LIBRARIES = {None, "stable_diffusion", *networks.LIBRARIES}
# Parts of a model that the catalogue may take from another place.
REPLACEABLE = {"vae"}
# Settings of a model's pipeline that change its pictures.
OPTIONS = {"force_zeros_for_empty_prompt"}


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model in memory. `parts` are its parts by diffusers' names, `options` further arguments of its pipelines;
    `controls` its ControlNets by role, `denoiser` what steps call in place of its UNet (compiling.py), if anything;
    `projection` makes its previews, by `preview_vae` where the catalogue names one; `safety` looks at its pictures. One
    that gives photos their colours has nothing but `colourist`, and perhaps `faces`, which counts those in a photo; one
    for reliefs nothing but `depth`."""

    ref: ModelRef
    parts: dict[str, Any]
    controls: Mapping[str, ControlNetModel]
    device: torch.device
    dtype: torch.dtype
    projection: Projection | SmallDecoder | None
    options: Mapping[str, Any] = field(default_factory=dict)
    upscaler: Upscaler | Published | None = None
    denoiser: Callable[..., torch.Tensor] | None = None
    preview_vae: AutoencoderTiny | None = None
    colourist: Network | None = None
    faces: Detector | None = None
    depth: depths.Estimator | None = None
    safety: SafetyChecker | None = None
    shells: dict[tuple[type[Any], str], Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    schedulers: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def family(self) -> Family:
        return FAMILIES[self.ref.family]

    def stock(self, start: Start) -> type[Any]:
        """diffusers' pipeline for that start; EngineError("unknown_tool") where the family has none."""
        name = self.family.pipelines.get(start)
        if name is None:
            raise EngineError("unknown_tool")
        kind: type[Any] = getattr(diffusers, name)
        return kind

    @property
    def key(self) -> str:
        """The same for two models exactly when they are the same in memory."""
        return key_of(self.ref)

    @property
    def inpaints_only(self) -> bool:
        """Whether its UNet wants to be shown a mask and a picture beside the latents (9 channels)."""
        unet = self.parts.get("unet")
        return bool(unet is not None and unet.config.in_channels != self.parts["vae"].config.latent_channels)

    def facts(self, pipeline: Any) -> dict[str, Any]:
        """What a recipe should know about pictures that `pipeline` makes of this model."""
        return {
            "sampler": samplers.name_of(pipeline.scheduler),
            "scheduler": type(pipeline.scheduler).__name__,
            "control": "controlnet" in pipeline.components,
            **self.surroundings(),
        }

    def surroundings(self) -> dict[str, Any]:
        """What the networks run on."""
        return {
            "dtype": str(self.dtype).removeprefix("torch."),
            "device": self.device.type,
            "diffusers": diffusers.__version__,
            "torch": str(torch.__version__),
        }

    def pipeline(self, kind: type[Any], sampler: str = "", control: str = "") -> Any:
        """A pipeline of class `kind` over these networks, with a scheduler of its own: nothing of an earlier run,
        even a cancelled one, can be left in it. `sampler` is a name of engines/samplers.py, empty for the model's own;
        `control` the role of the ControlNet that `kind` goes by, if it does.
        """
        if (kind, control) not in self.shells:
            network = {"controlnet": self.controls[control]} if control else {}
            shell = kind(**self.parts, **network, **self.options)
            shell.set_progress_bar_config(disable=True)
            self.shells[kind, control] = shell
        if sampler not in self.schedulers:
            self.schedulers[sampler] = samplers.scheduler(self.parts["scheduler"], sampler)
        # Copies of unused ones: setting one up anew takes milliseconds.
        pipeline = copy.copy(self.shells[kind, control])
        pipeline.scheduler = copy.deepcopy(self.schedulers[sampler])
        return pipeline


def load(ref: ModelRef, device: torch.device, base: LoadedModel | None = None) -> LoadedModel:
    """Bring `ref` onto `device`; a variant shares what it can with `base`, the plain model, which is loaded if missing.

    Raises EngineError("model_unavailable") whatever is wrong with the model itself; a full memory and a lost device,
    which are not, pass as they are.
    """
    if ref.family not in (*FAMILIES, COLOURS, DEPTH):
        log.error("Model %s: the local engine has no family %r", ref.name, ref.family)
        raise EngineError("model_unavailable", model=ref.name)
    try:
        if ref.family == ESRGAN.name:
            return _only_upscaler(ref, device)
        if ref.family == COLOURS:
            return _colours(ref, device)
        if ref.family == DEPTH:
            seen = depths.load(ref.source, device)
            return LoadedModel(ref, {"network": seen.eye.network}, {}, device, torch.float32, None, depth=seen)
        if ref.variant:
            return _variant(ref, base or load(ref.plain(), device))
        return _load(ref, FAMILIES[ref.family], device)
    except EngineError:
        raise
    except Exception as error:
        if is_out_of_memory(error) or is_lost(error):
            raise
        # diffusers, transformers, safetensors and the hub each raise kinds of their own for a bad model.
        log.exception("Model %s could not be loaded from %s", ref.name, ref.source)
        raise EngineError("model_unavailable", model=ref.name) from error


def _colours(ref: ModelRef, device: torch.device) -> LoadedModel:
    loaded = ddcolor.load(ref.source, ref.revision, device, ref.dtype)
    detector = faces.load(ref.parts[FACES_PART], device) if ref.parts.get(FACES_PART) else None
    parts = {"network": loaded.network} | ({} if detector is None else {FACES_PART: detector.eye.network})
    return LoadedModel(ref, parts, {}, device, loaded.dtype, None, colourist=Network(loaded), faces=detector)


def _load(ref: ModelRef, family: Family, device: torch.device) -> LoadedModel:
    dtype = dtype_of(device, ref.dtype, family.half)
    folder = _folder(ref, family)
    index = _index(folder, family)
    places = {name: ref.parts[name] for name in REPLACEABLE & ref.parts.keys()}
    # One after another: at no time is more than one of them in memory as float32.
    loaded = {
        name: networks.load(kind, places.get(name, folder / name), device, dtype)
        for name, value in index.items()
        if isinstance(value, list) and name not in family.left_out and (kind := networks.kind_of(*value))
    }
    pipeline = getattr(diffusers, family.pipelines["noise"]).from_pretrained(
        folder, **loaded, dtype=torch.float32, use_safetensors=True, local_files_only=True, **family.left_out
    )
    parts = {name: part for name, part in pipeline.components.items() if name not in family.left_out}
    if family.stepped:
        _check_fit(parts)
    scheduler = parts["scheduler"]
    parts["scheduler"] = type(scheduler).from_config(scheduler.config, **ref.schedule)
    decoder = parts.get("vae")
    if device.type == "cpu" and decoder is not None:
        # Measured on the starter: the decoder runs about twice as fast, the UNet the same.
        decoder.to(memory_format=torch.channels_last)
    options = {**family.left_out, **{name: index[name] for name in OPTIONS & index.keys()}}
    controls = {
        role: networks.load(ControlNetModel, source, device, dtype)
        for role, source in ref.parts.items()
        if role.startswith(CONTROL_PART)
    }
    source = ref.parts.get(UPSCALER_PART)
    upscaler = networks.load(Upscaler, source, device, dtype) if source else None
    checker = load_checker(ref.parts[SAFETY_PART], device) if SAFETY_PART in ref.parts else None
    small = ref.parts.get(PREVIEW_PART)
    preview_vae = networks.load(AutoencoderTiny, small, device, dtype) if small else None
    shown: Projection | SmallDecoder | None = None
    if decoder is not None:
        shown = previews.fit(decoder) if preview_vae is None else SmallDecoder.of(preview_vae, decoder)
    model = LoadedModel(ref, parts, controls, device, dtype, shown, options, upscaler, preview_vae=preview_vae)
    return replace(model, safety=checker)


def _only_upscaler(ref: ModelRef, device: torch.device) -> LoadedModel:
    """A network that makes pictures larger or cleaner, and nothing else."""
    dtype = dtype_of(device, ref.dtype, ESRGAN.half)
    network = published.load(ref.source, device, dtype, ref.revision)
    return LoadedModel(ref, {}, {}, device, dtype, previews.NOTHING, upscaler=network)


def _variant(ref: ModelRef, base: LoadedModel) -> LoadedModel:
    """`base` with another UNet, distilled for few steps, and its scheduler: LCM's, unless a part names a folder."""
    unet = networks.load(type(base.parts["unet"]), ref.parts[ref.variant], base.device, base.dtype)
    folder = ref.parts.get(f"{ref.variant}_scheduler")
    config = LCMScheduler.load_config(folder) if folder else base.parts["scheduler"].config
    parts = base.parts | {"unet": unet, "scheduler": LCMScheduler.from_config(config)}
    _check_fit(parts)
    return replace(base, ref=ref, parts=parts)


def _folder(ref: ModelRef, family: Family) -> Path:
    if Path(ref.source).is_dir():
        return Path(ref.source)
    if Path(ref.source).is_absolute():
        raise FileNotFoundError(ref.source)
    # Takes the local copy when the hub cannot be reached.
    kind = getattr(diffusers, family.pipelines["noise"])
    wanted = {"revision": ref.revision or None, "use_safetensors": True, **family.left_out}
    try:
        return Path(kind.download(ref.source, **wanted))
    except OSError as error:
        # What diffusers says of a model that was published in half precision only.
        if "necessary `safetensors`" not in str(error):
            raise
    return Path(kind.download(ref.source, variant="fp16", **wanted))


def _index(folder: Path, family: Family) -> dict[str, Any]:
    """What the model says of itself. Raises ValueError for another family's, and for one that names code of its own,
    before diffusers reads it."""
    index: dict[str, Any] = json.loads((folder / "model_index.json").read_text("utf-8"))
    if not family.knows(index.get("_class_name")):
        raise ValueError(f"Its pipeline is {index.get('_class_name')!r}, which is not of the family {family.name!r}.")
    for name, value in index.items():
        if isinstance(value, list) and not name.startswith("_") and value[0] not in KNOWN_LIBRARIES:
            raise ValueError(f"Its part {name} comes from {value[0]!r}.")
    return index


def _check_fit(parts: Mapping[str, Any]) -> None:
    """Raises ValueError for a model that lacks a part (SDXL's refiner), or whose parts are not for each other."""
    gaps = [name for name, part in parts.items() if part is None]
    if gaps:
        raise ValueError(f"It has no {gaps[0]}.")
    takes, latents = parts["unet"].config.in_channels, parts["vae"].config.latent_channels
    if takes not in (latents, 2 * latents + 1):
        raise ValueError(f"This UNet takes {takes} channels: neither latents, nor latents, mask and masked picture.")


def key_of(ref: ModelRef) -> str:
    """What tells one model in memory from another."""
    places, schedule = sorted(ref.parts.items()), sorted(ref.schedule.items())
    return json.dumps([ref.family, ref.source, ref.revision, ref.dtype, places, ref.variant, schedule])
