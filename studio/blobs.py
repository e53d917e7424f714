"""Short-lived input bytes: a drawing or a photo waits here until the generations that need it have run."""

import time
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.files.storage import storages
from django.db import transaction
from django.db.models.functions import Now

from studio import intake
from studio.errors import Refused
from studio.models import Generation, Input, State


def put(owner_id: int, data: bytes) -> Input:
    """Check, re-encode and keep a picture; Refused when it is none (studio/intake.py)."""
    picture = intake.accept(data)
    digest = storages["inputs"].keep(picture.data)  # type: ignore[attr-defined]
    return Input.objects.create(
        owner_id=owner_id, sha256=digest, width=picture.width, height=picture.height, size=len(picture.data)
    )


def find(owner_id: int, input_id: UUID) -> Input:
    """The person's own input; Refused("not_found") for anything else."""
    found = Input.objects.filter(pk=input_id, owner_id=owner_id).first()
    if found is None:
        raise Refused("not_found")
    return found


def read(generation: Generation) -> dict[str, bytes]:
    """The bytes of a generation's inputs by role (PNG). Raises FileNotFoundError or Input.DoesNotExist when lost."""
    return {
        role: storages["inputs"].read(Input.objects.get(pk=pk).sha256)  # type: ignore[attr-defined]
        for role, pk in generation.inputs.items()
    }


def purge() -> int:
    """Remove inputs older than INPUTS_KEPT_FOR that no unfinished generation names, then files no row names."""
    waiting = Generation.objects.filter(state__in=[State.QUEUED, State.RUNNING]).values_list("inputs", flat=True)
    needed = {UUID(pk) for inputs in waiting for pk in inputs.values()}
    old = Input.objects.filter(created_at__lt=Now() - timedelta(seconds=settings.INPUTS_KEPT_FOR)).exclude(
        pk__in=needed
    )
    old.delete()
    removed = 0
    for digest, touched_at in list(storages["inputs"].digests()):  # type: ignore[attr-defined]
        if time.time() - touched_at < settings.SWEEP_AFTER:
            continue
        # The lock of the transaction and the touch in `keep` together: nobody can name the file in between.
        with transaction.atomic():
            if not Input.objects.filter(sha256=digest).exists():
                storages["inputs"].delete(storages["inputs"].name_of(digest))  # type: ignore[attr-defined]
                removed += 1
    return removed
