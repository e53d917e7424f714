"""What the handshake of a socket tells about its page: the language of the person."""

from typing import Any

from django.utils import translation


def language_of(scope: dict[str, Any]) -> str:
    """As Django finds it for a page: by the cookie, else by what the browser accepts."""
    return translation.get_language_from_request(_Handshake(scope))  # type: ignore[arg-type]


class _Handshake:
    """What Django's language detection asks of a request."""

    def __init__(self, scope: dict[str, Any]) -> None:
        headers = dict(scope["headers"])
        self.COOKIES = scope.get("cookies", {})
        self.META = {"HTTP_ACCEPT_LANGUAGE": headers.get(b"accept-language", b"").decode("latin1")}
