"""Pictures by their names: uploaded ones of a person, and those that were made, as ComfyUI's clients fetch them."""

import hashlib
import io
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from PIL import Image

from accounts.models import User
from gallery import files, keeping
from gallery.models import Work, WorkFile
from gallery.pixels import turns
from studio.comfy import names
from studio.files import blobs
from studio.gates import rates
from studio.models import ComfyPicture, Input
from studio.protocol import Parent
from studio.words.errors import Refused

FOLDERS = ("input", "temp")
Channel = Literal["rgba", "rgb", "a"]


@dataclass(frozen=True, slots=True)
class Named:
    """A picture as its client names it from now on."""

    name: str
    subfolder: str
    folder: str

    def told(self) -> dict[str, str]:
        """In the shape of an answer."""
        return {"name": self.name, "subfolder": self.subfolder, "type": self.folder}


@dataclass(frozen=True, slots=True)
class Sent:
    """A picture that a client asked for."""

    data: bytes
    media_type: str


def names_of(user: User) -> list[str]:
    """The pictures that a graph of the person may load, by name."""
    return list(ComfyPicture.objects.filter(owner=user, folder="input").values_list("name", flat=True))


def upload(user: User, data: bytes, filename: str, folder: str, subfolder: str, *, overwrite: bool) -> Named:
    """Keep a picture under its name; one of that name with other bytes stays, and this one is called `name (1)`.

    Raises Refused as `blobs.put`, `bad_request` for another folder than FOLDERS.
    """
    rates.check("upload", user.pk)
    name, inside = names.safe_name(filename), names.safe_folder(subfolder)
    if folder not in FOLDERS or not name:
        raise Refused("bad_request")
    digest = hashlib.sha256(data).hexdigest()
    for path in _free(f"{inside}/{name}" if inside else name):
        known = ComfyPicture.objects.filter(owner=user, folder=folder, name=path).first()
        if known is not None and known.sha256 != digest and not overwrite:
            continue
        if known is None or known.sha256 != digest:
            _write(user, folder, path, digest, data)
        called = PurePosixPath(path)
        return Named(called.name, str(called.parent) if inside else "", folder)
    raise Refused("bad_request")


def find(user: User, name: str) -> Input:
    """The picture that a graph loads: an uploaded one, or with ` [output]` behind its name one that was made.

    Raises Refused("not_found").
    """
    if names.is_made(name):
        return blobs.put(user.pk, _made(user, name))
    plain = name.removesuffix(" [input]")
    found = ComfyPicture.objects.filter(owner=user, folder="input", name=plain).select_related("input").first()
    if found is None:
        raise Refused("not_found")
    return found.input


def parents(name: str) -> list[Parent]:
    """The work that a graph loads, for the credit."""
    work = names.work_of(name) if names.is_made(name) else None
    return [Parent(work=work, kind="input")] if work else []


def fetch(user: User, filename: str, folder: str, subfolder: str = "") -> bytes:
    """The bytes (PNG) of the person's own picture. Raises Refused("not_found")."""
    if folder in FOLDERS and "\0" not in filename + subfolder:
        path = f"{subfolder}/{filename}" if subfolder else filename
        found = ComfyPicture.objects.filter(owner=user, folder=folder, name=path).first()
        if found is not None:
            return blobs.content(user.pk, found.input_id)
    return _made(user, filename)


def recoded(data: bytes, media_type: str, quality: int, channel: Channel) -> Sent:
    """The picture as WebP or JPEG, or with fewer channels. Raises Refused: busy, image_too_large."""
    with Image.open(io.BytesIO(data)) as opened:
        pixels = opened.width * opened.height
    try:
        with turns.turn(pixels):
            picture = keeping.decode(data)
            if channel == "a":
                alpha = picture.convert("RGBA").getchannel("A")
                picture = Image.merge("RGBA", [Image.new("L", picture.size)] * 3 + [alpha])
            elif channel == "rgb" or media_type == "image/jpeg":
                picture = picture.convert("RGB")
            out = io.BytesIO()
            options = {} if media_type == "image/png" else {"quality": quality}
            picture.save(out, media_type.removeprefix("image/"), **options)
    except turns.Busy:
        raise Refused("busy") from None
    except turns.TooLarge:
        raise Refused("image_too_large", limit=f"{settings.RENDER_MAX_PIXELS // 1_000_000} MP") from None
    return Sent(out.getvalue(), media_type)


def image_of(work: Work) -> bytes:
    """The bytes of a work's picture. Raises Refused("not_found") when they are gone."""
    image = work.file(WorkFile.Role.IMAGE)
    if image is None:
        raise Refused("not_found")
    try:
        return files.WORKS.store.read(image.sha256)
    except FileNotFoundError:
        raise Refused("not_found") from None


def of_generation(user: User, generation: UUID, index: int) -> bytes:
    """The bytes of one picture of a generation. Raises Refused("not_found")."""
    work = Work.objects.of(user).filter(generation=generation, index=index).first()
    if work is None:
        raise Refused("not_found")
    return image_of(work)


def _made(user: User, filename: str) -> bytes:
    known = names.work_of(filename)
    work = Work.objects.of(user).filter(pk=known).first() if known else None
    if work is None:
        raise Refused("not_found")
    return image_of(work)


def _free(path: str) -> list[str]:
    """The name, and those that are tried when it is taken."""
    called = PurePosixPath(path)
    return [path, *(str(called.with_name(f"{called.stem} ({n}){called.suffix}")) for n in range(1, 100))]


def _write(user: User, folder: str, path: str, digest: str, data: bytes) -> None:
    kept = blobs.put(user.pk, data)
    try:
        with transaction.atomic():
            ComfyPicture.objects.update_or_create(
                owner=user, folder=folder, name=path, defaults={"sha256": digest, "input": kept}
            )
    except IntegrityError:
        pass  # the same name at the same moment: the other one has it
    mine = ComfyPicture.objects.filter(owner=user).order_by("-pk").values_list("pk", flat=True)
    beyond = list(mine[settings.COMFY_PICTURES_KEPT : settings.COMFY_PICTURES_KEPT + 100])
    ComfyPicture.objects.filter(pk__in=beyond).delete()
