"""What steps and decodings need of the device's memory, learnt from those made and kept over a restart; what is free.

bytes = a + b · rows for each model, kind of work and picture size. It bounds the rows of a step before the memory is
full, and says which size would fit for a picture that does not.
"""

import hashlib
import json
import logging
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeVar

import torch

from studio.engines.local.device import is_out_of_memory

log = logging.getLogger(__name__)

Work = Literal["step", "decode"]
T = TypeVar("T")

# Of what is free so much is counted on: allocators leave gaps.
USABLE = 0.9
# Rows of the first step of a kind; then at most twice as many as were measured, until the limit is known.
FIRST_ROWS = 4
# So many measurements of the same work are enough.
MEASURED_ENOUGH = 3
# Sizes are counted in places of 8 x 8 pixels, as in latents. What a place takes at least, in bytes, for models of which
# nothing is known yet.
PLACE, LEAST_PER_PLACE = 64, 6400
SIDE_STEP, LEAST_SIDE = 8, 64
# What a container (cgroup v2) says of itself.
CONTAINER = Path("/sys/fs/cgroup")
CLEAR_MARKS = Path("/proc/self/clear_refs")


def roomy(work: Callable[[], T], make_room: Callable[[], None]) -> T:
    """What `work` gives; when the memory is full, once more after `make_room`. Raises what the second try raises."""
    try:
        return work()
    except Exception as error:
        if not is_out_of_memory(error):
            raise
    # Outside of the except block the traceback no longer holds the tensors of the failed try.
    make_room()
    return work()


def free(device: torch.device) -> int:
    """Bytes that can be had now, those included that the allocator holds for us."""
    if device.type == "cuda":
        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(torch.cuda.mem_get_info(device)[0]) + unused
    return _meminfo("MemAvailable")


def total(device: torch.device) -> int:
    """All bytes of the device, or of the machine."""
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    return _meminfo("MemTotal")


def _meminfo(name: str) -> int:
    """A line of /proc/meminfo in bytes, bounded by the container's own limit where it has one."""
    lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    found = next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))
    limit = CONTAINER / "memory.max"
    text = limit.read_text("ascii").strip() if limit.is_file() else "max"
    if text == "max":
        return found
    return min(found, int(text) - (_used() if name == "MemAvailable" else 0))


def _used() -> int:
    """Bytes that the container cannot give back. Files that were read, such as a model's, count as used there, and with
    time fill whatever is allowed; the kernel drops them when somebody wants the room, but those that are mapped are in
    use."""
    lines = (line.split() for line in (CONTAINER / "memory.stat").read_text("ascii").splitlines())
    stat = {name: int(size) for name, size in lines}
    files = stat.get("inactive_file", 0) + stat.get("active_file", 0) - stat.get("file_mapped", 0)
    return int((CONTAINER / "memory.current").read_text("ascii")) - max(0, files)


