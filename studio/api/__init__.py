"""The REST API at /api/v1/: the same commands as the socket, the same errors."""

from studio.api.routes import api

__all__ = ["api"]
