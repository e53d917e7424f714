"""The operations page in a real browser: live over the socket, paused and resumed with a reason; and a work's times."""

import os
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from django.contrib.auth.models import Group
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import StaffAction, User
from gallery.models import Work
from studio.models import Generation, Model, PausedQueue, Pulse, State
from tests.browser.axe import findings
from tests.browser.test_house import PHONE, fits
from tests.policy.belongings import work_of

SEEN = os.environ.get("BRUSHWIRE_SHOTS")


def shot(page: Page, name: str) -> None:
    """For who wants to look: BRUSHWIRE_SHOTS names a folder."""
    if not SEEN:
        return
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.screenshot(path=str(Path(SEEN) / f"{name}-{theme}.png"), full_page=True)


def row(owner: User, state: str, **about: object) -> Generation:
    """One that nobody works on: the studio's own worker does not listen to its queue."""
    model = Model.objects.get(name="fake")
    params = {"prompt": "x", "steps": 4, "count": 1, "width": 64, "height": 64}
    facts = {"tool": "text_to_image", "model": model, "model_name": "fake", "queue": "gpu-large", "params": params}
    made = Generation.objects.create(owner=owner, command=uuid4().hex, state=state, cost=40.0, **(facts | about))
    Generation.objects.filter(pk=made.pk).update(created_at=timezone.now() - timedelta(seconds=12))
    return made


def test_an_operator_watches_pauses_and_resumes(open_page, log_in, alice: User) -> None:
    olga = User.objects.create_user("olga", "olga@example.org", "correct horse battery")
    olga.groups.add(Group.objects.get(name="operator"))
    now = timezone.now()
    facts = {"host": "big", "pid": 7, "seen_at": now + timedelta(minutes=5), "most_rows": 8, "version": "0.1.0"}
    device = {"device": "cuda:0 NVIDIA H200", "device_memory": 52 << 30, "device_total": 140 << 30, "rows": 5}
    held = {"memory": 900 << 20, "engine_memory": 6 << 30, "in_memory": ["fake", "sdxl"], "state": "busy"}
    Pulse.objects.create(name="worker:gpu-large@big:7", kind="worker:gpu-large", **facts, **device, **held)
    lease = {"token": uuid4(), "lease_until": now + timedelta(days=1)}
    began = {"started_at": now - timedelta(seconds=9), "attempt": 1, **lease}
    row(alice, State.RUNNING, **began)
    row(alice, State.QUEUED)
    timings = {"stages": [["loading", 400], ["denoising", 2600], ["decoding", 300]], "steps": [[210, 220, 190, 480]]}
    ended = {"started_at": now - timedelta(seconds=4), "finished_at": now, "timings": timings, "delivered_at": now}
    done = row(alice, State.FINISHED, **ended)
    page = open_page(reduced_motion="reduce")
    log_in(page, "olga", "/operations/")
    expect(page.locator("#live")).to_have_attribute("data-state", "online")
    expect(page.locator(".ops-worker", has_text="big:7")).to_contain_text("52 GB of 140 GB")
    queue = page.locator('tr[data-queue="gpu-large"]')
    expect(queue).to_contain_text("1, wanted 2")
    expect(page.locator("#running")).to_contain_text("alice")
    assert not findings(page)
    shot(page, "operations-1440")
    # Live: what happens elsewhere is there a moment later.
    row(alice, State.QUEUED)
    expect(queue.locator("td").first).to_have_text("2")
    # Not without a reason, and with one it stands in the record.
    queue.get_by_role("button", name="Pause").click()
    page.get_by_label("Why?").fill("a new driver")
    assert not findings(page)
    shot(page, "operations-ask")
    page.get_by_role("dialog").get_by_role("button", name="Pause").click()
    expect(queue).to_have_class("is-paused")
    expect(page.locator("#alarms")).to_contain_text("The queue gpu-large is paused; 2 wait in it.")
    assert PausedQueue.objects.get().why == "a new driver"
    assert not findings(page)
    page.set_viewport_size(PHONE["viewport"])
    shot(page, "operations-390")
    assert fits(page)
    queue.get_by_role("button", name="Resume").click()
    page.get_by_label("Why?").fill("it is in")
    page.get_by_role("dialog").get_by_role("button", name="Resume").click()
    expect(queue).to_have_class("")
    assert [act.action for act in StaffAction.objects.order_by("number")] == ["queue_pause", "queue_resume"]
    page.locator("#ended").get_by_role("button").first.click()
    expect(page.locator("#times .timeline")).to_contain_text("4 steps")
    assert not findings(page)
    shot(page, "operations-times")
    work = work_of(alice)
    Work.objects.filter(pk=work.pk).update(generation=done.pk)
    page.context.clear_cookies()
    log_in(page, "alice", f"/gallery/{work.pk}/")
    page.get_by_text("How long it took").click()
    expect(page.locator("#work-time .timeline")).to_contain_text("Painting, step by step")
    shot(page, "work-times")
