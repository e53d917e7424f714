"""Two works beside each other: numbers, picture, and what was different before."""

import io

import pytest
from PIL import Image
from pytest_django import Settings

from accounts.models import User
from gallery import comparing
from gallery.models import Work
from gallery.pixels import turns
from tests.gallery.conftest import MakeWork, png
from tests.gallery.pages.test_pages import as_, page

pytestmark = pytest.mark.django_db


def dotted(value: int) -> bytes:
    """The usual picture with a hundredth of its pixels changed by `value` in red."""
    with Image.open(io.BytesIO(png(100, 50))) as picture:
        changed = picture.convert("RGB")
    red, green, blue = changed.getpixel((90, 40))  # type: ignore[misc]
    changed.paste((red + value, green, blue), (90, 40, 100, 45))
    out = io.BytesIO()
    changed.save(out, "PNG")
    return out.getvalue()


def test_the_numbers_are_right(alice: User, make_work: MakeWork) -> None:
    one = make_work(alice, data=png(100, 50))
    same = comparing.difference(one, make_work(alice, data=png(100, 50)))
    assert same.none and (same.largest, same.mean, same.changed) == (0, 0.0, 0.0)
    apart = comparing.difference(one, make_work(alice, data=dotted(30)))
    assert (apart.largest, round(apart.changed, 4), round(apart.mean, 4)) == (30, 0.01, 0.1)


def test_the_picture_shows_where(alice: User, make_work: MakeWork) -> None:
    one, other = make_work(alice, data=png(100, 50)), make_work(alice, data=dotted(30))
    response = as_(alice).get(f"/gallery/{one.pk}/compare/{other.pk}/difference.png")
    shown = Image.open(io.BytesIO(response.content)).convert("RGB")
    assert shown.crop((10, 10, 11, 11)).tobytes() == b"\0\0\0"
    assert min(shown.crop((95, 42, 96, 43)).tobytes()) > 200
    again = as_(alice).get(response.request["PATH_INFO"], headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304


def test_the_page_tells_the_truth(alice: User, make_work: MakeWork) -> None:
    one = make_work(alice)
    assert "the same to the bit" in page(alice, f"/gallery/{one.pk}/compare/{make_work(alice).pk}/")
    changed = make_work(alice, data=png(96, 64, "navy"), params={"steps": 4})
    html = page(alice, f"/gallery/{one.pk}/compare/{changed.pk}/")
    assert "The two pictures differ." in html and "The settings differ." in html
    Work.objects.filter(pk=changed.pk).update(model_name="other", tool="inpaint")
    html = page(alice, f"/gallery/{one.pk}/compare/{changed.pk}/")
    assert "The models differ." in html and "The tools differ." in html
    larger = make_work(alice, data=png(200, 100))
    assert "different sizes" in page(alice, f"/gallery/{one.pk}/compare/{larger.pk}/")
    assert as_(alice).get(f"/gallery/{one.pk}/compare/{larger.pk}/difference.png").status_code == 404


def test_versions_are_compared_as_far_as_they_are_known(alice: User, make_work: MakeWork) -> None:
    one, other = make_work(alice), make_work(alice)
    here = f"/gallery/{one.pk}/compare/{other.pk}/"
    assert "model" not in page(alice, here).partition("<dl")[2].partition("compared")[0].lower()
    for first, second, said in [("a", "b", "has been changed in between"), (None, "b", "is not known")]:
        for work, weights in ((one, first), (other, second)):
            versions = {"brushwire": "0.1"} | ({"weights": weights} if weights else {})
            Work.objects.filter(pk=work.pk).update(recipe=work.recipe | {"versions": versions})
        assert said in page(alice, here)


def test_bob_compares_only_what_he_may_see(alice: User, bob: User, make_work: MakeWork) -> None:
    private, public = make_work(alice), make_work(alice, visibility="public", reveals="picture")
    own = make_work(bob, params={"steps": 4})
    for one, other in [(private, public), (public, private), (private, own), (public, public)]:
        for end in ("", "difference.png"):
            assert as_(bob).get(f"/gallery/{one.pk}/compare/{other.pk}/{end}").status_code == 404
    assert "The settings differ." not in page(bob, f"/gallery/{public.pk}/compare/{own.pk}/")


def test_limits_are_told(alice: User, make_work: MakeWork, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = make_work(alice), make_work(alice)
    here = f"/gallery/{one.pk}/compare/{other.pk}/"
    monkeypatch.setattr(turns, "WAIT", 0.0)
    with turns.turn(1), turns.turn(1):
        assert "Please try again." in page(alice, here)
        assert as_(alice).get(f"{here}difference.png").status_code == 503
    settings.RENDER_MAX_PIXELS = 10
    assert "too large" in page(alice, here)
    assert as_(alice).get(f"{here}difference.png").status_code == 404
