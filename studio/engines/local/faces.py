"""How many faces a photo shows, by a network where the catalogue names one (part "faces"): it chooses the preset.

Any of transformers' object detection (YOLOS, DETR, RT-DETR, …) some of whose labels say "face", or which has only one
label, loaded as seeing.py does.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from studio.engines.local import seeing

LABEL = "face"
# As sure the network must be of a face that counts (0 to 1).
SURE = 0.5
KIND = "ForObjectDetection"
# Sides (pixels) that a photo is seen at by networks that are taught at several: enough for faces that make it one of
# people. Measured with one of YOLOS-tiny's size: 1.4 seconds of a processor, where the usual 800 and 1333 take 3.3.
SHORTER, LONGER = 512, 1024


class Detector:
    """Counts faces, one photo at a time. For one thread."""

    def __init__(self, eye: seeing.Eye, labels: Collection[int]) -> None:
        self.eye, self._labels = eye, labels

    @torch.inference_mode()
    def count(self, photo: NDArray[np.uint8]) -> int:
        """The faces in a grey picture (h, w) of any size."""
        shown = np.repeat(photo[..., None], 3, axis=2)
        (told,) = self.eye.prepare.post_process_object_detection(self.eye.look(shown), threshold=SURE)
        return sum(int(label) in self._labels for label in told["labels"])


def load(source: str, device: torch.device) -> Detector:
    """The detector in the folder or hub id `source`: a few million numbers. Raises as seeing.load does."""
    eye = seeing.load(source, device, KIND, called="a face detector", lacks="detects no objects")
    labels = {int(number): str(label) for number, label in (eye.network.config.id2label or {}).items()}
    faces = set(labels) if len(labels) == 1 else {number for number, label in labels.items() if LABEL in label.lower()}
    if not faces:
        raise seeing.Unfit(f"The detector in {source} knows no faces, but {', '.join(list(labels.values())[:3])}.")
    own = dict(eye.prepare.size or {})
    if own.get("shortest_edge"):
        eye.prepare.size = {
            "shortest_edge": min(SHORTER, own["shortest_edge"]),
            "longest_edge": min(LONGER, own.get("longest_edge") or LONGER),
        }
    return Detector(eye, faces)


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
