"""Commands about albums: many photos, the same done to each. Every photo is a generation of its own, in the bulk lane.

Nothing runs an album: its photos wait in the queue like everything else, so it goes on after any interruption.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet

from accounts.limits import limits_of
from accounts.models import User
from gallery.finding import search
from gallery.models import Work
from studio import tools
from studio.commands import archives, generations
from studio.files import blobs
from studio.gates import rates
from studio.models import TERMINAL, Album, AlbumPhoto, Archive, Generation, Model, State
from studio.protocol import Submit
from studio.tools.base import Tool
from studio.words.errors import Refused

AGAIN = (State.FAILED, State.CANCELLED, State.EXPIRED)


@dataclass(frozen=True, slots=True)
class Way:
    """What can be done to many photos: a tool, by a model."""

    tool: Tool
    model: Model

    @property
    def key(self) -> str:
        return f"{self.tool.name}:{self.model.name}"


def ways(user: User) -> list[Way]:
    """What the person can have done to many photos: by tools that need nothing but the photo."""
    able = [tool for tool in tools.registry().values() if tool.many]
    models = list(Model.objects.usable_by(user))
    return [Way(tool, model) for tool in able for model in models if tool.name in model.tools and not tool.asks(model)]


def of(user: User) -> QuerySet[Album]:
    """The person's albums, the newest first, with `total`, `done` and `failed` photos."""
    broken = ~Q(photos__error_code="") | Q(photos__generation__state__in=AGAIN)
    return Album.objects.filter(owner=user).annotate(
        total=Count("photos"),
        done=Count("photos", filter=Q(photos__generation__state=State.FINISHED)),
        failed=Count("photos", filter=broken),
    )


def find(user: User, album_id: UUID) -> Album:
    """One's own album. Raises Refused("not_found")."""
    found = of(user).filter(pk=album_id).first()
    if found is None:
        raise Refused("not_found")
    return found


def make(user: User, title: str, way: str, params: dict[str, Any]) -> Album:
    """A new album without photos. Raises Refused: albums_full, model_unavailable, invalid (with fields)."""
    if Album.objects.filter(owner=user).count() >= settings.ALBUMS_PER_PERSON:
        raise Refused("albums_full", limit=settings.ALBUMS_PER_PERSON)
    chosen = next((each for each in ways(user) if each.key == way), None)
    if chosen is None:
        raise Refused("model_unavailable")
    known = {name: value for name, value in params.items() if name in chosen.tool.form_class.base_fields}
    cleaned = chosen.tool.clean(known, chosen.model)
    return Album.objects.create(
        owner=user, title=title.strip()[:120], tool=chosen.tool.name, model_name=chosen.model.name, params=cleaned
    )


def add(user: User, album_id: UUID, name: str, data: bytes) -> AlbumPhoto:
    """Put a photo into one's own album and have it made; the same file once more changes nothing.

    A photo that cannot be read is in it as well, with the reason. Raises Refused: not_found, album_full, rate_limited.
    """
    album = find(user, album_id)
    digest = hashlib.sha256(data).hexdigest()
    known = album.photos.filter(sha256=digest).first()
    if known is not None:
        return known
    most = limits_of(user).album_photos
    if most is not None and album.photos.count() >= most:
        raise Refused("album_full", limit=most)
    rates.check("photo", user.pk)
    photo = AlbumPhoto(album=album, name=name[:255] or "photo", sha256=digest)
    try:
        photo.input = blobs.put(user.pk, data)
    except Refused as refused:
        photo.error_code, photo.error_params = refused.code, refused.params
    try:
        with transaction.atomic():
            photo.save()
    except IntegrityError:  # the same file in another window, a moment ago
        return album.photos.get(sha256=digest)
    if photo.input is not None:
        _submit(user, album, photo)
    return photo


def retry(user: User, album_id: UUID, photo_ids: Iterable[UUID] | None = None) -> int:
    """Ask again for those of `photo_ids` (None: of all) that failed; how many. Raises Refused("not_found")."""
    album = find(user, album_id)
    chosen = album.photos.select_related("generation", "input").filter(input__isnull=False)
    if photo_ids is not None:
        chosen = chosen.filter(pk__in=list(photo_ids))
    again = [photo for photo in chosen if photo.generation is None or photo.generation.state in AGAIN]
    for photo in again:
        _submit(user, album, photo)
    return len(again)


def stop(user: User, album_id: UUID) -> int:
    """Cancel what waits or runs of one's own album; how many. Raises Refused("not_found")."""
    unfinished = Generation.objects.filter(album_photo__album=find(user, album_id)).exclude(state__in=TERMINAL)
    count = 0
    for generation in unfinished:
        try:
            generations.cancel(user, generation.pk)
            count += 1
        except Refused:  # it has ended meanwhile
            continue
    return count


def remove(user: User, album_id: UUID, photo_id: UUID) -> None:
    """Take a photo out; what was made of it stays in the gallery. Raises Refused("not_found")."""
    photo = find(user, album_id).photos.select_related("generation").filter(pk=photo_id).first()
    if photo is None:
        raise Refused("not_found")
    if photo.generation is not None and photo.generation.state not in TERMINAL:
        generations.cancel(user, photo.generation.pk)
    photo.delete()


def delete(user: User, album_id: UUID) -> None:
    """Stop and forget one's own album; what was made stays in the gallery. Raises Refused("not_found")."""
    stop(user, album_id)
    find(user, album_id).delete()


def pack(user: User, album_id: UUID) -> Archive:
    """Have all results of one's own album packed. Raises Refused: not_found, and those of commands/archives.py."""
    album = find(user, album_id)
    _name(album)
    album.archive = archives.ask(user, [work.pk for work in works(album)], title=album.title)
    album.save(update_fields=["archive"])
    return album.archive


def _name(album: Album) -> None:
    """Results without a title get their photo's name, so that they are told apart in the ZIP."""
    names = dict(album.photos.filter(generation__isnull=False).values_list("generation_id", "name"))
    unnamed = list(works(album).filter(title=""))
    for work in unnamed:
        work.title = names[work.generation].rpartition(".")[0][:120] or names[work.generation][:120]
    Work.objects.bulk_update(unnamed, ["title"])
    search.index([work.pk for work in unnamed])


def works(album: Album) -> QuerySet[Work]:
    """The results that are still in the gallery."""
    made = album.photos.filter(generation__state=State.FINISHED).values("generation_id")
    return Work.objects.filter(owner=album.owner_id, generation__in=made, deleted_at=None).order_by("created_at")


def _submit(user: User, album: Album, photo: AlbumPhoto) -> None:
    """Ask for it; why it was refused is written down at the photo, and it can be asked for again."""
    assert photo.input is not None
    photo.tries += 1
    command = Submit(
        type="submit",
        id=f"album-{photo.pk.hex}-{photo.tries}",
        tool=album.tool,
        model=album.model_name,
        params=album.params,
        inputs={"image": photo.input.pk},
        lane="bulk",
    )
    photo.error_code, photo.error_params = "", {}
    try:
        with transaction.atomic():
            photo.generation = generations.submit(user, command, of_album=True)
            photo.save()
    except Refused as refused:
        photo.generation, photo.error_code, photo.error_params = None, refused.code, refused.params
        photo.save()
