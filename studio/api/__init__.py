"""The REST API at /api/v1/: the same commands as the socket, the same errors."""

from studio.api.routes import api, not_found

__all__ = ["api", "not_found"]
