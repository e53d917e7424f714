"""Works to test with, made the way the studio makes them, and a way to fetch their files."""

import io
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import transaction
from django.http import HttpResponseBase, StreamingHttpResponse
from django.test import AsyncClient
from PIL import Image, ImageDraw
from pytest_django import Settings

from accounts.models import Notice, User
from gallery import keeping, publishing
from gallery.models import Case, Visibility, Work
from gallery.moderation import reports
from gallery.moderation.decisions import Wanted
from tests.conftest import make_moderator

RECIPE = {
    "prompt": "a red boat, 一只小船",
    "negative_prompt": "fog",
    "steps": 12,
    "guidance_scale": 3.5,
    "strength": 0.8,
    "seed": 7,
    "count": 1,
    "width": 96,
    "height": 64,
}


def png(width: int = 96, height: int = 64, colour: str = "teal") -> bytes:
    """A small picture with something on it."""
    picture = Image.new("RGB", (width, height), colour)
    ImageDraw.Draw(picture).ellipse((width // 4, height // 4, width // 2, height // 2), fill="orange")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def recipe(**params: Any) -> keeping.Recipe:
    return keeping.Recipe(
        tool="sketch_to_image",
        model="starter",
        engine="local",
        params=RECIPE | params,
        versions={"brushwire": "0.1"},
        seconds=1.25,
    )


MakeWork = Callable[..., Work]
BAD_WORDS = Wanted("hide", "hate", "Regel 3 / 规则三")


@pytest.fixture(autouse=True)
def own_storage(settings: Settings, tmp_path: Path) -> None:
    """A storage for each test, so that sweeping one sees nothing of the others."""
    works = settings.STORAGES["works"] | {"OPTIONS": {"location": str(tmp_path / "works")}}
    settings.STORAGES = settings.STORAGES | {"works": works}


@pytest.fixture
def make_work(db: None) -> MakeWork:
    """`make_work(owner, data=…, sketch=…, seed=…, **fields)`: a kept work, its row changed by `fields`."""

    def make(
        owner: User, *, data: bytes | None = None, sketch: bytes | None = None, seed: int = 7, **fields: Any
    ) -> Work:
        params = fields.pop("params", {})
        picture = keeping.Picture(data or png(), "image/png", seed)
        drafts = keeping.prepare(recipe(**params), [picture], {"sketch": sketch} if sketch else {})
        with transaction.atomic():
            (work,) = keeping.keep(owner.pk, uuid.uuid4(), drafts)
        if fields:
            Work.objects.filter(pk=work.pk).update(**fields)
            work.refresh_from_db()
        return work

    return make


@pytest.fixture
def fetch(db: None) -> Callable[..., tuple[HttpResponseBase, bytes]]:
    """`fetch(user or None, address, method="get", **headers)`: the answer and its body, through the async stack."""

    async def get(
        client: AsyncClient, url: str, method: str, headers: dict[str, str]
    ) -> tuple[HttpResponseBase, bytes]:
        response = await getattr(client, method)(url, headers=headers)
        if isinstance(response, StreamingHttpResponse):
            return response, b"".join([chunk async for chunk in response])
        return response, response.content

    def run(user: User | None, url: str, method: str = "get", **headers: str) -> tuple[HttpResponseBase, bytes]:
        client = AsyncClient()
        if user:
            client.force_login(user)
        return async_to_sync(get)(client, url, method, {k.replace("_", "-"): v for k, v in headers.items()})

    return run


@pytest.fixture
def judge(mod: User) -> User:
    """The moderator, with the permissions of that role."""
    return make_moderator(mod)


@pytest.fixture
def second(db: None) -> User:
    """Another moderator."""
    return make_moderator(User.objects.create_user("mod2", "mod2@example.org", "correct horse battery"))


@pytest.fixture
def public(alice: User, make_work: MakeWork) -> Work:
    """A public work of alice's."""
    work = make_work(alice)
    publishing.set_visibility(alice, [work.pk], Visibility.PUBLIC)
    work.refresh_from_db()
    return work


@pytest.fixture
def case(public: Work, bob: User, alice: User) -> Case:
    """The case that bob opened by reporting it."""
    return reports.report(bob, "192.0.2.1", alice, public, reason="hate", text="look").case


def told(user: User) -> list[str]:
    """The codes of the notices that the person has, the oldest first."""
    return list(Notice.objects.filter(user=user).order_by("id").values_list("code", flat=True))
