"""What a model is, told from the small files beside its weights: its family, and what suits it. Loads none of its
weights, only those of a face detector, which are few.

Distilled models (turbo, LCM, Lightning, Hyper) look like their elders in most files; where no file tells them apart,
their name does, as people publish them.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.engines.local.families import ESRGAN, FAMILIES, SD, SHAPED, Family, Start, of_index

# The family of networks that give grey photos their colours, and how their files and folders are called.
COLOURS = "ddcolor"
# That of networks that see how far everything in a picture is, and how transformers calls them.
DEPTH, SEES_DEPTH = "depth", "ForDepthEstimation"
# What each tool asks of a family.
NEEDS: Mapping[str, Start] = {
    "text_to_image": "noise",
    "sketch_to_image": "image",
    "image_to_image": "image",
    "inpaint": "mask",
    "outpaint": "mask",
}
# Families by how people call their models, where the model itself cannot be asked. The first that fits.
CALLED = {
    "z_image": r"z-?image",
    "flux": r"flux",
    "chroma": r"chroma",
    "aura_flow": r"aura-?flow",
    "lumina2": r"lumina",
    "sd3": r"sd-?3|diffusion-3",
    "shap_e_image": r"shap[-_]e.*ima?g",
    "shap_e": r"shap[-_]e",
    "sdxl": r"xl",
}
# What families do that make no pictures.
SHAPE_TOOL = "sketch_to_3d"
# A model that needs no more steps than this can draw live.
FEW = 8
# Pixels of a latent place, in the families whose UNet says how many places it was taught with.
PLACE = 8


class Unknown(ValueError):
    """A model that this engine cannot run; it says why."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """`schedule` are changes to the scheduler's configuration. `guessed`: only by the name, nothing could be read."""

    family: str
    tools: list[str]
    defaults: dict[str, Any]
    schedule: dict[str, Any]
    max_side: int
    guessed: bool


def recognise(source: str, revision: str = "", family: str = "") -> Recognised:
    """What the model in the folder or hub id `source` is; `family` if that is known better.

    Raises Unknown for a folder without a pipeline, and for one of a family that this engine has not.
    """
    index = _read(source, revision, "model_index.json")
    name = source.rstrip("/").rsplit("/", 1)[-1].lower()
    if family == COLOURS or (not index and not family and COLOURS in source.lower()):
        return _colourist(source, revision)
    if family == ESRGAN.name or (not index and not family and source.endswith(".safetensors")):
        return _network(source, revision)
    if family == DEPTH or (not index and not family and _sees_depth(source, revision)):
        return _depth(source, revision)
    kind = _family(index, name, family)
    if not index and Path(source).is_absolute():
        raise Unknown(f"There is no model_index.json in {source}: this is no model in diffusers format.")
    part = "unet" if kind.stepped else "transformer"
    network = _read(source, revision, f"{part}/config.json") if index else {}
    scheduler = _read(source, revision, "scheduler/scheduler_config.json") if index else {}
    size = PLACE * int(network.get("sample_size") or 0) if kind.stepped else 0
    defaults = dict(kind.defaults) | _few(kind, name, network, scheduler)
    if size:
        defaults |= {"width": size, "height": size}
    if defaults["steps"] <= FEW:
        defaults["live"] = {"steps": defaults["steps"], "guidance_scale": defaults["guidance_scale"]}
    trailing = _distilled(name) and kind.stepped and scheduler.get("timestep_spacing") != "trailing"
    return Recognised(
        family=kind.name,
        tools=_tools(kind, network),
        defaults=defaults,
        # They were taught at the ends of equal parts of the schedule; by default diffusers takes their beginnings.
        schedule={"timestep_spacing": "trailing"} if trailing else {},
        max_side=size * 3 // 2 if size else kind.max_side,
        guessed=not index,
    )


def check_faces(source: str) -> None:
    """Raises Unknown unless the folder or hub id `source` holds a detector of faces that can be asked."""
    import torch

    from studio.engines.local import faces, seeing

    try:
        faces.load(source, torch.device("cpu"))
    except seeing.Unfit as error:
        raise Unknown(str(error)) from error
    except Exception as error:  # transformers, safetensors and the hub each raise kinds of their own for a bad network
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise Unknown(f"The face detector in {source} cannot be loaded: {first}") from error


