"""Inputs live as long as they are needed, and no longer."""

import io
import os
import time
from datetime import timedelta

import pytest
from django.core.files.storage import storages
from django.utils import timezone
from PIL import Image

from studio import tools
from studio.files import blobs
from studio.models import Generation, Input, Model
from studio.queue import lifecycle
from studio.words.errors import Refused


def png(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(out, "PNG")
    return out.getvalue()


def age(kept: Input) -> None:
    Input.objects.filter(pk=kept.pk).update(created_at=timezone.now() - timedelta(days=2))
    old = time.time() - 7200
    os.utime(storages["inputs"].path(storages["inputs"].name_of(kept.sha256)), (old, old))


def test_bob_does_not_find_alices_input(alice, bob) -> None:
    kept = blobs.put(alice.pk, png("red"))
    assert blobs.find(alice.pk, kept.pk) == kept
    with pytest.raises(Refused, match="not_found"):
        blobs.find(bob.pk, kept.pk)


def test_an_old_input_goes_with_its_file(alice) -> None:
    kept = blobs.put(alice.pk, png("orange"))
    age(kept)
    assert blobs.purge() >= 1
    assert not Input.objects.exists()
    assert not storages["inputs"].exists(storages["inputs"].name_of(kept.sha256))


def test_an_input_that_a_waiting_generation_needs_stays(alice, models) -> None:
    kept = blobs.put(alice.pk, png("green"))
    params = {"prompt": "", "steps": 2, "count": 1, "strength": 1.0}
    fake = Model.objects.get(name="fake")
    inputs = {"sketch": str(kept.pk)}
    lifecycle.submit(alice.pk, "one", tool=tools.find("sketch_to_image"), model=fake, params=params, inputs=inputs)
    age(kept)
    blobs.purge()
    assert set(blobs.read(Generation.objects.get())) == {"sketch"}


def test_a_file_another_input_names_stays(alice, bob) -> None:
    kept, same = blobs.put(alice.pk, png("blue")), blobs.put(bob.pk, png("blue"))
    assert kept.sha256 == same.sha256
    age(kept)
    blobs.purge()
    assert not Input.objects.filter(pk=kept.pk).exists()
    assert storages["inputs"].exists(storages["inputs"].name_of(same.sha256))
