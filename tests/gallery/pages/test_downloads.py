"""Taking a picture along: which form, what the file tells, and to whom."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat
from PIL.PngImagePlugin import PngInfo
from pytest_django import Settings

from accounts.models import User
from gallery import metadata
from gallery.metadata import containers
from gallery.models import Work
from gallery.pixels import turns
from tests.gallery.conftest import MakeWork, png
from tests.gallery.pages.test_pages import as_

pytestmark = pytest.mark.django_db
Fetch = Callable[..., Any]


def texts(data: bytes) -> dict[str, Any]:
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        return {str(name): text for name, text in picture.info.items()}


def pixels(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def original(fetch: Fetch, person: User | None, work: Work, more: str = "") -> bytes:
    response, body = fetch(person, f"/media/works/{work.pk}/image?download=1{more}")
    assert response.status_code == 200
    assert int(response["Content-Length"]) == len(body)
    return bytes(body)


def test_the_owner_gets_the_original_with_or_without_the_recipe(alice: User, make_work: MakeWork, fetch: Fetch) -> None:
    work = make_work(alice)
    told = as_(alice).get(f"/gallery/{work.pk}/download/?as=png")
    assert told["Location"] == f"/media/works/{work.pk}/image?download=1"
    bare = as_(alice).get(f"/gallery/{work.pk}/download/?as=png&told=0")["Location"]
    assert bare.endswith("?download=1&bare=1")
    assert metadata.read_png(original(fetch, alice, work))["params"]["prompt"] == "a red boat, 一只小船"
    data = original(fetch, alice, work, "&bare=1")
    assert metadata.read(data) is None
    assert "DigitalSourceType" in texts(data)["XML:com.adobe.xmp"]
    assert not ImageChops.difference(pixels(data), pixels(png())).getbbox()


@pytest.mark.parametrize(
    ("embed", "reveals", "told"), [(True, "all", True), (False, "all", False), (True, "picture", False)]
)
@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
def test_others_get_the_recipe_only_where_the_owner_allows_it(
    request: pytest.FixtureRequest, form: str, embed: bool, reveals: str, told: bool
) -> None:
    alice, bob, make_work, fetch = map(request.getfixturevalue, ("alice", "bob", "make_work", "fetch"))
    User.objects.filter(pk=alice.pk).update(embed_prompt=embed)
    work = make_work(alice, visibility="public", reveals=reveals)
    for person in (bob, None):
        if form == "png":
            data = original(fetch, person, work)
        else:
            data = as_(person).get(f"/gallery/{work.pk}/download/?as={form}").content
        assert (metadata.read(data) is not None) is told
        assert (b"red boat" in data) is told
        assert ("red boat".encode("utf-16-be") in data) is (told and form != "png")


def test_a_bare_file_is_sent_in_ranges_like_any_other(alice: User, make_work: MakeWork, fetch: Fetch) -> None:
    work = make_work(alice)
    whole = original(fetch, alice, work, "&bare=1")
    cut = len(whole) // 2
    url = f"/media/works/{work.pk}/image?bare=1"
    first, one = fetch(alice, url, Range=f"bytes=0-{cut - 1}")
    _second, other = fetch(alice, url, Range=f"bytes={cut}-")
    assert first.status_code == 206 and one + other == whole
    _tail, end = fetch(alice, url, Range="bytes=-7")
    assert end == whole[-7:]
    again, _body = fetch(alice, url, If_None_Match=first["ETag"])
    assert again.status_code == 304
    other_file, _body = fetch(alice, f"/media/works/{work.pk}/image", If_None_Match=first["ETag"])
    assert other_file.status_code == 200


@pytest.mark.parametrize(("form", "ending"), [("jpeg", "jpg"), ("webp", "webp")])
def test_other_forms_have_the_pixels_a_name_and_an_etag(
    alice: User, make_work: MakeWork, form: str, ending: str
) -> None:
    work = make_work(alice, title="Boats & <b>")
    response = as_(alice).get(f"/gallery/{work.pk}/download/?as={form}")
    assert response["Content-Type"] == f"image/{form}"
    assert response["Content-Disposition"] == f'attachment; filename="brushwire-boats-b-7.{ending}"'
    assert max(ImageStat.Stat(ImageChops.difference(pixels(response.content), pixels(png()))).mean) < 6
    headers = {"If-None-Match": response["ETag"]}
    assert as_(alice).get(f"/gallery/{work.pk}/download/?as={form}", headers=headers).status_code == 304
    assert as_(alice).get(f"/gallery/{work.pk}/download/?as={form}&told=0", headers=headers).status_code == 200


def test_bob_and_nobody_get_nothing_of_a_private_work(alice: User, bob: User, make_work: MakeWork) -> None:
    work = make_work(alice)
    for person in (bob, None):
        for form in ("png", "jpeg"):
            assert as_(person).get(f"/gallery/{work.pk}/download/?as={form}").status_code == 404


@pytest.mark.parametrize("form", ["gif", "", "../png"])
def test_a_form_that_is_not_offered_is_404(alice: User, make_work: MakeWork, form: str) -> None:
    assert as_(alice).get(f"/gallery/{make_work(alice).pk}/download/", {"as": form}).status_code == 404


def test_a_picture_that_is_too_large_leads_back_with_a_reason(
    alice: User, make_work: MakeWork, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RENDER_MAX_PIXELS = 10
    work = make_work(alice)
    html = as_(alice).get(f"/gallery/{work.pk}/download/?as=jpeg", follow=True).content.decode()
    assert "too large for that" in html
    settings.RENDER_MAX_PIXELS = 10**6
    monkeypatch.setattr(turns, "WAIT", 0.0)
    with turns.turn(1), turns.turn(1):
        html = as_(alice).get(f"/gallery/{work.pk}/download/?as=jpeg", follow=True).content.decode()
    assert "Please try again" in html


def test_the_label_is_in_every_form_even_without_the_recipe(
    alice: User, make_work: MakeWork, fetch: Fetch, settings: Settings
) -> None:
    settings.AIGC_PRODUCER, settings.AIGC_PROPAGATOR = "某公司", "某站"
    work = make_work(alice)
    label = json.loads(texts(original(fetch, alice, work, "&bare=1"))["AIGC"])
    assert (label["Label"], label["ContentProducer"], label["ContentPropagator"]) == ("1", "某公司", "某站")
    for form in ("jpeg", "webp"):
        data = as_(alice).get(f"/gallery/{work.pk}/download/?as={form}&told=0").content
        assert "<TC260:AIGC>" in data.decode("utf-8", "replace")
        assert json.loads(containers.texts(data)["parameters"])["ProduceID"] == f"{work.generation.hex}-0"
        assert metadata.read(data) is None
        told = as_(alice).get(f"/gallery/{work.pk}/download/?as={form}").content
        assert "Steps: 12" in containers.texts(told)["parameters"]
        assert "某公司" in told.decode("utf-8", "replace")


def test_the_visible_label_is_written_on_what_leaves_and_shown_on_the_page(
    alice: User, make_work: MakeWork, settings: Settings
) -> None:
    settings.AIGC_VISIBLE = "AI made"
    work = make_work(alice, data=png(400, 300))
    for form in ("png", "jpeg"):
        data = as_(alice).get(f"/gallery/{work.pk}/download/?as={form}").content
        changed = ImageChops.difference(pixels(data), pixels(png(400, 300))).crop((0, 270, 400, 300)).convert("L")
        assert ImageStat.Stat(changed).extrema[0][1] > 100
        found = metadata.read(data)
        assert found and found.params["prompt"]
    assert "AI made" in as_(alice).get(f"/gallery/{work.pk}/").content.decode()


def test_a_foreign_png_has_its_own_words_left(tmp_path: Any) -> None:
    from gallery.metadata.bare import Bare

    info = PngInfo()
    for name in ("parameters", "Title", "brushwire"):
        info.add_text(name, "words " * 5)
    path = tmp_path / "a.png"
    Image.effect_noise((64, 64), 80).save(path, pnginfo=info)
    bare = Bare(path.open("rb"))
    data = bare.read()
    assert len(data) == bare.size and set(texts(data)) == {"Title"}
    with pytest.raises(ValueError, match="PNG"):
        Bare(io.BytesIO(b"GIF89a"))
