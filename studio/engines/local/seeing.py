"""One of transformers' networks that look at pictures, with what prepares a picture for it.

From a folder or hub id with config.json, preprocessor_config.json and safetensors. What is made of its answer is with
those who ask: depths.py, faces.py.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoImageProcessor, PretrainedConfig, PreTrainedModel

from studio.engines.local import networks


class Unfit(ValueError):
    """A folder that holds no such network; it says why."""


class Eye:
    """Looks at one picture at a time. For one thread."""

    def __init__(self, network: PreTrainedModel, prepare: Any) -> None:
        """`prepare` is its image processor, which makes a picture as large as the network wants it."""
        self.network, self.prepare = network, prepare

    def look(self, picture: NDArray[np.uint8]) -> Any:
        """What the network says of a picture (h, w, 3) of any size."""
        given = self.prepare(images=[picture], return_tensors="pt")
        return self.network(**{name: value.to(self.network.device) for name, value in given.items()})


def load(source: str, device: torch.device, kind: str, *, called: str, lacks: str) -> Eye:
    """The network in `source`, in float32; the name of its class ends with `kind` ("ForObjectDetection").

    Others are refused in these words: `called` is what was wanted ("a face detector"), `lacks` what every other one
    does ("detects no objects"). Raises Unfit, and whatever transformers raises for weights that are missing or damaged.
    """
    local = Path(source).is_absolute() or Path(source).is_dir()
    try:
        config, _rest = PretrainedConfig.get_config_dict(source, local_files_only=local)
    except OSError:
        config = {}
    if not config:
        raise Unfit(f"There is no config.json of {called} in {source}.")
    name = str((config.get("architectures") or ["nothing"])[0])
    found = networks.kind_of("transformers", name)
    if found is None or not name.endswith(kind):
        raise Unfit(f"{source} holds {name}, which {lacks}: {called} is one of transformers' …{kind}.")
    try:
        prepare = AutoImageProcessor.from_pretrained(
            source, backend="pil", trust_remote_code=False, local_files_only=local
        )
    except OSError as error:
        raise Unfit(f"In {source} there is {called}, but no preprocessor_config.json.") from error
    return Eye(networks.load(found, source, device, torch.float32), prepare)
