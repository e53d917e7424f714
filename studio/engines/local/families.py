"""The kinds of models that the local engine knows: diffusers' pipelines for them, and what suits them. No torch here.

A *stepped* family shares its steps with everybody else's pictures (slots.py). The others have networks and schedules of
their own, so their stock pipeline runs by itself, a step at a time (alone.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

# How a picture begins: from noise, from a picture under noise, both with a ControlNet that reads lines, and from a
# picture of which only a part is made anew.
Start = Literal["noise", "image", "lines", "image_lines", "mask"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """`pipelines` names diffusers' class for each start it can do; `indexes` are further names of such a model in its
    model_index.json. `half` is its number format on CUDA, `left_out` what is not loaded (arguments of the pipelines),
    `defaults` good parameters, `max_side` pixels that a device of common size has room for, `multiple` of what its
    sides must be. `packed` says that its latents are rows of 2 x 2 patches."""

    name: str
    title: str
    pipelines: Mapping[Start, str]
    indexes: frozenset[str] = frozenset()
    stepped: bool = False
    packed: bool = False
    multiple: int = 8
    half: str = "bfloat16"
    left_out: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    max_side: int = 1024

    def knows(self, index: object) -> bool:
        """Whether a model whose model_index.json names the class `index` is of this family."""
        return index in (*self.indexes, *self.pipelines.values())


SD = Family(
    name="sd",
    title="Stable Diffusion 1 or 2",
    stepped=True,
    pipelines={
        "noise": "StableDiffusionPipeline",
        "image": "StableDiffusionImg2ImgPipeline",
        "lines": "StableDiffusionControlNetPipeline",
        "image_lines": "StableDiffusionControlNetImg2ImgPipeline",
        "mask": "StableDiffusionInpaintPipeline",
    },
    indexes=frozenset({"LatentConsistencyModelPipeline", "LatentConsistencyModelImg2ImgPipeline"}),
    half="float16",
    # The safety checker is a step of its own for those who want it.
    left_out={
        "safety_checker": None,
        "requires_safety_checker": False,
        "feature_extractor": None,
        "image_encoder": None,
    },
    defaults={"steps": 25, "guidance_scale": 7.5, "width": 512, "height": 512},
    max_side=768,
)
SDXL = Family(
    name="sdxl",
    title="Stable Diffusion XL",
    stepped=True,
    pipelines={
        "noise": "StableDiffusionXLPipeline",
        "image": "StableDiffusionXLImg2ImgPipeline",
        "lines": "StableDiffusionXLControlNetPipeline",
        "image_lines": "StableDiffusionXLControlNetImg2ImgPipeline",
        "mask": "StableDiffusionXLInpaintPipeline",
    },
    half="float16",
    left_out={"image_encoder": None, "feature_extractor": None, "add_watermarker": False},
    defaults={"steps": 30, "guidance_scale": 6.0, "width": 1024, "height": 1024},
    max_side=1536,
)
SD3 = Family(
    name="sd3",
    title="Stable Diffusion 3",
    pipelines={
        "noise": "StableDiffusion3Pipeline",
        "image": "StableDiffusion3Img2ImgPipeline",
        "mask": "StableDiffusion3InpaintPipeline",
    },
    multiple=16,
    left_out={"image_encoder": None, "feature_extractor": None},
    defaults={"steps": 28, "guidance_scale": 4.5, "width": 1024, "height": 1024},
    max_side=1536,
)
FLUX = Family(
    name="flux",
    title="Flux.1",
    pipelines={"noise": "FluxPipeline", "image": "FluxImg2ImgPipeline", "mask": "FluxInpaintPipeline"},
    packed=True,
    multiple=16,
    left_out={"image_encoder": None, "feature_extractor": None},
    defaults={"steps": 28, "guidance_scale": 3.5, "width": 1024, "height": 1024},
    max_side=1536,
)
Z_IMAGE = Family(
    name="z_image",
    title="Z-Image",
    pipelines={"noise": "ZImagePipeline", "image": "ZImageImg2ImgPipeline", "mask": "ZImageInpaintPipeline"},
    multiple=16,
    defaults={"steps": 28, "guidance_scale": 4.0, "width": 1024, "height": 1024},
    max_side=1536,
)
CHROMA = Family(
    name="chroma",
    title="Chroma",
    # diffusers 0.42 has an inpainting pipeline for it too, which asks its network for a setting that it has not.
    pipelines={"noise": "ChromaPipeline", "image": "ChromaImg2ImgPipeline"},
    packed=True,
    multiple=16,
    left_out={"image_encoder": None, "feature_extractor": None},
    defaults={"steps": 40, "guidance_scale": 3.0, "width": 1024, "height": 1024},
    max_side=1536,
)
AURA_FLOW = Family(
    name="aura_flow",
    title="AuraFlow",
    pipelines={"noise": "AuraFlowPipeline"},
    multiple=16,
    defaults={"steps": 50, "guidance_scale": 3.5, "width": 1024, "height": 1024},
    max_side=1536,
)
LUMINA2 = Family(
    name="lumina2",
    title="Lumina 2",
    pipelines={"noise": "Lumina2Pipeline"},
    multiple=16,
    defaults={"steps": 30, "guidance_scale": 4.0, "width": 1024, "height": 1024},
    max_side=1536,
)

# Shapes in space instead of pictures (sculpting.py): of words, and of a picture.
SHAP_E = Family(
    name="shap_e",
    title="Shap-E",
    pipelines={"noise": "ShapEPipeline"},
    half="float16",
    defaults={"steps": 64, "guidance_scale": 15.0},
)
SHAP_E_IMAGE = Family(
    name="shap_e_image",
    title="Shap-E for pictures",
    pipelines={"noise": "ShapEImg2ImgPipeline"},
    half="float16",
    defaults={"steps": 64, "guidance_scale": 3.0},
)

# No pipeline: networks that make pictures larger or cleaner, from one file (esrgan/).
ESRGAN = Family(name="esrgan", title="ESRGAN, Real-ESRGAN", pipelines={}, half="float16", max_side=10_000)

FAMILIES: Mapping[str, Family] = {
    family.name: family
    for family in (SD, SDXL, SD3, FLUX, Z_IMAGE, CHROMA, AURA_FLOW, LUMINA2, SHAP_E, SHAP_E_IMAGE, ESRGAN)
}
SHAPED = frozenset({SHAP_E.name, SHAP_E_IMAGE.name})


def of_index(index: object) -> Family | None:
    """The family of a model whose model_index.json names the class `index`, None when no family knows it."""
    return next((family for family in FAMILIES.values() if family.knows(index)), None)
