"""The local engine: diffusers pipelines on this machine's own device. Importing this package loads torch."""

from studio.engines.local import prelude  # noqa: F401  (before everything that imports torch or diffusers)
from studio.engines.local.engine import LocalEngine

__all__ = ["LocalEngine"]
