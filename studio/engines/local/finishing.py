"""From the last step of a picture to its bytes: which one is worked on now, and what its request hears."""

import logging
import time
from collections.abc import Callable, Iterable
from typing import TypeGuard

import torch
from PIL import Image

from studio.engines.local import decoding
from studio.engines.local.device import is_out_of_memory
from studio.engines.local.memory import MemoryModel, roomy
from studio.engines.local.messages import times
from studio.engines.local.runs import Making, Nearly, Run, Runs
from studio.engines.local.upscaling import Enlargement, Given

log = logging.getLogger(__name__)

# Pictures that are encoded or decoded together; only one while somebody draws live. On a CPU four take longer together
# than one after another (measured on the starter: 35 ms each instead of 24), and a thread beside the steps saves no
# time: the cores are the same.
TOGETHER = {"cpu": 1, "cuda": 4}


# What is said while a picture that was given goes through a network, by the tool.
STAGES = {"upscale": "enlarging", "restore": "cleaning"}


class Finishing:
    """Finishes the pictures in `runs`, a small piece of work at a time: one is decoded, or a tile of one made larger.
    For one thread."""

    def __init__(
        self, runs: Runs, memory: MemoryModel, make_room: Callable[[], None], live: Callable[[], bool]
    ) -> None:
        """`live` says whether somebody draws live."""
        self._runs = runs
        self._memory = memory
        self._make_room = make_room
        self._live = live
        self._larger: dict[Nearly, Enlargement] = {}
        self._decoded: dict[Nearly, torch.Tensor] = {}

    def piece(self) -> None:
        """Work on the picture that has waited longest for it, and end its request when it was the last one."""
        ready = self._runs.undecoded()
        self._larger = {slot: each for slot, each in self._larger.items() if slot in ready}
        self._decoded = {slot: each for slot, each in self._decoded.items() if slot in ready}
        slot = min(ready, key=lambda one: one.turn, default=None)
        if slot is None:
            return
        run = ready[slot]
        began = time.perf_counter()
        try:
            image = roomy(lambda: self._work(slot, run, ready), self._make_room)
        except Exception as error:  # noqa: BLE001  fail logs it and tells it
            growing = self._larger.get(slot)
            if growing is None or not is_out_of_memory(error) or not growing.smaller():
                self._runs.fail(run, error)
            return
        run.worked(time.perf_counter() - began, slot)
        if image is None:
            slot.turn = 1 + max(one.turn for one in ready)  # the others first, before its next tile
            return
        self._send(slot, run, image)

    def _send(self, slot: Nearly, run: Run, image: Image.Image) -> None:
        """The finished picture to its request: its safety checker looks at it first, which may go wrong as well."""
        try:
            picture = roomy(lambda: decoding.picture(slot, image, run.seconds), self._make_room)
        except Exception as error:  # noqa: BLE001  fail logs it and tells it
            self._runs.fail(run, error)
            return
        run.say(picture)
        self._runs.sent(run, slot)

    def _work(self, slot: Nearly, run: Run, ready: Iterable[Nearly]) -> Image.Image | None:
        """The picture, or None while there is more to do."""
        growing = self._larger.get(slot)
        stage = STAGES[slot.job.tool] if isinstance(slot, Given) else "decoding"
        if growing is None:
            run.say(run.step(slot, stage=stage))
            decoded = slot.decoded if isinstance(slot, Given) else self._decode(slot, ready)
            if not isinstance(slot, Given) and times(slot.job) == 1:
                return decoding.pixels(decoded)
            self._larger[slot] = Enlargement(slot.model, decoded, times(slot.job))
            return None
        growing.piece()
        run.say(run.step(slot, stage=stage, step=growing.done, total=growing.total))
        return Image.fromarray(growing.rgb) if growing.done == growing.total else None

    def _decode(self, slot: Making, ready: Iterable[Nearly]) -> torch.Tensor:
        if slot not in self._decoded:
            self._decode_company(slot, ready)
        if slot in self._decoded:
            return self._decoded.pop(slot)
        return self._memory.measured(slot.model.key, "decode", slot.size, 1, lambda: decoding.decode(slot))

    def _decode_company(self, slot: Making, ready: Iterable[Nearly]) -> None:
        """Decode `slot` with others of its kind that wait for it, if there are any; who is not in `_decoded` afterwards
        is decoded alone."""
        most = 1 if self._live() else TOGETHER[slot.model.device.type]
        company = [slot, *(one for one in ready if _alike(one, slot))][:most]
        if len(company) == 1:
            return
        try:
            decoded = decoding.together(company)
        except Exception as error:  # noqa: BLE001  whoever causes it meets it again alone
            log.warning("%s pictures could not be decoded together: %s", len(company), type(error).__name__)
            return
        good = torch.isfinite(decoded).flatten(1).all(1).tolist()
        self._decoded |= {one: each for one, each, fine in zip(company, decoded.split(1), good, strict=True) if fine}


def _alike(one: Nearly, other: Making) -> TypeGuard[Making]:
    """Whether two pictures can be decoded in one call."""
    if one is other or isinstance(one, Given) or one.model is not other.model:
        return False
    return one.latents.shape == other.latents.shape and one.latents.dtype == other.latents.dtype
