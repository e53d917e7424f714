"""From where somebody asks: the one function that reads it, for rates, log-ins, reports and sockets."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from django.conf import settings


def address_of(meta: Mapping[str, Any]) -> str:
    """The IP address of who asks, by `request.META`; "" when it is not known.

    X-Forwarded-For counts only where TRUSTED_PROXIES says how many proxies of ours wrote into it: everything to the
    left of their entries is what the visitor claims.
    """
    text = str(meta.get("REMOTE_ADDR") or "")
    if settings.TRUSTED_PROXIES > 0:
        chain = [part.strip() for part in str(meta.get("HTTP_X_FORWARDED_FOR") or "").split(",") if part.strip()]
        if len(chain) >= settings.TRUSTED_PROXIES:
            text = chain[-settings.TRUSTED_PROXIES]
    return _plain(text)


def address_of_socket(scope: Mapping[str, Any]) -> str:
    """The same by the scope of an ASGI connection."""
    lines = [value.decode("latin1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    client = scope.get("client") or ("", 0)
    return address_of({"REMOTE_ADDR": client[0], "HTTP_X_FORWARDED_FOR": ",".join(lines)})


def network_of(address: str) -> str:
    """Whom a limit for an address holds for: of IPv6 the /64, because one customer has all of that."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(parsed) if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False).network_address)


def _plain(text: str) -> str:
    try:
        parsed = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(parsed, "ipv4_mapped", None)
    return str(mapped or parsed)
