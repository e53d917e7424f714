"""A picture by its stock pipeline, for families whose steps are not ours: each of its steps is a turn of the step loop.

The pipeline runs in a thread of its own. That thread and the loop's hand the device to each other and wait meanwhile,
so only one of them ever uses it; the loop orders, charges, cancels and decodes it like everybody's pictures.
"""

import queue
import threading
from collections.abc import Hashable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from PIL import Image

from studio.engines.base import EngineError
from studio.engines.local import ways
from studio.engines.local.adapters import NOTHING, Additions
from studio.engines.local.device import belong
from studio.engines.local.loading import LoadedModel
from studio.engines.local.lora import NETWORKS
from studio.engines.local.messages import Request
from studio.engines.local.mixing import Pick, mixed
from studio.engines.local.order import OfJob
from studio.engines.local.previews import clearest
from studio.engines.local.ways import Way
from studio.engines.prompts import plain
from studio.job import Job, Stage

# Every weight of these networks works on every 2 x 2 places: 2 operations each, so this many weights do in a place what
# Stable Diffusion 1's UNet does there (0.68 TFLOP for 64 x 64 places).
PLAIN = 0.68e12 / 64**2 * 4 / 2


class Dropped(Exception):
    """Ends a pipeline that nobody wants any more, from within."""


