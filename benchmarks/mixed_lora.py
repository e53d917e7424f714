"""What LoRAs cost in a shared step: operations and processor time, mixed against none and against one after another.

    python -m benchmarks.mixed_lora            prints
    python -m benchmarks.mixed_lora --write    and puts it into docs/benchmarks.md

A UNet laid out as Stable Diffusion 1.5's (128 attention layers, narrower), five rows: A, B, none, A, C.
"""

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import torch
from diffusers import UNet2DConditionModel
from torch.utils._python_dispatch import TorchDispatchMode

from benchmarks import report
from studio.engines.local.lora import Change, Lora
from studio.engines.local.mixing import Pick, mixed

ROUNDS = 9
RANK = 16
TARGETS = ("to_q", "to_k", "to_v", "to_out.0")
# Operations that only look at memory another way start nothing on a device.
VIEWS = {
    "view",
    "_unsafe_view",
    "t",
    "transpose",
    "permute",
    "expand",
    "slice",
    "unsqueeze",
    "reshape",
    "split",
    "chunk",
}
VIEWS |= {"detach", "alias", "select", "squeeze", "as_strided", "split_with_sizes", "unbind", "narrow"}


class Counting(TorchDispatchMode):
    """Counts the operations that compute something."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += func.overloadpacket.__name__ not in VIEWS
        return func(*args, **(kwargs or {}))


def lora(unet: torch.nn.Module, seed: int) -> Lora:
    """A LoRA of random numbers on every attention layer."""
    numbers = torch.Generator().manual_seed(seed)
    changes = {
        name: Change(
            torch.randn(RANK, module.in_features, generator=numbers) * 0.1,
            torch.randn(module.out_features, RANK, generator=numbers) * 0.1,
        )
        for name, module in unet.named_modules()
        if name.endswith(TARGETS) and isinstance(module, torch.nn.Linear)
    }
    return Lora({"unet": changes})


def main() -> None:
    torch.manual_seed(0)
    widths = (64, 128, 256, 256)
    unet: Any = UNet2DConditionModel(block_out_channels=widths, cross_attention_dim=256, sample_size=32)
    unet.eval()
    a, b, c = ((Pick(lora(unet, seed), 0.8),) for seed in range(3))
    rows = [a, b, (), a, c]
    given = torch.randn(5, 4, 32, 32), torch.full((5,), 500.0), torch.randn(5, 77, 256)

    @torch.no_grad()
    def step(worn: list[tuple[Pick, ...]], at: slice = slice(None)) -> torch.Tensor:
        with mixed(unet, "unet", worn):
            answer: torch.Tensor = unet(given[0][at], given[1][at], given[2][at], return_dict=False)[0]
            return answer

    def grouped() -> None:
        for worn, at in ((a, [0, 3]), (b, [1]), ((), [2]), (c, [4])):
            with torch.no_grad(), mixed(unet, "unet", [worn] * len(at)):
                unet(*(part[at] for part in given), return_dict=False)

    ways: dict[str, Callable[[], object]] = {
        "no LoRA": lambda: step([()] * 5),
        "one LoRA for all rows": lambda: step([a] * 5),
        "A, B, none, A, C in one step": lambda: step(rows),
        "the same in four steps, one a LoRA": grouped,
    }
    together, alone = step(rows), [step([worn], slice(at, at + 1)) for at, worn in enumerate(rows)]
    apart = max(float((together[at] - one[0]).abs().max()) for at, one in enumerate(alone))
    counts = {name: counted(way) for name, way in ways.items()}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            began = time.process_time()
            way()
            times[name].append(time.process_time() - began)
    text = table(counts, {name: statistics.median(spent) for name, spent in times.items()})
    most = together.abs().max()
    text += f"\n\nA row's noise differs from that of the same row alone by at most {apart:.1e} (values to {most:.1f})."
    if "--write" in sys.argv:
        report.write("LoRAs in a shared step", "python -m benchmarks.mixed_lora --write", text)
    else:
        print(text)


def counted(way: Callable[[], object]) -> int:
    way()
    with Counting() as counting:
        way()
    return counting.count


def table(counts: dict[str, int], times: dict[str, float]) -> str:
    """Operations and processor time of each way, and how they compare with the first."""
    lines = ["| five rows, 128 attention layers, rank 16 | operations | | CPU ms | |", "|---|--:|--:|--:|--:|"]
    first = next(iter(counts))
    for name, count in counts.items():
        times_more, slower = count / counts[first], times[name] / times[first]
        lines.append(f"| {name} | {count} | {times_more:.2f}x | {times[name] * 1000:.0f} | {slower:.2f}x |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
