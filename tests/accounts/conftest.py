"""A small class, and a work of somebody in it."""

from uuid import uuid4

import pytest

from accounts.models import User
from gallery.models import Work


@pytest.fixture
def seats() -> int:
    return 2


@pytest.fixture
def work(zoe: User) -> Work:
    return Work.objects.create(owner=zoe, generation=uuid4(), seed=1, width=8, height=8, prompt="a secret garden")
