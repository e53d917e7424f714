"""The second factor: whether somebody needs one and has it, and how its secrets are kept."""

import base64
import hashlib
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def suffices(user: Any) -> bool:
    """Whether `user` may use staff powers: with STAFF_SECOND_FACTOR only who has an authenticator app or a passkey.

    Whoever has one is asked for it at every log-in, so having one is enough. Kept on the object.
    """
    if not settings.STAFF_SECOND_FACTOR:
        return True
    known: bool | None = getattr(user, "_has_second_factor", None)
    if known is None:
        from allauth.mfa.models import Authenticator

        strong = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
        known = Authenticator.objects.filter(user_id=user.pk, type__in=strong).exists()
        user._has_second_factor = known
    return known


def seal(text: str) -> str:
    """Encrypt a secret with a key made of SECRET_KEY: a copy of the database alone opens nothing."""
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """The reverse of `seal`; SECRET_KEY_FALLBACKS open, too. Raises cryptography.fernet.InvalidToken."""
    return _box().decrypt(sealed.encode()).decode()


def _box() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    keys = [hashlib.sha256(b"brushwire second factor\0" + secret.encode()).digest() for secret in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])
