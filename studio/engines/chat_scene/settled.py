"""The chat server that the settings name, as a row among the other servers: its health and its breaker are kept there.

The key stays in the environment: it is neither in the database nor shown in the admin.
"""

from urllib.parse import urlsplit

from django.conf import settings

from studio.engines.remote.allow import Allowlist
from studio.engines.remote.servers import Target

KIND = "chat_scene"
NAME = "chat"


def is_on() -> bool:
    """Whether the settings name a server and a model."""
    return bool(settings.CHAT_URL and settings.CHAT_MODEL)


def allowed(target: Target) -> Allowlist:
    """Where `target` may be reached. Who wrote its address into the environment has allowed it by that."""
    named = [_place()] if is_on() and target.base_url == settings.CHAT_URL else []
    return Allowlist([*settings.ENGINE_ALLOWED_HOSTS, *named])


def headers_of(target: Target) -> dict[str, str]:
    """What says who we are: the key of the settings goes to their address only."""
    if settings.CHAT_KEY and target.base_url == settings.CHAT_URL:
        return {"Authorization": f"Bearer {settings.CHAT_KEY}"}
    return target.headers


def _place() -> str:
    parts = urlsplit(settings.CHAT_URL)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
