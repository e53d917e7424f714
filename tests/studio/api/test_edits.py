"""Editing a finished picture over the API: the new work, whose it is, and what is refused."""

import io
import uuid
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from PIL import Image

from gallery import files, keeping, metadata
from gallery.models import Work, WorkFile

pytestmark = pytest.mark.django_db

TURN = {"kind": "turn", "quarters": 1}
MONO = {"kind": "filter", "name": "mono", "amount": 1}
CAPTION = {"kind": "caption", "text": "Hi", "place": "top", "font": "sans", "size": 0.2, "color": "#ffffff"}


@pytest.fixture
def work(alice: Any) -> Work:
    out = io.BytesIO()
    Image.new("RGB", (96, 64), "teal").save(out, "PNG")
    recipe = keeping.Recipe("sketch_to_image", "starter", "local", {"prompt": "a boat", "steps": 4}, {}, 1.5)
    drafts = keeping.prepare(recipe, [keeping.Picture(out.getvalue(), "image/png", 7, {"sampler": "Euler"})], {})
    with transaction.atomic():
        return keeping.keep(alice.pk, uuid.uuid4(), drafts)[0]


def save(client: Client, work: Any, *operations: Any) -> Any:
    body = {"operations": list(operations)}
    return client.post(f"/api/v1/works/{work}/edit", body, content_type="application/json")


def pixels(work: Work) -> Image.Image:
    return keeping.decode(files.WORKS.store.read(work.files.get(role="image").sha256))


def test_an_edit_is_a_new_private_work_and_the_original_stays(browser: Client, work: Work) -> None:
    before = list(WorkFile.objects.filter(work=work).values())
    answer = save(browser, work.pk, TURN, MONO)
    assert answer.status_code == 201, answer.content
    made = Work.objects.get(pk=answer.json()["id"])
    assert (made.parents.get(), made.owner, made.visibility) == (work, work.owner, "private")
    assert (made.prompt, made.seed, made.tool, made.width, made.height) == ("a boat", 7, "sketch_to_image", 64, 96)
    assert made.recipe["facts"] == {"sampler": "Euler", "edit": [TURN, MONO]}
    red, green, blue = pixels(made).getpixel((5, 5))
    assert red == green == blue
    assert list(WorkFile.objects.filter(work=work).values()) == before
    told = metadata.read_png(files.WORKS.store.read(made.files.get(role="image").sha256))
    assert told["facts"]["edit"] == [TURN, MONO]
    page = browser.get(f"/gallery/{made.pk}/").content.decode()
    assert "turned, filter" in page and f"/gallery/{work.pk}/" in page


def test_editing_again_begins_at_the_original(browser: Client, work: Work) -> None:
    first = save(browser, work.pk, TURN).json()["id"]
    opened = browser.get(f"/api/v1/works/{first}/edit").json()
    assert opened["operations"] == [TURN]
    assert (opened["image"], opened["width"], opened["height"]) == (f"/media/works/{work.pk}/image", 96, 64)
    second = Work.objects.get(pk=save(browser, first, MONO).json()["id"])
    assert (second.parents.get(), second.width) == (work, 96)


def test_edit_of_a_deleted_original_stands_for_itself(browser: Client, work: Work) -> None:
    first = Work.objects.get(pk=save(browser, work.pk, TURN).json()["id"])
    work.delete()
    opened = browser.get(f"/api/v1/works/{first.pk}/edit").json()
    assert (opened["operations"], opened["width"]) == ([], 64)
    assert save(browser, first.pk, TURN).json()["width"] == 96


def test_bob_and_nobody_edit_nothing_of_alices(client: Client, bob: Any, work: Work) -> None:
    Work.objects.update(visibility="public")  # seen by all is not changed by all
    for who, status in ((None, 401), (bob, 404)):
        if who:
            client.force_login(who)
        assert client.get(f"/api/v1/works/{work.pk}/edit").status_code == status
        assert save(client, work.pk, TURN).status_code == status
        body = {"caption": CAPTION, "width": 10, "height": 10}
        shown = client.post(f"/api/v1/works/{work.pk}/edit/caption", body, content_type="application/json")
        assert shown.status_code == status
    assert Work.objects.count() == 1


@pytest.mark.parametrize("operations", [[], [MONO, TURN], [{"kind": "turn", "quarters": 9}], ["x"], [None]])
def test_bad_edits_have_their_code(browser: Client, work: Work, operations: list[Any]) -> None:
    answer = save(browser, work.pk, *operations)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_edit")
    assert Work.objects.count() == 1


def test_unwritable_captions_say_which_characters(browser: Client, work: Work, settings: Any) -> None:
    settings.CAPTION_FONTS = {"sans": [], "serif": []}
    answer = save(browser, work.pk, CAPTION | {"text": "A 船"})
    assert (answer.status_code, answer.json()["code"]) == (422, "caption_unwritable")
    assert "船" in answer.json()["message"]


def test_the_page_gets_the_caption_as_it_will_be_written(browser: Client, work: Work) -> None:
    body = {"caption": CAPTION, "width": 96, "height": 64}
    address = f"/api/v1/works/{work.pk}/edit/caption"
    answer = browser.post(address, body, content_type="application/json")
    layer = Image.open(io.BytesIO(answer.content)).convert("RGBA")
    assert layer.size == (96, 64) and layer.getbbox()
    made = Work.objects.get(pk=save(browser, work.pk, CAPTION).json()["id"])
    assert Image.alpha_composite(pixels(work).convert("RGBA"), layer).convert("RGB").tobytes() == pixels(made).tobytes()
    huge = browser.post(address, body | {"width": 5000}, content_type="application/json")
    assert huge.json()["code"] == "image_too_large"
    bad = browser.post(address, body | {"caption": {"text": "x"}}, content_type="application/json")
    assert bad.json()["code"] == "invalid_edit"


def test_too_large_and_too_many_are_refused(browser: Client, work: Work, settings: Any) -> None:
    settings.EDITS_PER_MINUTE = 2
    assert [save(browser, work.pk, TURN).status_code for _ in range(3)] == [201, 201, 429]
    settings.EDIT_MAX_PIXELS = 96 * 64 - 1
    assert save(browser, work.pk, TURN).json()["code"] == "image_too_large"
