"""A finished picture as a program asked for it: its file in one of three forms, or an address that works for a while.

The address needs no key: it is signed, says what it shows and until when, and ends with the key that it was made for.
"""

from dataclasses import dataclass
from io import BytesIO
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.http import Http404
from PIL import Image

from accounts.models import ApiKey
from gallery import files, recipes
from gallery.metadata import MEDIA_TYPES
from gallery.models import Work, WorkFile
from gallery.pages import downloads
from gallery.pixels import turns
from studio.words.errors import Refused

SALT = "studio.delivering"


@dataclass(frozen=True, slots=True)
class Form:
    """How a picture is wanted: `kind` png, jpeg or webp; `quality` 0 to 100 of the latter two (None: as we like it)."""

    kind: str = "png"
    quality: int | None = None

    @property
    def media_type(self) -> str:
        """Of such a file."""
        return MEDIA_TYPES[self.kind]


def picture(work: Work, form: Form, *, told: bool = True) -> bytes:
    """The picture of `work` as a file; `told`: with how it was made.

    Raises Refused: not_found, busy, image_too_large.
    """
    image = work.file(WorkFile.Role.IMAGE)
    if image is None or not image.media_type.startswith("image/"):
        raise Refused("not_found")
    try:
        if form.kind == "png" and told and not settings.AIGC_VISIBLE and image.media_type == "image/png":
            return files.WORKS.store.read(image.sha256)
        with turns.turn(work.width * work.height):
            return downloads.encoded(work, image, form.kind, told=told, quality=form.quality)
    except (Http404, FileNotFoundError):
        raise Refused("not_found") from None
    except turns.Busy:
        raise Refused("busy") from None
    except turns.TooLarge:
        raise Refused("image_too_large", limit=f"{settings.RENDER_MAX_PIXELS // 1_000_000} MP") from None


def preview(jpeg: bytes, size: tuple[int, int], form: Form) -> bytes:
    """A preview, which is small, as a file of the size and the form of the picture it shows."""
    out = BytesIO()
    with Image.open(BytesIO(jpeg), formats=("JPEG",)) as small:
        large = small.convert("RGB").resize(size, Image.Resampling.BICUBIC)
    options = {} if form.kind == "png" or form.quality is None else {"quality": form.quality}
    large.save(out, form.kind.upper(), **options)
    return out.getvalue()


def sign(work: Work, key: ApiKey, form: Form) -> str:
    """What stands in the address that shows `work` for SIGNED_URLS_LAST seconds."""
    return signing.dumps([work.pk.hex, key.pk, form.kind, form.quality], salt=SALT)


def behind(token: str) -> tuple[bytes, Form]:
    """The file that such an address shows, to whoever has it. Refused("not_found") once it is over: by time, with its
    key, with the account, or because the work was deleted or is kept back by moderators."""
    try:
        work_id, key_id, kind, quality = signing.loads(token, salt=SALT, max_age=settings.SIGNED_URLS_LAST)
    except signing.BadSignature:
        raise Refused("not_found") from None
    key = ApiKey.objects.living().select_related("owner").filter(pk=key_id, owner__is_active=True).first()
    if key is None or key.owner.is_suspended:
        raise Refused("not_found")
    shown = Work.objects.shown_by_link_of(key.owner).select_related("owner").prefetch_related("files")
    work = shown.filter(pk=UUID(work_id), owner=key.owner).first()
    if work is None:
        raise Refused("not_found")
    form = Form(kind, quality)
    return picture(work, form, told=recipes.may_carry_recipe(work, AnonymousUser())), form
