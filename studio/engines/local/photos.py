"""Photos that the engine process gives their colours: what is asked of it, and what it says. No torch here.

Photos are read and laid out in the worker: in the engine's process nothing but the device's work should be busy.
"""

from collections.abc import Callable
from functools import partial

from studio.engines.base import EngineError, EngineLost
from studio.engines.local.messages import Colours, Done, Failed, Follow, Grey, Lost, Message, Request
from studio.engines.photo import colouring, results
from studio.engines.photo.lab import Floats
from studio.engines.photo.reading import Photo
from studio.engines.photo.way import Way
from studio.job import Job, OnStep, Output, Step

TOOL = "colorize"
# Hands a request to the engine process, and has the other listen to what comes back until it ends.
Ask = Callable[[Request, Follow[None]], None]


def colorize(job: Job, on_step: OnStep, ask: Ask) -> list[Output]:
    """The outputs of a job of the tool colorize: one for each network size that it asks for.

    Raises EngineError: those of photo/reading.py, out_of_memory with the network size that would fit, and
    model_unavailable; EngineLost; lets pass what `on_step` raises.
    """
    return results.colorize(job, on_step, lambda photo, wanted, way: _asked(job, photo, wanted, way, ask))


def _asked(job: Job, photo: Photo, wanted: dict[int, int], way: "Way", ask: Ask) -> dict[int, Floats]:
    """The network's colours of the photo at each of the `wanted` sizes, by output."""
    greys = []
    for index, size in wanted.items():
        way.say(index, "resizing", 0.0)
        greys.append(Grey(index, colouring.prepared(photo, size)))
        way.say(index, "resizing", 1.0)
    found: dict[int, Floats] = {}
    ask(Request(job, greys=tuple(greys)), partial(_follow, found=found, way=way))
    return found


def _follow(
    next_message: Callable[[], Message], *, cancel: Callable[[], None], found: dict[int, Floats], way: "Way"
) -> None:
    """Take in what the engine process says of a request until it ends."""
    while True:
        message = next_message()
        try:
            match message:
                case Colours(index, ab, seconds, network):
                    found[index] = ab
                    way.asked(index, seconds, network)
                case Step():
                    way.heard(message)
                case Done():
                    return
                case Failed(code, params):
                    raise EngineError(code, **params)
                case Lost():
                    raise EngineLost
        except (EngineError, EngineLost):
            raise
        except BaseException:
            cancel()
            raise
