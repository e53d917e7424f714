"""Who asks the API: a program by its key, or our own page by the cookie of a log-in (with the CSRF token)."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja.security import HttpBearer
from ninja.security.session import SessionAuth

from accounts.models import ApiKey, User
from studio.gates import keyring
from studio.words.errors import Refused


class Key(HttpBearer):
    """An API key as Bearer. One that is refused is refused: the cookies beside it are not asked."""

    def __init__(self, *scopes: str) -> None:
        super().__init__()
        self.scopes = scopes

    def __call__(self, request: HttpRequest) -> ApiKey | None:
        return keyring.demand(request, *self.scopes)

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        raise NotImplementedError("the key was read before (studio/gates/keyring.py)")


class Session(SessionAuth):
    """Our own page, by its cookie. Without one nothing is foreign: whoever has no key either is asked to come with
    one."""

    def __call__(self, request: HttpRequest) -> Any:
        return super().__call__(request) if settings.SESSION_COOKIE_NAME in request.COOKIES else None


def by(*scopes: str) -> list[Any]:
    """What `auth=` of a router or an operation takes: a key with one of `scopes`, or a log-in."""
    return [Key(*scopes), Session()]


def bearer(request: HttpRequest, *scopes: str) -> ApiKey:
    """For views outside ninja: the request's key, if it opens one of `scopes`; `request.user` is its owner by then.

    Raises Refused: auth_required (no key), key_invalid, key_revoked, key_expired, key_address, key_scope,
    account_suspended, account_closed. No cookie is looked at; the view is `csrf_exempt`.
    """
    key = keyring.demand(request, *scopes)
    if key is None:
        raise Refused("auth_required")
    return key


def person(request: HttpRequest) -> User:
    """Who asks, behind one of the above."""
    assert isinstance(request.user, User)
    return request.user
