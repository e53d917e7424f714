"""Finished pictures in the form that was asked for, and the addresses that show them for a while."""

import io
from typing import Any

import pytest
from django.core import signing
from PIL import Image

from accounts import keys
from accounts.models import ApiKey, User
from gallery import metadata
from gallery.models import Work
from studio.commands import delivering
from studio.commands.delivering import Form
from studio.words.errors import Refused
from tests.policy.belongings import work_of


@pytest.fixture
def key(alice: User) -> ApiKey:
    return keys.make(alice, keys.Wish(name="test", scopes=["generate"]))[0]


@pytest.fixture
def work(alice: User) -> Work:
    return work_of(alice)


def gone(token: str) -> None:
    with pytest.raises(Refused, match="not_found"):
        delivering.behind(token)


@pytest.mark.parametrize(("kind", "magic"), [("png", b"\x89PNG"), ("jpeg", b"\xff\xd8\xff"), ("webp", b"RIFF")])
def test_a_picture_comes_in_three_forms_and_its_owner_is_told_how_it_was_made(
    work: Work, kind: str, magic: bytes
) -> None:
    told, bare = delivering.picture(work, Form(kind)), delivering.picture(work, Form(kind), told=False)
    assert told.startswith(magic) and bare.startswith(magic)
    assert metadata.read(told) and not metadata.read(bare)


def test_quality_is_heard(work: Work) -> None:
    noise = Image.effect_noise((64, 64), 90).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "JPEG")
    sizes = [len(delivering.preview(out.getvalue(), (128, 96), Form("jpeg", quality))) for quality in (5, 95)]
    assert sizes[0] * 3 < sizes[1]
    assert Image.open(io.BytesIO(delivering.preview(out.getvalue(), (128, 96), Form("webp", 50)))).size == (128, 96)


def test_the_visible_label_is_on_what_leaves_the_studio(work: Work, settings: Any) -> None:
    plain = delivering.picture(work, Form())
    settings.AIGC_VISIBLE = "AI"
    assert Image.open(io.BytesIO(plain)).tobytes() != Image.open(io.BytesIO(delivering.picture(work, Form()))).tobytes()


def test_an_address_works_until_its_time_is_over(work: Work, key: ApiKey, settings: Any) -> None:
    token = delivering.sign(work, key, Form("webp", 80))
    data, form = delivering.behind(token)
    assert data.startswith(b"RIFF") and form == Form("webp", 80)
    settings.SIGNED_URLS_LAST = -1
    gone(token)


def test_an_address_ends_with_its_key_its_owner_and_its_work(work: Work, key: ApiKey, alice: User) -> None:
    token = delivering.sign(work, key, Form())
    for moderation in ("held", "hidden", "removed"):
        Work.objects.filter(pk=work.pk).update(moderation=moderation)
        gone(token)
    Work.objects.filter(pk=work.pk).update(moderation="clear")
    User.objects.filter(pk=alice.pk).update(is_active=False)
    gone(token)
    User.objects.filter(pk=alice.pk).update(is_active=True)
    assert delivering.behind(token)
    keys.revoke(key, alice)
    gone(token)


def test_an_address_shows_nothing_but_what_was_signed(work: Work, key: ApiKey, bob: User) -> None:
    his = work_of(bob)
    gone(delivering.sign(his, key, Form()))  # a key opens its owner's works only
    gone(signing.dumps([work.pk.hex, key.pk, "png", None], salt="elsewhere"))
    token = delivering.sign(work, key, Form())
    for wrong in ("", "x", token[:-1], token + "x", token.swapcase()):
        gone(wrong)


def test_a_deleted_picture_is_gone(work: Work, key: ApiKey) -> None:
    token = delivering.sign(work, key, Form())
    work.delete()
    gone(token)
