"""From the last step of a picture to its bytes: which one is worked on now, and what its request hears."""

import time
from collections.abc import Callable

import torch
from PIL import Image

from studio.engines.local import decoding
from studio.engines.local.memory import MemoryModel, roomy
from studio.engines.local.messages import enlarges
from studio.engines.local.runs import Making, Nearly, Run, Runs
from studio.engines.local.upscaling import Enlargement, Given


class Finishing:
    """Finishes the pictures in `runs`, a small piece of work at a time: one is decoded, or a tile of one made larger.
    For one thread."""

    def __init__(self, runs: Runs, memory: MemoryModel, make_room: Callable[[], None]) -> None:
        self._runs = runs
        self._memory = memory
        self._make_room = make_room
        self._larger: dict[Nearly, Enlargement] = {}

    def piece(self) -> None:
        """Work on the picture that has waited longest for it, and end its request when it was the last one."""
        ready = self._runs.undecoded()
        self._larger = {slot: each for slot, each in self._larger.items() if slot in ready}
        slot = min(ready, key=lambda one: one.turn, default=None)
        if slot is None:
            return
        run = ready[slot]
        began = time.perf_counter()
        try:
            image = roomy(lambda: self._work(slot, run), self._make_room)
        except Exception as error:  # noqa: BLE001  fail logs it and tells it
            self._runs.fail(run, error)
            return
        run.worked(time.perf_counter() - began, slot)
        if image is None:
            slot.turn = 1 + max(one.turn for one in ready)  # the others first, before its next tile
            return
        run.say(decoding.picture(slot, image, run.seconds))
        self._runs.sent(run, slot)

    def _work(self, slot: Nearly, run: Run) -> Image.Image | None:
        """The picture, or None while there is more to do."""
        growing = self._larger.get(slot)
        if growing is None:
            run.say(run.step(slot, stage="decoding"))
            decoded = slot.decoded if isinstance(slot, Given) else self._decode(slot)
            if not isinstance(slot, Given) and not enlarges(slot.job):
                return decoding.pixels(slot, decoded)
            self._larger[slot] = Enlargement(slot.model, decoded)
            return None
        growing.piece()
        run.say(run.step(slot, stage="decoding", step=growing.done, total=growing.total))
        return Image.fromarray(growing.rgb) if growing.done == growing.total else None

    def _decode(self, slot: Making) -> torch.Tensor:
        return self._memory.measured(slot.model.key, "decode", slot.size, 1, lambda: decoding.decode(slot))
