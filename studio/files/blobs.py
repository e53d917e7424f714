"""Short-lived input bytes: a drawing or a photo waits here until the generations that need it have run."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from gallery.files import WORKS, Shelf
from gallery.models import WorkFile
from studio import tools
from studio.files import intake
from studio.models import AlbumPhoto, Generation, Input, State
from studio.words.errors import Refused


def _named(digests: list[str]) -> set[str]:
    return set(Input.objects.filter(sha256__in=digests).values_list("sha256", flat=True))


INPUTS = Shelf("inputs", 0x696E70757473, _named)


def put(owner_id: int, data: bytes) -> Input:
    """Check, re-encode and keep a picture; Refused when it is none (studio/files/intake.py)."""
    picture = intake.accept(data)
    INPUTS.store.keep(picture.data)  # the slow part before the transaction; inside, the file is only touched
    with transaction.atomic():
        INPUTS.hold_names()
        digest = INPUTS.store.keep(picture.data)
        return Input.objects.create(
            owner_id=owner_id, sha256=digest, width=picture.width, height=picture.height, size=len(picture.data)
        )


def find(owner_id: int, input_id: UUID) -> Input:
    """The person's own input; Refused("not_found") for anything else."""
    found = Input.objects.filter(pk=input_id, owner_id=owner_id).first()
    if found is None:
        raise Refused("not_found")
    return found


def content(owner_id: int, input_id: UUID) -> bytes:
    """The bytes of the person's own input (PNG); Refused("not_found") for anything else."""
    found = find(owner_id, input_id)
    try:
        return INPUTS.store.read(found.sha256)
    except FileNotFoundError:
        raise Refused("not_found") from None


def read(generation: Generation) -> dict[str, bytes]:
    """The bytes of a generation's inputs by role (PNG), with 16 bits a level only where its tool wants them, and the
    code of the scene that it goes on from as `source`. Raises FileNotFoundError or Input.DoesNotExist when lost."""
    given = {role: INPUTS.store.read(Input.objects.get(pk=pk).sha256) for role, pk in generation.inputs.items()}
    tool = tools.registry().get(generation.tool)
    deep = tool.deep if tool is not None else ()
    pictures = {role: data if role in deep else intake.shallow(data) for role, data in given.items()}
    return pictures | (_source(generation) if tool is not None and tool.makes == "scene" else {})


def _source(generation: Generation) -> dict[str, bytes]:
    """Of a work whose code was named when this was asked for (studio/commands/scenes.py), and is there still."""
    work = str(generation.params.get("work") or "")
    if work not in generation.parents:
        return {}
    file = WorkFile.objects.filter(work=UUID(work), work__deleted_at=None, role=WorkFile.Role.SOURCE).first()
    if file is None:
        raise FileNotFoundError(work)
    return {"source": WORKS.store.read(file.sha256)}


def purge() -> int:
    """Remove inputs older than INPUTS_KEPT_FOR that no unfinished generation names, then files no row names."""
    waiting = Generation.objects.filter(state__in=[State.QUEUED, State.RUNNING]).values_list("inputs", flat=True)
    needed = {UUID(pk) for inputs in waiting for pk in inputs.values()}
    # Photos of albums that failed can be asked for again.
    unmade = AlbumPhoto.objects.exclude(generation__state=State.FINISHED).filter(input__isnull=False)
    needed |= set(unmade.values_list("input_id", flat=True))
    old = Input.objects.filter(created_at__lt=Now() - timedelta(seconds=settings.INPUTS_KEPT_FOR)).exclude(
        pk__in=needed
    )
    old.delete()
    return INPUTS.sweep(settings.SWEEP_AFTER)
