"""DDColor, a network that colours grey photos, and its weights. Everything around it is in studio/engines/photo."""

from studio.engines.local.ddcolor.network import build

__all__ = ["build"]
