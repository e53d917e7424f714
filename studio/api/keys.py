"""The API's addresses of API keys. Only a key with the scope "account" comes in here: people have a page for theirs,
which asks for the password before it makes one."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from accounts import keys
from accounts.models import ApiKey
from accounts.models.key import NUMBER_MOST
from studio.api.auth import Key, person
from studio.api.bodies import Body
from studio.api.paging import Page, Paged, page
from studio.api.repeated import idempotent
from studio.commands import keyforms
from studio.gates.keyring import key_of
from studio.words.errors import Refused

router = Router(tags=["keys"], auth=[Key("account")])
ScopeName = Literal["read", "generate", "gallery", "boards", "comfy", "webhooks", "account"]


class KeyView(Schema):
    """A key, which its `prefix` tells from others. Null and empty lists mean: no limit besides the owner's own."""

    prefix: str
    name: str
    scopes: list[str]
    models: list[str]
    addresses: list[str]
    images_per_day: int | None
    gpu_seconds_per_day: int | None
    created_at: str
    expires_at: str | None
    used_at: str | None
    used_from: str
    revoked_at: str | None


class NewKeyView(KeyView):
    """A key that was just made. `secret` is told this once: `Authorization: Bearer <secret>`."""

    secret: str


class KeyForm(Body):
    """A new key. What is left out is as with the key that asks, and nothing can be more than that one has."""

    name: str = Field(min_length=1, max_length=60)
    scopes: list[ScopeName] = Field(min_length=1, max_length=20)
    models: list[str] = Field(default_factory=list, max_length=100)
    addresses: list[str] = Field(default_factory=list, max_length=keys.ADDRESSES_MAX)
    images_per_day: int | None = Field(None, ge=0, le=NUMBER_MOST)
    gpu_seconds_per_day: int | None = Field(None, ge=0, le=NUMBER_MOST)
    expires_at: datetime | None = None


@router.get("", response=Page[KeyView])
def own_keys(request: HttpRequest, paged: Query[Paged]) -> Any:
    """One's own keys, revoked ones too, the newest first. Nobody can read a secret again."""
    found, after = page(keys.of(person(request)), paged)
    return {"items": [key_view(each) for each in found], "next": after}


@router.post("", response={201: NewKeyView})
@idempotent
def make_key(request: HttpRequest, body: KeyForm) -> Any:
    """Make a key that can do as much as this one, or less."""
    wish = keys.Wish(**body.dict(exclude={"models"}), model_names=body.models)
    made, secret = keyforms.make(person(request), wish, by=key_of(request))
    return Status(201, key_view(made) | {"secret": secret})


@router.get("/{prefix}", response=KeyView)
def one_key(request: HttpRequest, prefix: str) -> Any:
    """One of one's own keys."""
    return key_view(_find(request, prefix))


@router.delete("/{prefix}", response={204: None})
def revoke_key(request: HttpRequest, prefix: str) -> Any:
    """Revoke a key at once; the sockets that it opened are closed. Revoking it again changes nothing."""
    keys.revoke(_find(request, prefix), person(request))
    return Status(204, None)


def key_view(key: ApiKey) -> dict[str, Any]:
    """A key as the API tells of it."""
    plain = ("prefix", "name", "scopes", "addresses", "images_per_day", "gpu_seconds_per_day", "used_from")
    told = {name: getattr(key, name) for name in plain} | {"models": key.model_names}
    moments = {name: getattr(key, name) for name in ("created_at", "expires_at", "used_at", "revoked_at")}
    return told | {name: moment.isoformat() if moment else None for name, moment in moments.items()}


def _find(request: HttpRequest, prefix: str) -> ApiKey:
    found: ApiKey | None = keys.of(person(request)).filter(prefix=prefix[:16]).first()
    if found is None:
        raise Refused("not_found")
    return found
