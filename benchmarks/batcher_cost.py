"""What the batcher costs over the bare pipeline at one request: `python -m benchmarks.batcher_cost`.

CPU time of the process, the two ways in turns on the same weights: diffusers' own call with nothing around it, and the
same picture through the step loop, with a preview of every step and all messages. Both end with the picture's pixels.
"""

import argparse
import os
import statistics
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("BRUSHWIRE_TORCH_THREADS", "1")

import torch

from benchmarks import report
from studio.engines.local.engine import DeviceEngine
from studio.engines.local.loading import LoadedModel, load
from studio.job import Job, ModelRef, Step

STARTER = Path(__file__).resolve().parent.parent / "starter" / "weights"
MODEL = ModelRef("starter", "sd", str(STARTER))
SIDE, GUIDANCE = 128, 3.5
PROMPT = "a red house on the grass, sunny day"


def bare(model: LoadedModel, steps: int, seed: int) -> float:
    """CPU seconds of one picture by the stock pipeline alone."""
    pipeline = model.pipeline(model.stock("noise"))
    began = time.process_time()
    pipeline(
        PROMPT,
        width=SIDE,
        height=SIDE,
        num_inference_steps=steps,
        guidance_scale=GUIDANCE,
        generator=torch.Generator().manual_seed(seed),
    )
    return time.process_time() - began


def batched(engine: DeviceEngine, steps: int, seed: int, previews: list[int]) -> float:
    """CPU seconds of the same picture through the step loop."""
    params: dict[str, Any] = {"prompt": PROMPT, "negative_prompt": "", "guidance_scale": GUIDANCE, "steps": steps}
    params |= {"seed": seed, "count": 1, "width": SIDE, "height": SIDE}
    # Nothing is remembered of the words: the bare pipeline reads them each time as well.
    job = Job("bench", "text_to_image", params | {"prompt": f"{PROMPT} {seed}"}, {}, MODEL)

    def listen(step: Step) -> None:
        previews.append(step.preview is not None)

    began = time.process_time()
    engine.run(job, listen)
    return time.process_time() - began


def main() -> None:
    """Measure in turns and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--steps", type=int, default=16)
    parser.add_argument("--print", action="store_true", help="only print, leave docs/benchmarks.md as it is")
    given = parser.parse_args()
    engine = DeviceEngine("cpu")
    model = load(MODEL, torch.device("cpu"))
    previews: list[int] = []
    pairs = [
        (bare(model, given.steps, seed), batched(engine, given.steps, seed, previews))
        for seed in range(given.rounds + 2)
    ]
    alone, ours = zip(*pairs[2:], strict=True)  # two rounds to warm up
    ratios = [b / a for a, b in zip(alone, ours, strict=True)]
    body = f"""
Starter model, {SIDE} × {SIDE}, {given.steps} steps with guidance, {engine.threads} torch threads, {given.rounds} pairs
in turns; {sum(previews) / len(pairs):.0f} previews a picture.

| CPU time, milliseconds | p50 | p95 | least |
|---|--:|--:|--:|
| bare pipeline | {report.summary(alone)} |
| through the step loop, alone in it | {report.summary(ours)} |

Ratio: of the medians {statistics.median(ours) / statistics.median(alone):.3f}, of the least
{min(ours) / min(alone):.3f}, pair by pair p50 {report.percentile(ratios, 0.5):.3f}.
"""
    if given.print:
        print(body)
    else:
        report.write(
            "Cost of the batcher at one request", "python -m benchmarks.batcher_cost", body,
            {"p50": report.percentile(ratios, 0.5)},
        )  # fmt: skip


if __name__ == "__main__":
    main()
