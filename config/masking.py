"""Secrets that stand in addresses and messages do not reach the logs: connect codes, links, API keys.

nginx's own log leaves out the same (deploy/nginx/brushwire.conf).
"""

import logging
import re

from studio.process.loglines import JsonLine

# Whatever stands where a code belongs, and what looks like one of our secrets anywhere; its prefix may be shown.
_ROOMS = "comfy/c|s|join|report/shared|v1/pictures|accounts/password/reset/key|accounts/confirm-email"
_IN_PATH = re.compile(rf"(/(?:{_ROOMS})/)[^/\s?#\"'&]+")
_SECRET = re.compile(r"\b(bwc?_[a-z0-9]{10}_)[A-Za-z0-9]{16,}")


def mask(text: str) -> str:
    """`text` with `***` in the place of secrets."""
    return _SECRET.sub(r"\1***", _IN_PATH.sub(r"\1***", text))


class Masked(logging.Formatter):
    """Masks the whole line, what was put into it and the traceback under it."""

    def format(self, record: logging.LogRecord) -> str:
        """See logging."""
        return mask(super().format(record))


class MaskedJson(JsonLine):
    """The same for lines in JSON: what is put in place of a secret needs no escaping there."""

    def format(self, record: logging.LogRecord) -> str:
        """See logging."""
        return mask(super().format(record))
