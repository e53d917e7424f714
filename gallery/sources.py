"""The code of scenes, kept beside the picture that stands for each. Text that is handed out and never run here."""

from django.conf import settings
from django.urls import reverse

MEDIA_TYPE = "text/javascript"
# As which it may be read in a browser.
PLAIN = "text/plain; charset=utf-8"
MOST = 200_000


class Unreadable(ValueError):
    """These bytes are no code of a scene."""


def check(data: bytes) -> None:
    """Raises Unreadable for what is empty, longer than MOST bytes, or no UTF-8."""
    if not 0 < len(data) <= MOST:
        raise Unreadable("the code is too long, or there is none")
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise Unreadable("the code is no UTF-8") from error


def frame() -> str:
    """The address of the frame that scenes run in (studio/views/sandbox.py)."""
    return f"{settings.SANDBOX_ORIGIN}{reverse('studio:sandbox')}"
