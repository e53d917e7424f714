"""What the result pane asks the server for: favourites, the picture a generation came from, and expected times."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.utils import timezone

from gallery.models import Work
from studio.models import Generation, State
from studio.queue import describe, estimates
from tests.studio.api.test_uploads import png, upload

PARAMS = {"prompt": "x", "steps": 10, "count": 1, "width": 128, "height": 128}


@pytest.fixture(autouse=True)
def no_cache(redis_server: object) -> None:
    cache.clear()


def work_of(owner) -> Work:
    return Work.objects.create(owner=owner, generation=uuid4(), tool="t", model_name="m", seed=1, width=8, height=8)


def mark(client, work: Work, favourite: object = True):
    return client.patch(f"/api/v1/works/{work.pk}", {"favourite": favourite}, content_type="application/json")


def ran(owner, seconds: float, **params: int) -> Generation:
    """A finished generation that took so long."""
    row = Generation(owner=owner, command=uuid4().hex, tool="text_to_image", model_name="m", params=PARAMS | params)
    row.state, row.started_at = State.FINISHED, timezone.now()
    row.finished_at = row.started_at + timedelta(seconds=seconds)
    row.save()
    return row


def test_alice_marks_a_favourite_and_takes_the_mark_away(client, alice) -> None:
    client.force_login(alice)
    work = work_of(alice)
    assert mark(client, work).status_code == 200
    work.refresh_from_db()
    assert work.favourite
    assert mark(client, work, False).json()["favourite"] is False
    work.refresh_from_db()
    assert not work.favourite


def test_bob_and_nobody_cannot_mark_the_work_of_alice(client, alice, bob) -> None:
    work = work_of(alice)
    Work.objects.filter(pk=work.pk).update(visibility="public")
    assert mark(client, work).status_code == 401
    client.force_login(bob)
    assert mark(client, work).json()["code"] == "not_found"
    work.refresh_from_db()
    assert not work.favourite


def test_alice_sees_her_input_again_and_bob_and_nobody_do_not(client, alice, bob) -> None:
    client.force_login(alice)
    address = f"/api/v1/inputs/{upload(client, png()).json()['id']}"
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert answer.content.startswith(b"\x89PNG")
    client.force_login(bob)
    assert client.get(address).json()["code"] == "not_found"
    client.logout()
    assert client.get(address).status_code == 401


def test_expected_time_is_the_spread_of_earlier_ones_scaled_by_steps_and_pictures(alice) -> None:
    for seconds in (2.0, 2.5, 3.0, 3.5, 4.0):
        ran(alice, seconds)
    like = Generation(owner=alice, tool="text_to_image", model_name="m", params=PARAMS | {"steps": 20, "count": 2})
    low, high = estimates.expected(like) or (0, 0)
    assert 8 <= low < high <= 16


def test_nothing_is_expected_of_what_was_seldom_made_or_has_another_size(alice) -> None:
    ran(alice, 2.0)
    ran(alice, 2.0)
    assert estimates.expected(Generation(tool="text_to_image", model_name="m", params=PARAMS)) is None
    ran(alice, 2.0)
    estimates.learn(Generation(tool="text_to_image", model_name="m", params=PARAMS))
    assert estimates.expected(Generation(tool="text_to_image", model_name="m", params=PARAMS | {"width": 64})) is None
    assert estimates.expected(Generation(tool="text_to_image", model_name="m", params=PARAMS)) is not None


def test_one_odd_time_among_many_does_not_widen_the_range() -> None:
    assert estimates.spread([1.0] * 19 + [60.0]) == (1.0, 1.0)


def test_a_view_names_only_inputs_that_are_still_kept(client, alice) -> None:
    client.force_login(alice)
    kept = upload(client, png()).json()["id"]
    row = ran(alice, 1.0)
    row.inputs = {"sketch": kept, "image": str(uuid4())}
    view = describe.views([row], {})[0]
    assert {role: str(pk) for role, pk in view.inputs.items()} == {"sketch": kept}
