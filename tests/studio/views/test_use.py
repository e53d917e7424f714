"""The page of one's use: today against the limits, the last two weeks as bars, one's own only."""

from datetime import timedelta
from uuid import uuid4

from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.models import User
from gallery.models import Work
from studio.models import Generation, State
from studio.queue import queueing, usage


def made(owner: User, days_ago: int, count: int = 1, state: State = State.FINISHED) -> None:
    at = timezone.now() - timedelta(days=days_ago)
    row = Generation.objects.create(
        owner=owner,
        command=uuid4().hex,
        tool="text_to_image",
        model_name="fake",
        params={"count": count},
        state=state,
        cost=2.5,
        refunded=2.5 if state == State.FAILED else 0.0,
        finished_at=at,
    )
    Generation.objects.filter(pk=row.pk).update(created_at=at)


def test_the_last_days_are_counted_with_live_drawing(alice, bob, django_assert_num_queries) -> None:
    made(alice, 0, count=3)
    made(alice, 0, state=State.FAILED)
    made(alice, 3, count=2)
    made(alice, 20)
    made(bob, 0)
    queueing.charge_live({alice.pk: 4.0})
    with django_assert_num_queries(2):
        days = usage.history(alice.pk)
    assert len(days) == 14 and days[-1].day == timezone.localdate()
    assert [(day.images, day.seconds) for day in days if day.seconds] == [(2, 2.5), (3, 6.5)]


def test_alice_sees_her_numbers_and_nobody_elses(client, alice, bob) -> None:
    made(alice, 0, count=3)
    made(bob, 0, count=8)
    Work.objects.create(owner=alice, generation=uuid4(), seed=1, width=8, height=8, size=3 * 1024 * 1024)
    client.force_login(alice)
    page = client.get("/account/use/")
    html = page.content.decode()
    assert "Your role is “member”" in html and "<strong>3</strong>" in html and "3.0\xa0MB" in html
    assert "3 pictures in 14 days" in html and page.context["total"] == 3
    assert "600 seconds for one request at most" in html


def test_whoever_has_no_limits_is_told_so(client, alice) -> None:
    alice.groups.add(Group.objects.get(name="admin"))
    client.force_login(alice)
    assert client.get("/account/use/").content.decode().count("no limit") == 4


def test_a_page_without_anything_made_still_draws(client, alice) -> None:
    client.force_login(alice)
    assert "0 pictures in 14 days" in client.get("/account/use/").content.decode()


def test_nobody_has_no_use(client, db) -> None:
    assert client.get("/account/use/").status_code == 302
