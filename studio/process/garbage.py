"""Python's garbage collector, told that what a process has loaded stays.

Without it a full collection walks through all of that now and then, with everything else standing still: 115 ms in a
web process, as long as sixteen strokes take.
"""

import gc


def load() -> None:
    """Collect nothing while modules are loaded: there is no garbage yet, only more and more to walk through."""
    gc.disable()


def loaded() -> None:
    """Collect again, from now on among new objects only."""
    gc.collect()
    gc.freeze()
    gc.enable()
