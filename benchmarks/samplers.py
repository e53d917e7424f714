"""What a step costs beside the network, by tables and by scheduler objects: `python -m benchmarks.samplers`.

The same latents, answers and noise; the two ways in turns. The rule in studio/engines/local/sampling.py comes from it.
"""

import argparse
import inspect
import time

import torch
from diffusers import DDIMScheduler

from benchmarks import report
from studio.engines.local import (
    prelude,  # noqa: F401  (before everything that imports diffusers)
    samplers,
    sampling,
    tables,
)
from studio.engines.local.sampling import ByScheduler, ByTable, Sampling
from studio.engines.samplers import NAMES

SD = DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False, steps_offset=1)
SIDES = (16, 64)
PEOPLE = (1, 2, 8, 16)
STEPS = 20


def picture(name: str, side: int, kind: type[Sampling], device: torch.device) -> Sampling:
    """One picture of `side` x `side` latents at its first step."""
    scheduler = samplers.scheduler(SD, name)
    scheduler.set_timesteps(STEPS, device=device)
    generator = torch.Generator().manual_seed(1)
    latents = torch.randn(1, 4, side, side, generator=generator).to(device)
    timesteps = list(scheduler.timesteps)
    if kind is ByTable:
        table = tables.of(scheduler, timesteps)
        assert table
        return ByTable(table, latents, generator)
    known = inspect.signature(scheduler.step).parameters
    return ByScheduler(scheduler, timesteps, latents, {"generator": generator} if "generator" in known else {})


def once(name: str, side: int, people: int, kind: type[Sampling], device: torch.device) -> float:
    """Microseconds of a step, beginning and noise included: CPU time, or on CUDA the clock's."""
    clock = time.perf_counter if device.type == "cuda" else time.process_time
    answers = list(torch.randn(people, 4, side, side).to(device).split(1))
    _wait(device)
    began = clock()
    pictures = [picture(name, side, kind, device) for _ in range(people)]
    for step in range(STEPS):
        torch.cat([one.shown(step)[0] for one in pictures])
        sampling.advance([(one, step) for one in pictures], answers)
    _wait(device)
    return (clock() - began) / STEPS * 1e6


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


@torch.no_grad()
def main() -> None:
    """Measure both ways for each sampler, size and number of people, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--print", action="store_true", help="only print, leave docs/benchmarks.md as it is")
    given = parser.parse_args()
    device = torch.device(given.device)
    torch.set_num_threads(1)
    lines = []
    for side in SIDES:
        for name in NAMES:
            row = []
            for people in PEOPLE:
                both = [
                    [once(name, side, people, kind, device) for kind in (ByScheduler, ByTable)]
                    for _ in range(given.rounds)
                ]
                row.append(" / ".join(f"{min(way):.0f}" for way in zip(*both, strict=True)))
            lines.append(f"| {side} × {side} | {name} | " + " | ".join(row) + " |")
            print(lines[-1], flush=True)
    heads = " | ".join(f"{people} at once" for people in PEOPLE)
    body = f"""
Microseconds of a step beside the network, scheduler objects / tables, the least of {given.rounds} rounds in turns on
{device.type}, one thread; {STEPS} steps, each picture's beginning and its noise included.

| latents | sampler | {heads} |
|---|---|{"--:|" * len(PEOPLE)}
""" + "\n".join(lines)
    if not given.print:
        report.write("Samplers by tables", "python -m benchmarks.samplers", body)


if __name__ == "__main__":
    main()
