"""Scenes written as code: who writes them, and where they run (docs/scenes.md)."""

from django.core.exceptions import ImproperlyConfigured

from config.env import env

# Code scenes (docs/scenes.md): the OpenAI-compatible chat model that writes them, by its address and name; without both
# there are none. The key is sent as Bearer token. CHAT_EXTRA: further fields of its requests (JSON). SEES: it looks at
# pictures, so sketches may be sent. How long one answer may take (seconds), and how many are written at once.
CHAT_URL = env.str("BRUSHWIRE_CHAT_URL", default="")
CHAT_MODEL = env.str("BRUSHWIRE_CHAT_MODEL", default="")
CHAT_KEY = env.str("BRUSHWIRE_CHAT_KEY", default="")
CHAT_EXTRA = env.json("BRUSHWIRE_CHAT_EXTRA", default={})
if CHAT_URL and not CHAT_URL.startswith(("http://", "https://")):
    raise ImproperlyConfigured(f"BRUSHWIRE_CHAT_URL must be an http or https address, not {CHAT_URL!r}.")
if not isinstance(CHAT_EXTRA, dict):
    raise ImproperlyConfigured("BRUSHWIRE_CHAT_EXTRA must be a JSON object.")
CHAT_SEES = env.bool("BRUSHWIRE_CHAT_SEES", default=True)
CHAT_TIMEOUT = env.int("BRUSHWIRE_CHAT_TIMEOUT", default=300)
CHAT_AT_ONCE = env.int("BRUSHWIRE_CHAT_AT_ONCE", default=4)
# The origin of the frame that scenes run in, where it has one of its own (https://scenes.example.org): its host answers
# /sandbox/ and /static/ as this one does. Empty: ours; the frame is then without an origin all the same.
SANDBOX_ORIGIN = env.str("BRUSHWIRE_SANDBOX_ORIGIN", default="").rstrip("/")
