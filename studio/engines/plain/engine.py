"""Which function does which tool, loaded when it is first asked for."""

from collections.abc import Callable
from typing import cast

from django.utils.module_loading import import_string

from studio.engines.base import EngineError
from studio.job import Job, OnStep, Output

Make = Callable[[Job, OnStep], list[Output]]

# Tool -> its function. By name: NumPy and SciPy are read when somebody needs them.
WAYS = {
    "colorize": "studio.engines.plain.colorize.colorize",
    "restore": "studio.engines.plain.restore.restore",
    "upscale": "studio.engines.plain.upscale.upscale",
    "sketch_to_3d": "studio.engines.plain.sketch_to_3d.sketch_to_3d",
    "world": "studio.engines.plain.world.world",
}


class PlainEngine:
    """Works in the caller's own thread; may be used by several. See studio/engines/base.py."""

    def run(self, job: Job, on_step: OnStep) -> list[Output]:
        """Raises EngineError("unknown_tool"), and what the tool's function raises."""
        if job.tool not in WAYS:
            raise EngineError("unknown_tool")
        return cast(Make, import_string(WAYS[job.tool]))(job, on_step)
