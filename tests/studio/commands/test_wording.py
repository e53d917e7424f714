"""The prompt rules on every way in: refused with the category and no word, softened and told, counted by digest."""

import io
import uuid

import pytest
from django.db import transaction
from PIL import Image

from gallery import keeping
from gallery.models import PromptHit, PromptRule
from studio.commands import edits, generations, live, presets
from studio.models import Generation
from studio.news import events
from studio.process import quick
from studio.protocol import Draw, Pin, Submit
from studio.queue import mailbox
from studio.words.errors import Refused, text

pytestmark = pytest.mark.usefixtures("models")
BAD = "a heffalump"


@pytest.fixture(autouse=True)
def rules(db) -> None:
    PromptRule.objects.create(pattern="heffalump", action="block", category="violence")
    PromptRule.objects.create(pattern="woozle", action="flag", category="hate")
    PromptRule.objects.create(pattern="gory", action="soften", replacement="dramatic")
    live._admit.cache_clear()


def submit(user, **params):
    return generations.submit(user, Submit(type="submit", id="one", tool="text_to_image", model="fake", params=params))


def draw(**params):
    return Draw(type="draw", board="b", revision=1, kind="draft", tool="text_to_image", model="fake", params=params)


def kept_picture(owner):
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(out, "PNG")
    drafts = keeping.prepare(keeping.Recipe("t", "m", "e", {}), [keeping.Picture(out.getvalue(), "image/png", 1)], {})
    with transaction.atomic():
        return keeping.keep(owner.pk, uuid.uuid4(), drafts)[0].pk


def blocked(act) -> None:
    with pytest.raises(Refused) as refused:
        act()
    assert refused.value.code == "prompt_blocked"
    sentence = text(refused.value.code, refused.value.params)
    assert "violence" in sentence and "heffalump" not in sentence


def test_a_blocked_prompt_is_not_made_and_not_kept(alice) -> None:
    blocked(lambda: submit(alice, prompt=BAD))
    assert not Generation.objects.exists()
    hit = PromptHit.objects.get()
    assert (hit.action, hit.user) == ("block", alice)


def test_live_drawing_and_keeping_a_frame_are_asked_the_same(alice) -> None:
    blocked(lambda: live.draw(alice, draw(prompt=BAD), None, "page.x"))
    pin = Pin(type="pin", id="p", board="b", revision=1, tool="text_to_image", model="fake", params={"prompt": BAD})
    blocked(lambda: live.pin(alice, pin, None))


def test_styles_and_captions_are_asked_too(alice) -> None:
    style = {"name": "x", "prompt": f"{{prompt}}, {BAD}"}
    blocked(lambda: presets.save(alice, style))
    blocked(lambda: presets.save(alice, {"name": BAD, "prompt": "{prompt}"}))
    kept = presets.save(alice, {"name": "x", "prompt": "{prompt}, gory"})
    assert kept.prompt == "{prompt}, dramatic"
    blocked(lambda: presets.change(alice, kept.pk, style))
    caption = {"kind": "caption", "text": BAD, "place": "top", "font": "sans", "size": 0.2, "color": "#ffffff"}
    blocked(lambda: edits.edit(alice, kept_picture(alice), [caption]))


def test_softened_words_are_replaced_before_the_engine_and_told(alice) -> None:
    made = submit(alice, prompt="a gory castle", negative_prompt="gory")
    assert (made.params["prompt"], made.params["negative_prompt"]) == ("a dramatic castle", "gory")
    assert generations.describe_one(alice, made.pk).notes == ["prompt_softened"]
    assert not PromptHit.objects.exists()


def test_a_flag_lets_the_picture_be_made(alice) -> None:
    assert submit(alice, prompt="a woozle").params["prompt"] == "a woozle"
    assert PromptHit.objects.get().action == "flag"


def test_a_negative_prompt_may_name_it(alice) -> None:
    assert submit(alice, prompt="a castle", negative_prompt=BAD).pk


def test_live_words_are_softened_and_the_page_hears_of_it(alice, monkeypatch) -> None:
    told = []
    monkeypatch.setattr(events, "publish", lambda owner, payload: told.append((owner, payload)))
    quick.state().flushdb()
    mailbox.listen("w")
    try:
        live.draw(alice, draw(prompt="a gory castle"), None, "page.x")
        drawing = mailbox.take(alice.pk, "b")
        assert drawing is not None and b"dramatic" in drawing.header and b"gory" not in drawing.header
    finally:
        quick.state().flushdb()
        mailbox._listening.cache_clear()
    assert [(owner, payload["code"]) for owner, payload in told] == [(alice.pk, "live_prompt_softened")]