@dataclass(eq=False, slots=True, kw_only=True)
class Turns(OfJob):
    """Output `index` of a job whose pipeline has a thread of its own: `position` of `total` steps of `stage` are done;
    `total` is 0 until it has read what it was given. A subclass says how it is called (`_whole`)."""

    job: Job
    index: int
    seed: int
    model: LoadedModel
    pipeline: Any
    generator: torch.Generator
    stage: Stage = "denoising"
    position: int = 0
    total: int = 0
    finished: bool = False
    seconds: float = 0.0
    turn: int = 0
    _again: bool = False
    _thread: threading.Thread | None = None
    _trouble: Exception | None = None
    # The loop says whether to go on; the pipeline says that it is the loop's turn.
    _go: "queue.SimpleQueue[bool]" = field(default_factory=queue.SimpleQueue)
    _back: "queue.SimpleQueue[None]" = field(default_factory=queue.SimpleQueue)

    @property
    def group(self) -> Hashable:
        """Nobody else's: it shares no step."""
        return id(self)

    @property
    def rows(self) -> int:
        """Guidance takes a second one."""
        return 2 if float(self.job.params["guidance_scale"]) > 1 else 1

    @property
    def size(self) -> int:
        """What one of its rows costs, as a slot's."""
        raise NotImplementedError

    def work(self) -> torch.Tensor | None:
        """Read what it was given, or make one step; after a step its guess at the finished latents
        (1, channels, height, width), where there is one. Raises what the pipeline raises."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=f"alone-{self.job.id}", daemon=True)
            self._thread.start()
        before = self.position
        with self._dressed():
            self._go.put(True)
            self._back.get()
        if self._trouble is not None:
            raise self._trouble
        return self._guess() if self.position > before else None

    def begin_again(self) -> bool:
        """Have it begin anew in its next turn, because a pipeline cannot repeat a step. False the second time."""
        if self._again:
            return False
        self._again, self._thread, self._trouble = True, None, None
        self.stage, self.position, self.total = "denoising", 0, 0
        self.generator.manual_seed(self.seed)
        return True

    def drop(self) -> None:
        """End its thread, wherever it is; one that has ended already is left alone."""
        if self._thread is not None and self._thread.is_alive():
            self._go.put(False)
            self._thread.join()

    def _guess(self) -> torch.Tensor | None:
        return None

    def _dressed(self) -> AbstractContextManager[None]:
        """What is added to the networks for the time of its turn."""
        return nullcontext()

    # The pipeline's thread ------------------------------------------------------------------------------------------

    def _run(self) -> None:
        if not self._go.get():
            return
        try:
            belong(self.model.device)
            self._whole()
            self.finished = True
        except Dropped:
            return
        except Exception as error:  # noqa: BLE001  raised again in the loop's thread
            self._trouble = error.with_traceback(None)
        self._back.put(None)

    def _whole(self) -> None:
        """Everything there is to do, with `_turn_over` after each step but the last."""
        raise NotImplementedError

    def _turn_over(self) -> None:
        self._back.put(None)
        if not self._go.get():
            raise Dropped


@dataclass(eq=False, slots=True, kw_only=True)
class Alone(Turns):
    """Picture `index` of a job. `latents` (1, channels, height, width) are there when it has finished; `picks` are its
    LoRAs."""

    way: Way
    heft: int
    picks: tuple[Pick, ...] = ()
    latents: torch.Tensor = field(init=False)
    _seen: torch.Tensor = field(init=False)

    @property
    def rows(self) -> int:
        """Some take their guidance as a number, and need no second row for it."""
        told = bool(self.model.parts["transformer"].config.get("guidance_embeds"))
        return 2 if float(self.job.params["guidance_scale"]) > 1 and not told else 1

    @property
    def size(self) -> int:
        """As a slot's, places of 8 x 8 pixels, times the `heft` of each: how much more work it is here."""
        width, height = self._sides()
        return width * height // 64 * self.heft

    def _guess(self) -> torch.Tensor:
        return self._laid_out(self._seen)

    @contextmanager
    def _dressed(self) -> Iterator[None]:
        with ExitStack() as stack:
            for name in NETWORKS if self.picks else ():
                if name in self.model.parts:
                    stack.enter_context(mixed(self.model.parts[name], name, [self.picks]))
            yield

    # The pipeline's thread ------------------------------------------------------------------------------------------

    def _whole(self) -> None:
        self.latents = self._laid_out(self._call()).to(self.model.dtype)

    @torch.no_grad()
    def _call(self) -> torch.Tensor:
        params, (width, height) = self.job.params, self._sides()
        inputs = {**self.way.inputs, "width": width, "height": height}
        for name, smooth in (("image", Image.Resampling.LANCZOS), ("mask_image", Image.Resampling.NEAREST)):
            if name in inputs:
                inputs[name] = inputs[name].resize((width, height), smooth)
        with self._watched():
            latents: torch.Tensor = self.pipeline(
                **inputs,
                prompt=plain(params.get("prompt") or ""),
                negative_prompt=plain(params.get("negative_prompt") or "") or None,
                guidance_scale=float(params["guidance_scale"]),
                num_inference_steps=int(params["steps"]),
                generator=self.generator,
                callback_on_step_end=self._stepped,
                output_type="latent",
                return_dict=False,
            )[0]
        return latents

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Have the pipeline stop before its first step, and keep the guess that each step makes of the result."""
        self.pipeline.progress_bar = self._read
        scheduler: Any = self.pipeline.scheduler
        flows = isinstance(scheduler, FlowMatchEulerDiscreteScheduler)
        step = scheduler.step

        def watched(output: torch.Tensor, time: Any, sample: torch.Tensor, **more: Any) -> Any:
            result = step(output, time, sample, **more)
            at = scheduler.step_index - 1 if flows else 0
            self._seen = sample - scheduler.sigmas[at] * output if flows else clearest(scheduler, result[0])
            return result

        scheduler.step = watched
        try:
            yield
        finally:
            # Without them the pipeline no longer points back here, and its tensors go at once.
            del self.pipeline.progress_bar, scheduler.step

    @contextmanager
    def _read(self, total: int) -> Iterator[SimpleNamespace]:
        """In place of the pipeline's progress bar, which it puts up when the words are read and the noise is made."""
        self.total = total
        self._turn_over()
        yield SimpleNamespace(update=lambda: None)

    def _stepped(self, _pipeline: Any, index: int, _time: Any, _tensors: dict[str, Any]) -> dict[str, Any]:
        self.position = index + 1
        if self.position < self.total:  # after the last one nothing is left but to hand over the latents
            self._turn_over()
        return {}

    # ----------------------------------------------------------------------------------------------------------------

    def _sides(self) -> tuple[int, int]:
        """Width and height that the family can make: at least what was asked for."""
        each = self.model.family.multiple
        width, height = (-(-int(self.job.params[side]) // each) * each for side in ("width", "height"))
        return width, height

    def _laid_out(self, latents: torch.Tensor) -> torch.Tensor:
        """(1, channels, height, width), without what is more than was asked for."""
        scale = self.pipeline.vae_scale_factor
        if self.model.family.packed:
            width, height = self._sides()
            latents = self.pipeline._unpack_latents(latents, height, width, scale)
        return latents[..., : int(self.job.params["height"]) // scale, : int(self.job.params["width"]) // scale]


def start(model: LoadedModel, request: Request, additions: Additions = NOTHING) -> list[Alone]:
    """The pictures of `request`, seeds seed, seed + 1, …, none of which has begun. Raises
    EngineError("adapter_unavailable") for embeddings: these pipelines read words in their own ways."""
    for embedding in additions.embeddings:
        raise EngineError("adapter_unavailable", name=embedding.token)
    way, job = ways.of(model, request), request.job
    seeds = [int(job.params["seed"]) + index for index in range(int(job.params["count"]))]
    heft = max(1, round(model.parts["transformer"].num_parameters() / PLAIN))
    # Noise from the CPU's generator is the same on every device.
    return [
        Alone(
            job=job,
            index=index,
            seed=seed,
            model=model,
            pipeline=model.pipeline(way.kind),
            generator=torch.Generator().manual_seed(seed),
            way=way,
            heft=heft,
            picks=additions.picks,
        )
        for index, seed in enumerate(seeds)
    ]
