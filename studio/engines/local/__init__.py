"""The local engine: diffusers pipelines on this machine's own device. Importing this package loads torch."""

from studio.engines.local import quiet  # noqa: F401  (before everything that imports diffusers)
from studio.engines.local.engine import LocalEngine

__all__ = ["LocalEngine"]
