"""One network from its folder into memory: safetensors only, whole, of a class that diffusers or transformers has."""

from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers

# Libraries whose classes a model may name. Anything else would be code that came with the model.
LIBRARIES: dict[str, Any] = {"diffusers": diffusers, "transformers": transformers, "shap_e": diffusers.pipelines.shap_e}


def kind_of(library: object, name: object) -> type[Any] | None:
    """The class of a network; None for a part that is none (a tokenizer, a scheduler)."""
    kind = getattr(LIBRARIES.get(str(library)), str(name), None)
    networks = (diffusers.ModelMixin, transformers.PreTrainedModel)
    return kind if isinstance(kind, type) and issubclass(kind, networks) else None


def load(kind: type[Any], source: str | Path, device: torch.device, dtype: torch.dtype) -> Any:
    """The network of class `kind` in the folder or hub id `source`, ready to be asked.

    Raises ValueError when weights are missing or of another shape, and whatever its library raises for worse.
    """
    local = Path(source).is_absolute() or Path(source).is_dir()
    network, found = kind.from_pretrained(
        source,
        # While a network is loaded its library changes torch's default number format, for the whole process, and
        # pictures are being made meanwhile: so it is loaded as float32, which that default is, and converted then.
        dtype=torch.float32,
        use_safetensors=True,
        local_files_only=local,
        variant=_variant(Path(source)),
        output_loading_info=True,
    )
    # Both libraries fill gaps with random numbers or nothing at all, without a word.
    gaps = sorted(str(key) for key in (*found["missing_keys"], *found["mismatched_keys"]))
    gaps += [name for name, weight in network.named_parameters() if weight.is_meta]
    if gaps:
        raise ValueError(f"{kind.__name__} lacks {len(gaps)} weights, such as {gaps[0]}.")
    return network.to(device, dtype).eval().requires_grad_(False)


def _variant(folder: Path) -> str | None:
    """The half-precision copy where a model was published with no other."""
    files = [file.name for file in folder.glob("*.safetensors")]
    return "fp16" if files and all(".fp16" in name for name in files) else None