class Gauge:
    """How far the memory in use rises between `start` and `rise`, in bytes. Measures the whole process."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._before = 0

    def start(self) -> bool:
        """Whether it can be measured: some kernels and sandboxes do not let a process clear its own marks."""
        if self._device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self._device)
            self._before = torch.cuda.memory_allocated(self._device)
            return True
        try:
            CLEAR_MARKS.write_text("5", "ascii")  # the highest mark falls to what is used now
            self._before = min(_status("VmRSS"), _status("VmHWM"))
        except (OSError, StopIteration):
            return False
        return True

    def rise(self) -> int:
        if self._device.type == "cuda":
            return int(torch.cuda.max_memory_allocated(self._device)) - self._before
        return max(0, _status("VmHWM") - self._before)


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text("ascii", "replace").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


class MemoryModel:
    """What was measured on one device, kept in a file under `folder` (None: nowhere)."""

    def __init__(self, device: torch.device, folder: Path | None = None) -> None:
        self._device = device
        self._gauge = Gauge(device)
        self._measured: dict[tuple[str, Work, int], dict[int, int]] = {}
        self._times: Counter[tuple[str, Work, int, int]] = Counter()
        self._file = folder / f"memory-{_name(device)}.json" if folder else None
        if self._file is not None and self._file.is_file():
            self._read(self._file)

    def measured(self, model: str, work: Work, area: int, rows: int, call: Callable[[], T]) -> T:
        """What `call` gives; what it needs is measured, unless that is known. `model` is a key of loading.key_of,
        `area` the places of the picture."""
        model = _short(model)
        if self._times[model, work, area, rows] >= MEASURED_ENOUGH or not self._gauge.start():
            return call()
        result = call()
        self._times[model, work, area, rows] += 1
        self._saw((model, work, area), rows, self._gauge.rise())
        return result

    def needs(self, model: str, work: Work, area: int, rows: int) -> int:
        """Bytes that `rows` rows need, by the nearest size that was measured; 0 when none was."""
        model = _short(model)
        known = [key[2] for key in self._measured if key[:2] == (model, work)]
        if not known:
            return 0
        nearest = min(known, key=lambda one: abs(one - area))
        return round(_line(self._measured[model, work, nearest], rows) * area / nearest)

    def rows_that_fit(self, model: str, area: int, most: int) -> int:
        """How many rows a step may have, up to `most`; at least one."""
        rows = self._measured.get((_short(model), "step", area))
        if not rows:
            return min(FIRST_ROWS, most)
        room = free(self._device) * USABLE
        most = min(most, 2 * max(rows))
        return next((one for one in range(most, 1, -1) if self.needs(model, "step", area, one) <= room), 1)

    def size_that_fits(self, model: str, width: int, height: int, rows: int) -> tuple[int, int]:
        """The largest picture of these sides' shape that should fit, smaller than this one, which did not."""
        area = width * height // PLACE
        needs = [self.needs(model, "step", area, rows), self.needs(model, "decode", area, 1), area * LEAST_PER_PLACE]
        share = min(0.5, free(self._device) * USABLE / max(needs)) ** 0.5
        fitting = [max(LEAST_SIDE, int(side * share) // SIDE_STEP * SIDE_STEP) for side in (width, height)]
        return fitting[0], fitting[1]

    def _saw(self, key: tuple[str, Work, int], rows: int, needed: int) -> None:
        """The least of a few measurements: others in this process use memory as well."""
        known = self._measured.setdefault(key, {})
        if rows not in known or needed < known[rows]:
            known[rows] = needed
            self._write()

    def _write(self) -> None:
        if self._file is None:
            return
        lines = [[*key, rows, size] for key, by_rows in self._measured.items() for rows, size in by_rows.items()]
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._file.with_suffix(f".{os.getpid()}")
            fresh.write_text(json.dumps(lines), "ascii")
            fresh.replace(self._file)
        except OSError as error:
            log.warning("What was learnt of the memory cannot be kept: %s", error)

    def _read(self, file: Path) -> None:
        try:
            lines: list[list[Any]] = json.loads(file.read_text("ascii"))
            for model, work, area, rows, size in lines:
                self._measured.setdefault((str(model), work, int(area)), {})[int(rows)] = int(size)
        except (OSError, ValueError, TypeError) as error:
            log.warning("What was learnt of the memory cannot be read, and is learnt again: %s", error)
            self._measured.clear()


def _line(points: dict[int, int], rows: int) -> float:
    """a + b · rows through what was measured; from one number of rows alone all is taken to be by the row."""
    (few, least), (many, most) = min(points.items()), max(points.items())
    if few == many:
        return least * rows / few
    each = max(0.0, (most - least) / (many - few))
    return max(0.0, least - each * few) + each * rows


def _short(model: str) -> str:
    return hashlib.sha256(model.encode()).hexdigest()[:16]


def _name(device: torch.device) -> str:
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
    return "".join(letter if letter.isalnum() else "-" for letter in name).lower()