def _colourist(source: str, revision: str) -> Recognised:
    """A network that gives photos their colours. Keys that are missing or too many are named."""
    from studio.engines.local.ddcolor import loading

    try:
        loading.recognised(source, revision)
    except (loading.Unfit, loading.NoSafetensors, OSError) as error:
        raise Unknown(str(error)) from error
    return Recognised(COLOURS, ["colorize"], {}, {}, 10_000, guessed=False)


def _sees_depth(source: str, revision: str) -> bool:
    return str((_read(source, revision, "config.json").get("architectures") or [""])[0]).endswith(SEES_DEPTH)


def _depth(source: str, revision: str) -> Recognised:
    """A network for reliefs. Where nothing can be read, that is found out when it is first used."""
    config = _read(source, revision, "config.json")
    if config and not _sees_depth(source, revision):
        raise Unknown(f"{source} holds {(config.get('architectures') or ['nothing'])[0]}, which sees no depth.")
    return Recognised(DEPTH, [SHAPE_TOOL], {}, {}, 10_000, guessed=not config)


def _network(source: str, revision: str) -> Recognised:
    """One file with a network that makes pictures larger, or cleaner at the same size."""
    from studio.engines.local.esrgan import published

    try:
        scale = published.recognised(source, revision).scale
    except (published.Unfit, OSError) as error:
        raise Unknown(str(error)) from error
    can = "restore" if scale == 1 else "upscale"
    return Recognised(ESRGAN.name, [can], {}, {}, ESRGAN.max_side, guessed=False)


def _family(index: Mapping[str, Any], name: str, wanted: str) -> Family:
    if wanted and wanted not in FAMILIES:
        raise Unknown(f"There is no family {wanted}. There are: {', '.join(FAMILIES)}.")
    if not index:
        called = (family for family, pattern in CALLED.items() if re.search(pattern, name))
        return FAMILIES[wanted or next(called, SD.name)]
    found = of_index(index.get("_class_name"))
    if found is None or (wanted and wanted != found.name):
        raise Unknown(f"Its pipeline is {index.get('_class_name')}: {_which(found, wanted)}")
    return found


def _which(found: Family | None, wanted: str) -> str:
    if found is not None:
        return f"that is the family {found.name}, not {wanted}."
    return f"this engine does not know that family. It knows: {', '.join(FAMILIES)}."


def _tools(family: Family, network: Mapping[str, Any]) -> list[str]:
    """An inpainting model (9 channels: latents, mask, masked latents) can do nothing else."""
    if family.name in SHAPED:
        return [SHAPE_TOOL]
    only = ("mask",) if network.get("in_channels") == 9 else tuple(family.pipelines)
    return [tool for tool, start in NEEDS.items() if start in only and start in family.pipelines]


def _distilled(name: str) -> bool:
    return re.search(r"turbo|lightning|hyper", name) is not None


def _few(family: Family, name: str, network: Mapping[str, Any], scheduler: Mapping[str, Any]) -> dict[str, Any]:
    """The steps and the guidance of a distilled model; nothing for the others."""
    steps = re.search(r"(\d)[-_]?steps?", name)
    if network.get("time_cond_proj_dim"):
        return {"steps": 4, "guidance_scale": 8.0}  # guidance is a number that it reads, and costs nothing
    if scheduler.get("_class_name") in ("LCMScheduler", "TCDScheduler") or re.search(r"\blcm\b", name):
        return {"steps": 4, "guidance_scale": 1.0}
    if family.name == "flux" and network.get("guidance_embeds", "schnell" not in name) is False:
        return {"steps": 4, "guidance_scale": 0.0}
    if _distilled(name):
        return {"steps": int(steps[1]) if steps else 9 if family.name == "z_image" else 4, "guidance_scale": 0.0}
    return {}


def _read(source: str, revision: str, file: str) -> dict[str, Any]:
    """A small JSON file of the model; empty when there is none, or the hub cannot be asked."""
    from huggingface_hub import hf_hub_download

    try:
        local = Path(source).is_dir() or Path(source).is_absolute()
        path = Path(source) / file if local else hf_hub_download(source, file, revision=revision or None)
        value = json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
