"""API keys: what they may allow, making one, finding one by its secret, revoking it.

A secret is `bw_<prefix>_<random>`, a connect code's `bwc_<prefix>_<random>`: the prefix names the row, the random part
has 256 bits. Only its SHA-256 is kept; a slow hash would protect nothing that is guessable and would cost every request
its time.
"""

import hashlib
import hmac
import ipaddress
import re
import secrets
import string
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import records
from accounts.models import ApiKey, User
from accounts.signals import access_revoked

# How coarse "last used" is, in seconds: at most one UPDATE a key in this time.
USED_EVERY = 60
NAME_MAX, ADDRESSES_MAX = 60, 20
_PREFIX = string.ascii_lowercase + string.digits
_RANDOM = string.ascii_letters + string.digits
_SHAPE = re.compile(r"(bwc?)_([a-z0-9]{10})_[A-Za-z0-9]{43}")
KEY, CODE = "bw", "bwc"
# Compared with where no row is found, so that an unknown prefix takes as long as a known one.
_NOBODYS = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class Scope:
    """What a key may do, in plain words."""

    title: str | Promise
    words: str | Promise


SCOPES: dict[str, Scope] = {
    "read": Scope(_("Look"), _("See your pictures, boards, collections and what is being made.")),
    "generate": Scope(
        _("Make pictures"), _("Ask for pictures, upload what they are made from, and stop them. Takes from your quota.")
    ),
    "gallery": Scope(_("Change the gallery"), _("Describe, publish, collect and delete your pictures.")),
    "boards": Scope(_("Change boards"), _("Save, rename, share and delete your boards.")),
    "comfy": Scope(_("Stand in for ComfyUI"), _("Make pictures from programs that were written for a ComfyUI server.")),
    "webhooks": Scope(_("Webhooks"), _("Choose which addresses are told when something happens.")),
    "account": Scope(_("Manage keys"), _("Make and revoke keys. None of them can do more than this one.")),
}


class KeyRefused(Exception):
    """The key does not open this. `code` is one of studio/words/errors.py; `params` fill its sentence."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


class Unfit(Exception):
    """A key cannot be made like this. `field` says of what, `code` why: required, too_long, unknown, bad_address,
    too_many, past, more_than_own."""

    def __init__(self, field: str, code: str, **params: Any) -> None:
        super().__init__(f"{field}: {code}")
        self.field, self.code, self.params = field, code, params


class TooMany(Exception):
    """The person has as many keys as one may have (settings.API_KEYS_PER_PERSON)."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A key as somebody wants it; the fields are those of ApiKey."""

    name: str
    scopes: Sequence[str]
    model_names: Sequence[str] = ()
    images_per_day: int | None = None
    gpu_seconds_per_day: int | None = None
    addresses: Sequence[str] = ()
    expires_at: datetime | None = None


def find(secret: str, *, scope: str, address: str) -> ApiKey:
    """The key with this secret, if it opens `scope` for somebody at the IP `address` now; its owner comes with it.

    Raises KeyRefused: key_invalid, key_revoked, key_expired, key_address, key_scope, account_suspended, account_closed.
    """
    key = identify(secret, address)
    allow(key, scope)
    return key


def identify(secret: str, address: str) -> ApiKey:
    """The key with this secret, whatever it is wanted for, and note that it is used. Raises as `find`, no key_scope."""
    shape = _SHAPE.fullmatch(secret)
    rows = ApiKey.objects.select_related("owner")
    known = rows.filter(prefix=shape[2], in_path=shape[1] == CODE).first() if shape else None
    # First whether it is the right one: whoever has only a prefix learns nothing of the key's state.
    same = hmac.compare_digest(digest(secret), known.key_hash if known else _NOBODYS)
    if known is None or not same:
        raise KeyRefused("key_invalid")
    _check(known, address)
    _note(known, address)
    return known


def allow(key: ApiKey, *scopes: str) -> None:
    """KeyRefused("key_scope") unless the key has one of `scopes`."""
    if not set(scopes) & set(key.scopes):
        raise KeyRefused("key_scope", scope=scopes[0])


def is_code(secret: str) -> bool:
    """Whether it looks like a connect code."""
    return secret.startswith(f"{CODE}_")


def make_code(owner: User, name: str, expires_at: datetime | None = None) -> tuple[ApiKey, str]:
    """A new connect code of `owner`, and itself, which nobody can read again. Raises like `make`."""
    return make(owner, Wish(name, ["comfy"], expires_at=expires_at), in_path=True)


def make(owner: User, wish: Wish, *, by: ApiKey | None = None, in_path: bool = False) -> tuple[ApiKey, str]:
    """A new key of `owner` and its secret, which nobody can read again. Recorded in the same transaction.

    One that is made with the key `by` can do no more than that one; `in_path` makes a connect code. Raises Unfit,
    TooMany.
    """
    fields = _clean(wish)
    if by is not None:
        _within(fields, by)
    prefix = "".join(secrets.choice(_PREFIX) for _ in range(10))
    secret = f"{CODE if in_path else KEY}_{prefix}_{''.join(secrets.choice(_RANDOM) for _ in range(43))}"
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=owner.pk)
        if ApiKey.objects.living().filter(owner=owner).count() >= settings.API_KEYS_PER_PERSON:
            raise TooMany
        key = ApiKey.objects.create(owner=owner, prefix=prefix, key_hash=digest(secret), in_path=in_path, **fields)
        told = {"prefix": prefix, "scopes": key.scopes, "with": by.prefix if by else ""}
        records.record(owner, "key_create", key, after=told)
    return key, secret


