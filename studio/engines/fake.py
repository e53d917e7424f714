"""An engine for tests: deterministic pictures without a model. Its mood is set by words in the prompt.

`slow:0.2` waits that many seconds a step, `until:/tmp/go` stays half way until there is such a file and can be stopped
meanwhile (`until:/tmp/go@1` only in the picture with that index), `fail:out_of_memory` raises that error half way,
`hang` never returns from its second step, `crash` ends the whole process there (as the out-of-memory killer would),
`raise` has a bug.
"""

import hashlib
import io
import os
import signal
import time
from pathlib import Path

from PIL import Image

from studio.engines.base import EngineError
from studio.job import Job, OnStep, Output, Preview, Step


class FakeEngine:
    """Paints a flat colour drawn from prompt and seed, in `steps` steps from black."""

    def run(self, job: Job, on_step: OnStep) -> list[Output]:
        """See engines/base.py."""
        count = job.params["count"]
        on_step(Step("encoding", count=count))
        for data in job.inputs.values():
            _check_input(data)
        return [self._paint(job, index, count, on_step) for index in range(count)]

    def _paint(self, job: Job, index: int, count: int, on_step: OnStep) -> Output:
        seed = job.params["seed"] + index
        words = dict(word.partition(":")[::2] for word in job.params["prompt"].split())
        total = _real_steps(job)
        colour = hashlib.sha256(f"{job.params['prompt']} {seed}".encode()).digest()[:3]

        def tell(step: int) -> None:
            shade = bytes(channel * step // total for channel in colour)
            on_step(Step("denoising", step, total, index, count, Preview(8, 8, shade * 64)))

        for step in range(1, total + 1):
            time.sleep(float(words.get("slow", 0)))
            if step * 2 >= total:
                _misbehave(words)
                while _is_held(words.get("until", ""), index):
                    tell(step - 1)
                    time.sleep(0.05)
            tell(step)
        on_step(Step("decoding", index=index, count=count))
        picture = Image.new("RGB", (job.params["width"], job.params["height"]), tuple(colour))
        out = io.BytesIO()
        picture.save(out, job.media_type.removeprefix("image/"))
        return Output(out.getvalue(), job.media_type, seed, {"steps": total})


def _real_steps(job: Job) -> int:
    if "strength" in job.params and job.tool != "text_to_image":
        return int(job.params["steps"] * job.params["strength"])
    return int(job.params["steps"])


def _is_held(until: str, index: int) -> bool:
    file, _, only = until.partition("@")
    return bool(file) and only in ("", str(index)) and not Path(file).exists()


def _misbehave(words: dict[str, str]) -> None:
    if "fail" in words:
        raise EngineError(words["fail"], width=64, height=64)
    if "raise" in words:
        raise ZeroDivisionError("the fake engine was asked to have a bug")
    if "crash" in words:
        os.kill(os.getpid(), signal.SIGKILL)
    while "hang" in words:
        time.sleep(3600)


def _check_input(data: bytes) -> None:
    try:
        Image.open(io.BytesIO(data)).load()
    except (OSError, SyntaxError, ValueError):
        raise EngineError("invalid_image") from None
