"""An operator, a worker's row, and something to be made: for the tests of operations."""

from typing import Any
from uuid import uuid4

from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.models import User
from studio.commands import generations
from studio.models import Generation, Pulse
from studio.protocol import Submit

PARAMS = {"prompt": "a secret house", "steps": 4, "count": 1, "width": 64, "height": 64}


def operator() -> User:
    person = User.objects.create_user("olga", "olga@example.org", "correct horse battery")
    person.groups.add(Group.objects.get(name="operator"))
    return User.objects.get(pk=person.pk)


def ask(user: User) -> Generation:
    about = {"tool": "text_to_image", "model": "fake", "params": PARAMS}
    return generations.submit(user, Submit(type="submit", id=uuid4().hex, **about))


def worker(name: str = "big:7", queue: str = "gpu", **facts: Any) -> str:
    row = {"kind": f"worker:{queue}", "seen_at": timezone.now(), "host": "big", "pid": 7, "most_rows": 8} | facts
    Pulse.objects.create(name=f"worker:{queue}@{name}", **row)
    return name
