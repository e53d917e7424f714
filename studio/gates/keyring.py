"""Which API key a request carries: read once, before anything is counted or decided, for every interface of programs.

A request that carries one is its owner's by that key alone: its cookies are not looked at, whatever they say.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from accounts import keys
from accounts.addresses import address_of
from accounts.models import ApiKey
from studio.gates import pathcodes, rates
from studio.gates.rates import Taken
from studio.words.errors import Refused

# Addresses of programs, where no cookie counts at all; at the first of API a cookie does where there is no key.
API = "/api/"
PROGRAMS = ("/v1/", "/sdapi/", "/comfy/")
# Where a connect code opens (studio/gates/pathcodes.py), and where a key may come as the password of HTTP Basic.
CODES = ("/comfy/",)
BASIC = ("/sdapi/",)
# The files that the answers of all of them name; whoever may do one of these may fetch what was made.
FILES = "/media/"
LOOKS = {"read", "generate", "gallery", "comfy"}


@dataclass(frozen=True, slots=True)
class Carried:
    """The key of a request, or why it is refused."""

    key: ApiKey | None = None
    refused: keys.KeyRefused | None = None


def is_for_programs(path: str) -> bool:
    """Whether an interface of programs is at this address."""
    return path.startswith((API, *PROGRAMS))


def read(request: HttpRequest) -> Carried | None:
    """The key in the request's `Authorization`, kept on the request; None where there is none, or where none counts.

    Sets `request.user` to the key's owner and `request.api_key`. What is refused is only told when somebody asks
    (`demand`).
    """
    for_programs = request.path.startswith(PROGRAMS)
    if not for_programs and not request.path.startswith((API, FILES)):
        return None
    secret = secret_of(request)
    if secret is None:
        if for_programs:
            request.user = AnonymousUser()
        return None
    try:
        carried = Carried(keys.identify(secret, address_of(request.META)))
    except keys.KeyRefused as refused:
        carried = Carried(refused=refused)
    if carried.key and request.path.startswith(FILES) and not LOOKS & set(carried.key.scopes):
        carried = Carried(refused=keys.KeyRefused("key_scope", scope="read"))
    use(request, carried)
    return carried


def secret_of(request: HttpRequest) -> str | None:
    """What `Authorization` says as Bearer, as a password where BASIC, as a code where CODES; None for anything else."""
    kind, _space, told = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return told.strip()
    if kind == pathcodes.KIND and request.path.startswith(CODES):
        return told if keys.is_code(told) else ""  # a key that stands in an address opens nothing
    if kind.lower() == "basic" and request.path.startswith(BASIC):
        try:
            return base64.b64decode(told, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return None


def use(request: HttpRequest, carried: Carried) -> None:
    """Let the request be that of the key's owner; for `read`, and for keys that came in another way."""
    request.user = carried.key.owner if carried.key else AnonymousUser()
    request._acached_user = request.user  # type: ignore[attr-defined]  # what Django's `request.auser` gives
    request.api_key = carried.key  # type: ignore[attr-defined]
    request.carried = carried  # type: ignore[attr-defined]


def demand(request: HttpRequest, *scopes: str) -> ApiKey | None:
    """The request's key, if it opens one of `scopes`; None when the request carries none. Raises Refused."""
    carried: Carried | None = getattr(request, "carried", None)
    if carried is None:
        return None
    try:
        if carried.refused is not None:
            raise carried.refused
        assert carried.key is not None
        keys.allow(carried.key, *scopes)
    except keys.KeyRefused as refused:
        raise Refused(refused.code, **refused.params) from None
    return carried.key


def take(key: ApiKey) -> Taken:
    """From the key's bucket and from the one of all keys of its owner; what the emptier of the two said."""
    own = rates.take("key", f"k{key.pk}")
    if not own.allowed:
        return own
    together = rates.take("keys", rates.person(key.owner_id))
    return min((together, own), key=lambda taken: (taken.allowed, taken.left))


def key_of(request: Any) -> ApiKey | None:
    """The key that the request came with, once `read`."""
    key: ApiKey | None = getattr(request, "api_key", None)
    return key
