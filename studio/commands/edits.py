"""Editing a finished picture: whose it is, how large and how often, and the new work that comes of it.

It is done within the request: a large picture takes a few seconds of Pillow, outside the GIL. Only so many at once in
one process; the others wait for their turn for a moment.
"""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from PIL import Image

from accounts.models import User
from gallery import files, keeping
from gallery.models import Lineage, Work, WorkFile
from gallery.pixels import captions, editing, rendering
from studio.commands import wording
from studio.words.errors import Refused

WAIT = 15.0  # seconds
CAPTION_SIDE = 2048
_turns = threading.BoundedSemaphore(settings.EDITS_AT_ONCE)


def source(user: User, work_id: uuid.UUID) -> tuple[Work, list[dict[str, Any]]]:
    """The original to edit and what has been done to it so far: an edited picture begins at the one it was made from.

    Without that one (it was deleted) the edited picture is an original itself. Raises Refused("not_found").
    """
    own = Work.objects.of(user).prefetch_related("files")
    work = own.filter(pk=work_id).first()
    if work is None:
        raise Refused("not_found")
    done = work.recipe.get("facts", {}).get("edit")
    original = own.filter(child_links__child=work, child_links__kind=Lineage.Kind.EDIT).first()
    if original is None or not done:
        return work, []
    return original, done


def edit(user: User, work_id: uuid.UUID, operations: Any) -> Work:
    """A new private work of `user`: the original of `work_id` with `operations` carried out at its full size.

    Raises Refused: not_found, invalid_edit, prompt_blocked, caption_unwritable, image_too_large, too_many_edits,
    storage_failed.
    """
    work, _done = source(user, work_id)
    try:
        wanted = editing.check(operations)
    except editing.BadEdit:
        raise Refused("invalid_edit") from None
    _check_words(user, wanted)
    if work.width * work.height > settings.EDIT_MAX_PIXELS:
        raise Refused("image_too_large", limit=f"{settings.EDIT_MAX_PIXELS // 1_000_000} MP")
    lately = Lineage.objects.filter(
        kind=Lineage.Kind.EDIT, child__owner=user, child__created_at__gt=timezone.now() - timedelta(minutes=1)
    )
    if lately.count() >= settings.EDITS_PER_MINUTE:
        raise Refused("too_many_edits")
    with _turn():
        generation = uuid.uuid4()
        draft = _draft(work, wanted, generation)
    with transaction.atomic():
        (made,) = keeping.keep(user.pk, generation, [draft], parents={work.pk: Lineage.Kind.EDIT})
    return made


def caption(value: Any, width: int, height: int) -> Image.Image:
    """The transparent layer that a caption is on a picture of that size. Raises Refused like `edit`."""
    if not (1 <= width <= CAPTION_SIDE and 1 <= height <= CAPTION_SIDE):
        raise Refused("image_too_large", limit=f"{CAPTION_SIDE} px")
    try:
        with _turn():
            return captions.layer(editing.check_caption(value), width, height)
    except editing.BadEdit:
        raise Refused("invalid_edit") from None
    except captions.Unwritable as error:
        raise Refused("caption_unwritable", characters=error.characters) from None


def _check_words(user: User, wanted: editing.Edit) -> None:
    for operation in wanted:
        if isinstance(operation, editing.Caption):
            wording.judge(user, operation.text)


def _draft(work: Work, wanted: editing.Edit, generation: uuid.UUID) -> keeping.Draft:
    file = work.file(WorkFile.Role.IMAGE)
    if file is None:
        raise Refused("not_found")
    picture = keeping.decode(files.WORKS.store.read(file.sha256))
    try:
        pixels = rendering.render(picture, wanted)
    except captions.Unwritable as error:
        raise Refused("caption_unwritable", characters=error.characters) from None
    made = work.recipe
    recipe = keeping.Recipe(
        tool=work.tool,
        model=work.model_name,
        engine=work.engine,
        params=made.get("params", {}),
        versions=made.get("versions", {}),
        seconds=made.get("seconds", 0.0),
    )
    done = [operation.model_dump() for operation in wanted]
    try:
        facts = made.get("facts", {}) | {"edit": done}
        return keeping.prepare_edited(recipe, pixels, work.seed, facts, generation)
    except OSError as error:
        raise Refused("storage_failed") from error


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=WAIT):
        raise Refused("too_many_edits")
    try:
        yield
    finally:
        _turns.release()
