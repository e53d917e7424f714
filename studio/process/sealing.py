"""Seals secrets that we have to hand on (another server's key), so that the database alone does not give them away.

The key comes from SECRET_KEY; what was sealed with one of SECRET_KEY_FALLBACKS is still read, until `renewed` has
sealed it anew. What we only compare (our own API keys) is hashed instead.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"brushwire: secrets to hand on"


class Unreadable(Exception):
    """It was sealed with a key that is gone, or it is damaged."""


def seal(secret: str) -> str:
    """`secret` encrypted and authenticated, as text; "" stays "". Twice the same gives different texts."""
    return _box().encrypt(secret.encode()).decode() if secret else ""


def unseal(sealed: str) -> str:
    """The secret again. Raises Unreadable."""
    if not sealed:
        return ""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


def renewed(sealed: str) -> str:
    """The same secret under today's key: `sealed` itself where it is. Raises Unreadable."""
    if not sealed:
        return ""
    try:
        _fernet(settings.SECRET_KEY).decrypt(sealed.encode())
    except InvalidToken:
        return seal(unseal(sealed))
    return sealed


def _box() -> MultiFernet:
    return MultiFernet([_fernet(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _fernet(key: str) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=PURPOSE).derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