def revoke(key: ApiKey, actor: User | None) -> bool:
    """End a key at once, and close the sockets that it opened; False when it was revoked before."""
    with transaction.atomic():
        if not ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()):
            return False
        records.record(actor, "key_revoke", key, after={"prefix": key.prefix})
        close_sockets([key])
    key.refresh_from_db(fields=["revoked_at"])
    return True


def of(owner: User) -> Any:
    """The person's keys, revoked ones too, the newest first."""
    return ApiKey.objects.filter(owner=owner)


def close_sockets(keys: Iterable[ApiKey]) -> None:
    """Close what is open by these keys, after the transaction."""
    for key in keys:
        access_revoked.send(sender=None, user_id=key.owner_id, session_key=key.socket_name)


def living(names: Collection[str]) -> set[str]:
    """Those of the keys' socket names whose key and owner may still come in."""
    by_name = {name.partition(":")[2]: name for name in names}
    rows = ApiKey.objects.living().filter(prefix__in=list(by_name)).select_related("owner")
    return {by_name[key.prefix] for key in rows if not _shut_out(key.owner)}


def digest(secret: str) -> str:
    """SHA-256 of a secret, hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


def network(text: str) -> str:
    """An address or a network as it is kept ("192.0.2.7", "192.0.2.0/24"). Raises ValueError."""
    found = ipaddress.ip_network(text.strip(), strict=False)
    return str(found.network_address if found.num_addresses == 1 else found)


def _check(key: ApiKey, address: str) -> None:
    if key.revoked_at is not None:
        raise KeyRefused("key_revoked")
    if key.is_expired:
        raise KeyRefused("key_expired")
    shut = _shut_out(key.owner)
    if shut:
        raise KeyRefused(shut)
    if key.addresses and not _within_networks(address, key.addresses):
        raise KeyRefused("key_address")


def _shut_out(owner: User) -> str:
    """The code of the reason why the owner may not come in; "" when they may."""
    if owner.is_suspended:
        return "account_suspended"
    return "account_closed" if owner.is_closed or not owner.is_active else ""


def _within_networks(address: str, networks: Iterable[str]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in ipaddress.ip_network(each) for each in networks)


def _note(key: ApiKey, address: str) -> None:
    now = timezone.now()
    if key.used_at is None or key.used_at < now - timedelta(seconds=USED_EVERY):
        ApiKey.objects.filter(pk=key.pk).update(used_at=now, used_from=address)
        key.used_at, key.used_from = now, address


def _clean(wish: Wish) -> dict[str, Any]:
    name = " ".join(wish.name.split())
    if not name:
        raise Unfit("name", "required")
    if len(name) > NAME_MAX:
        raise Unfit("name", "too_long", limit=NAME_MAX)
    if not wish.scopes:
        raise Unfit("scopes", "required")
    if set(wish.scopes) - set(SCOPES):
        raise Unfit("scopes", "unknown")
    if wish.expires_at is not None and wish.expires_at <= timezone.now():
        raise Unfit("expires_at", "past")
    return {
        "name": name,
        "scopes": [scope for scope in SCOPES if scope in wish.scopes],
        "model_names": sorted(set(wish.model_names)),
        "images_per_day": wish.images_per_day,
        "gpu_seconds_per_day": wish.gpu_seconds_per_day,
        "addresses": _networks(wish.addresses),
        "expires_at": wish.expires_at,
    }


def _networks(addresses: Sequence[str]) -> list[str]:
    if len(addresses) > ADDRESSES_MAX:
        raise Unfit("addresses", "too_many", limit=ADDRESSES_MAX)
    try:
        return list(dict.fromkeys(network(each) for each in addresses))
    except ValueError:
        raise Unfit("addresses", "bad_address") from None


def _within(fields: dict[str, Any], by: ApiKey) -> None:
    """Give `fields` what `by` is bound to where nothing was said; Unfit("…", "more_than_own") where more was."""
    if set(fields["scopes"]) - set(by.scopes):
        raise Unfit("scopes", "more_than_own")
    for name in ("images_per_day", "gpu_seconds_per_day", "expires_at"):
        own = getattr(by, name)
        fields[name] = own if fields[name] is None else fields[name]
        if own is not None and fields[name] > own:
            raise Unfit(name, "more_than_own")
    fields["model_names"] = fields["model_names"] or list(by.model_names)
    if by.model_names and set(fields["model_names"]) - set(by.model_names):
        raise Unfit("model_names", "more_than_own")
    fields["addresses"] = fields["addresses"] or list(by.addresses)
    own_networks = [ipaddress.ip_network(each) for each in by.addresses]
    for each in map(ipaddress.ip_network, fields["addresses"]):
        inside = (own for own in own_networks if own.version == each.version)
        if own_networks and not any(each.subnet_of(own) for own in inside):  # type: ignore[arg-type]
            raise Unfit("addresses", "more_than_own")
