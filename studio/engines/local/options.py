"""What an operator may set for the local engine, read from its environment. deploy/env.example explains it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

ROOT = Path(__file__).resolve().parents[3]
LIVE_STEP = 0.1
Mode = Literal["off", "compile", "graphs"]
MODES: tuple[Mode, ...] = ("off", "compile", "graphs")


@dataclass(frozen=True, slots=True)
class Options:
    """`model_memory` is how much memory models may take, in bytes, 0 for a share of it. `live_step` is how long a step
    may take while somebody draws live, in seconds. `compile` is compiling.py's. `folder` is where the engine keeps what
    it has learnt of the device, None for nowhere."""

    model_memory: int = 0
    live_step: float = LIVE_STEP
    compile: Mode = "off"
    folder: Path | None = None

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """From variables; ValueError for one that makes no sense: an operator wants no silent replacement."""
        return cls(
            model_memory=round(_number(environment, "BRUSHWIRE_MODEL_MEMORY", 0.0) * 1e9),
            live_step=_number(environment, "BRUSHWIRE_LIVE_STEP", LIVE_STEP),
            compile=_mode(environment),
            folder=Path(environment.get("BRUSHWIRE_VAR") or ROOT / "var") / "engine",
        )


def _mode(environment: Mapping[str, str]) -> Mode:
    text = (environment.get("BRUSHWIRE_COMPILE") or "off").strip().lower()
    for mode in MODES:
        if text == mode:
            return mode
    raise ValueError(f"BRUSHWIRE_COMPILE={text}: use {', '.join(MODES)}.")


def _number(environment: Mapping[str, str], name: str, default: float) -> float:
    text = (environment.get(name) or "").strip()
    try:
        number = float(text) if text else default
    except ValueError:
        number = -1.0
    if text and number <= 0:
        raise ValueError(f"{name}={text}: use a number above 0.")
    return number
