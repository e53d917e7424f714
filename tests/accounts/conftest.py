"""A teacher, a workshop of theirs, somebody in it and a work of hers."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from accounts import workshops
from accounts.models import User, Workshop
from gallery.models import Work


@pytest.fixture
def teacher(db) -> User:
    user = User.objects.create_user("teacher", password="correct horse battery")
    user.groups.add(Group.objects.get(name="trusted"))
    return user


@pytest.fixture
def workshop(teacher) -> Workshop:
    new = Workshop(name="Class 4b", seats=2, ends_at=timezone.now() + timedelta(days=1))
    return workshops.make(new, teacher, 30)


@pytest.fixture
def zoe(workshop) -> User:
    return workshops.join(workshop, "zoe", "paper and ink")


@pytest.fixture
def work(zoe) -> Work:
    return Work.objects.create(owner=zoe, generation=uuid4(), seed=1, width=8, height=8, prompt="a secret garden")
