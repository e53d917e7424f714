"""The samplers a person may choose, by the names people know from other programs. Names and counts only, no torch.

What stands behind a name is studio/engines/local/samplers.py.
"""

NAMES = ("DDIM", "Euler", "Euler a", "DPM++ 2M", "DPM++ 2M Karras", "DPM++ SDE", "UniPC", "LCM", "Heun")
# Families whose steps we make ourselves. The others (flow matching) can only be stepped by their own scheduler.
FAMILIES = {"sd", "sdxl"}
# LCM takes its steps out of the 50 that its models were taught with.
MOST_STEPS = {"LCM": 50}


def offered(family: str) -> tuple[str, ...]:
    """The names to choose from for models of `family`; empty where only the model's own sampler can run."""
    return NAMES if family in FAMILIES else ()


def calls(name: str, steps: int) -> int:
    """How often the model is really asked in `steps` steps of sampler `name`: Heun asks twice, but once at the end."""
    return 2 * steps - 1 if name == "Heun" else steps
