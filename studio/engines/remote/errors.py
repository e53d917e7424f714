"""What can go wrong with another server, as codes of studio/words/errors.py. Never carries a word of that server."""

from typing import Any

from studio.engines.base import EngineError

# Codes that tell of the server's health rather than of what it was asked; so many in a row open its breaker.
ILL = frozenset({"engine_unreachable", "engine_timeout", "engine_broken", "engine_error", "engine_unauthorised"})

UNAUTHORISED = (401, 402, 403, 407)
BUSY = (429, 503)


class RemoteError(EngineError):
    """`code` is one of `engine_unreachable`, `engine_not_allowed`, `engine_timeout`, `engine_broken`, `engine_error`,
    `engine_unauthorised`, `engine_refused`, `engine_busy`.

    `sent` is False where the request certainly did not reach the server, so that another may be asked. `status` is the
    HTTP status, 0 without an answer. `after` is how many seconds the server asks to wait, None where it does not say.
    """

    def __init__(
        self, code: str, *, sent: bool = True, status: int = 0, after: float | None = None, **params: Any
    ) -> None:
        super().__init__(code, **params)
        self.sent, self.status, self.after = sent, status, after
        # The row of the server that said so; None before one was asked.
        self.server: int | None = None

    @property
    def ill(self) -> bool:
        """Whether it speaks against the server."""
        return self.code in ILL


def of_status(status: int, after: float | None = None) -> RemoteError:
    """The error that an answer with `status` (300 and above) stands for."""
    known = {"status": status, "after": after}
    if status < 400:
        return RemoteError("engine_not_allowed", **known)  # type: ignore[arg-type]  # redirects are not followed
    if status in UNAUTHORISED:
        return RemoteError("engine_unauthorised", **known)  # type: ignore[arg-type]
    if status in BUSY:
        return RemoteError("engine_busy", **known)  # type: ignore[arg-type]
    if status in (408, 504):
        return RemoteError("engine_timeout", **known)  # type: ignore[arg-type]
    return RemoteError("engine_refused" if status < 500 else "engine_error", **known)  # type: ignore[arg-type]
