"""Connect codes: `/comfy/c/<code>/…` is `/comfy/…` with the code in a header, for HTTP and sockets, before all else.

Behind this door no part of the studio sees a code in an address, so none can log one, answer one or cache by one.
`keyring.py` reads the header. What daphne itself logs is masked in config/server.py.
"""

import re
from typing import Any

PATH = re.compile(r"/comfy/c/(?P<code>[^/]+)(?P<rest>/.*)?", re.DOTALL)
# The kind of `Authorization`; our own, so that a key that somebody puts into an address opens nothing.
KIND = "Code"


class CodeInPath:
    """An ASGI application around `inner`."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        return await self.inner(without_code(scope), receive, send)


def without_code(scope: dict[str, Any]) -> dict[str, Any]:
    """`scope`, or where its path has a code a copy that has it in its `Authorization`, whatever stood there before."""
    found = PATH.fullmatch(scope.get("path", ""))
    if found is None:
        return scope
    path = f"/comfy{found['rest'] or ''}"
    told = f"{KIND} {found['code']}".encode("latin1", "replace")
    headers = [(name, value) for name, value in scope["headers"] if name.lower() != b"authorization"]
    changed: dict[str, Any] = {"path": path, "headers": [*headers, (b"authorization", told)]}
    if "raw_path" in scope:
        changed["raw_path"] = path.encode()
    return scope | changed
