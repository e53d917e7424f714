"""How many faces a photo shows, by a network where the catalogue names one (part "faces"): it chooses the preset.

Any of transformers' object detection (YOLOS, DETR, RT-DETR, …) from a folder or hub id with config.json,
preprocessor_config.json and safetensors, some of whose labels say "face", or which has only one label.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoImageProcessor, PretrainedConfig, PreTrainedModel

from studio.engines.local import networks

LABEL = "face"
# As sure the network must be of a face that counts (0 to 1).
SURE = 0.5
KIND = "ForObjectDetection"
# Sides (pixels) that a photo is seen at by networks that are taught at several: enough for faces that make it one of
# people. Measured with one of YOLOS-tiny's size: 1.4 seconds of a processor, where the usual 800 and 1333 take 3.3.
SHORTER, LONGER = 512, 1024


class Unfit(ValueError):
    """A folder that holds no detector of faces; it says why."""


class Detector:
    """Counts faces, one photo at a time. For one thread."""

    def __init__(self, network: PreTrainedModel, prepare: Any, labels: Collection[int]) -> None:
        """`prepare` is its image processor, which makes a photo as large as the network wants it."""
        self.network = network
        self._prepare, self._labels = prepare, labels

    @torch.inference_mode()
    def count(self, photo: NDArray[np.uint8]) -> int:
        """The faces in a grey picture (h, w) of any size."""
        shown = np.repeat(photo[..., None], 3, axis=2)
        given = self._prepare(images=[shown], return_tensors="pt")
        found = self.network(**{name: value.to(self.network.device) for name, value in given.items()})
        (told,) = self._prepare.post_process_object_detection(found, threshold=SURE)
        return sum(int(label) in self._labels for label in told["labels"])


def load(source: str, device: torch.device) -> Detector:
    """The detector in the folder or hub id `source`, in float32: a few million numbers.

    Raises Unfit for what is none, and whatever transformers raises for weights that are missing or damaged.
    """
    local = Path(source).is_absolute() or Path(source).is_dir()
    try:
        config, _rest = PretrainedConfig.get_config_dict(source, local_files_only=local)
    except OSError:
        config = {}
    if not config:
        raise Unfit(f"There is no config.json of a face detector in {source}.")
    name = str((config.get("architectures") or ["nothing"])[0])
    kind = networks.kind_of("transformers", name)
    if kind is None or not name.endswith(KIND):
        raise Unfit(
            f"{source} holds {name}, which detects no objects: a face detector is one of transformers' …{KIND}."
        )
    network = networks.load(kind, source, device, torch.float32)
    labels = {int(number): str(label) for number, label in network.config.id2label.items()}
    faces = set(labels) if len(labels) == 1 else {number for number, label in labels.items() if LABEL in label.lower()}
    if not faces:
        raise Unfit(f"The detector in {source} knows no faces, but {', '.join(list(labels.values())[:3])}.")
    try:
        prepare = AutoImageProcessor.from_pretrained(
            source, backend="pil", trust_remote_code=False, local_files_only=local
        )
    except OSError as error:
        raise Unfit(f"The detector in {source} has no preprocessor_config.json.") from error
    own = dict(prepare.size or {})
    if own.get("shortest_edge"):
        prepare.size = {
            "shortest_edge": min(SHORTER, own["shortest_edge"]),
            "longest_edge": min(LONGER, own.get("longest_edge") or LONGER),
        }
    return Detector(network, prepare, faces)


def write_tiny(folder: Path, *, faces: int, labels: tuple[str, ...] = ("face",), seed: int = 0) -> None:
    """Write a tiny detector with random weights for tests: it sees so many `faces` in every picture.

    With several labels, all that it sees is the last of them.
    """
    from transformers import YolosConfig, YolosForObjectDetection, YolosImageProcessorPil

    config = YolosConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        image_size=[32, 32],
        patch_size=16,
        num_detection_tokens=max(1, faces),
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = YolosForObjectDetection(config)
    # Beyond the labels is "nothing": one of the two is certain, whatever it looks at.
    last: Any = network.class_labels_classifier.layers[-1]
    torch.nn.init.zeros_(last.weight)
    torch.nn.init.zeros_(last.bias)
    last.bias.data[len(labels) - 1 if faces else len(labels)] = 20.0
    network.save_pretrained(folder, safe_serialization=True)
    YolosImageProcessorPil(size={"shortest_edge": 32, "longest_edge": 64}).save_pretrained(folder)
