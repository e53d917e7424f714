"""The engine of tools that need no model: pictures by classical mathematics alone, never torch. On the queue `cpu`.

`engine` knows which function does which tool; each tool has a module with that function.
"""

from studio.engines.plain.engine import PlainEngine

__all__ = ["PlainEngine"]
