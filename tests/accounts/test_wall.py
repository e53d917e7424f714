"""The wall of a workshop, and taking it along: for the teacher, of the group's works, and nothing else."""

import io
import re
import zipfile
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone
from PIL import Image

from accounts import workshops
from gallery import collecting, keeping, sharing
from gallery.models import Work
from studio.commands import archives
from studio.worker import archiving


def test_the_wall_shows_the_works_of_the_group_and_no_others(client, teacher, workshop, work, alice) -> None:
    other = Work.objects.create(owner=alice, generation=uuid4(), seed=1, width=8, height=8, prompt="alice's boat")
    client.force_login(teacher)
    page = client.get(f"/workshops/{workshop.pk}/wall/").content.decode()
    assert "a secret garden" in page and "boat" not in page and str(other.pk) not in page
    seen = re.search(r"seen=(\w+)", page)
    assert seen and client.get(f"/workshops/{workshop.pk}/wall/?seen={seen[1]}").status_code == 204


def test_the_wall_tells_a_prompt_only_where_the_work_reveals_it(client, teacher, workshop, work) -> None:
    client.force_login(teacher)
    for reveals, told in (("recipe", True), ("picture", False)):
        Work.objects.update(reveals=reveals)
        page = client.get(f"/workshops/{workshop.pk}/wall/").content.decode()
        assert ("a secret garden" in page) == told and "zoe" in page
    Work.objects.update(title="My garden")
    assert "My garden" in client.get(f"/workshops/{workshop.pk}/wall/").content.decode()


def test_works_of_a_workshop_are_shown_to_its_teacher_only(workshop, work, bob, mod) -> None:
    teacher, zoe = workshop.teacher, work.owner
    assert list(Work.objects.on_wall(workshop.pk, teacher)) == list(Work.objects.taught_by(teacher)) == [work]
    for other in (bob, mod, zoe):
        assert not Work.objects.taught_by(other).exists() and not Work.objects.on_wall(workshop.pk, other).exists()
        assert Work.objects.visible_to(other).filter(pk=work.pk).exists() == (other == zoe)
    assert not Work.objects.visible_to(AnonymousUser()).filter(pk=work.pk).exists()


def test_what_was_deleted_taken_down_or_of_a_closed_account_is_not_on_the_wall(teacher, workshop, work, zoe) -> None:
    for change in ({"deleted_at": timezone.now()}, {"moderation": "removed"}):
        Work.objects.filter(pk=work.pk).update(**change)
        assert not Work.objects.taught_by(teacher).exists()
        Work.objects.filter(pk=work.pk).update(deleted_at=None, moderation="clear")
    workshops.remove(zoe)
    assert not Work.objects.taught_by(teacher).exists()


def test_nobody_and_bob_see_no_wall(client, workshop, work, bob) -> None:
    assert client.get(f"/workshops/{workshop.pk}/wall/").status_code == 302
    client.force_login(bob)
    assert client.get(f"/workshops/{workshop.pk}/wall/").status_code == 404


def test_the_teacher_opens_the_pictures_on_the_wall_and_bob_does_not(client, bob, zoe, models) -> None:
    teacher = zoe.workshop.teacher
    png = (Path(__file__).parent.parent / "fixtures" / "house.png").read_bytes()
    recipe = keeping.Recipe("text_to_image", "fake", "fake", {"prompt": "x", "count": 1})
    drafts = keeping.prepare(recipe, [keeping.Picture(png, "image/png", 1)], {})
    with transaction.atomic():
        (made,) = keeping.keep(zoe.pk, uuid4(), drafts)
    for user, status in ((teacher, 200), (bob, 404)):
        client.force_login(user)
        assert client.get(f"/media/works/{made.pk}/thumb-320").status_code == status
    client.force_login(teacher)
    assert client.get(f"/gallery/{made.pk}/").status_code == 404, "the wall is a look, not an open door"


def test_the_teacher_takes_all_works_along(client, workshop, work, alice) -> None:
    teacher = workshop.teacher
    Work.objects.create(owner=alice, generation=uuid4(), seed=1, width=8, height=8, prompt="alice's boat")
    client.force_login(teacher)
    assert client.post(f"/workshops/{workshop.pk}/export/")["Location"] == "/account/data/"
    assert archiving.pack_next()
    archive = archives.of(teacher).get()
    with zipfile.ZipFile(archiving.path_of(archive)) as packed:
        names = packed.namelist()
    assert len(names) == 1 and names[0].startswith("zoe/") and names[0].endswith("/work.json")
    assert "Class 4b" in client.get("/account/data/").content.decode()


def test_links_of_its_people_end_when_the_workshop_closes(client, zoe, work, settings) -> None:
    Work.objects.update(recipe={"model": "fake", "params": {"prompt": "x"}})
    workshop, sea = zoe.workshop, collecting.make(zoe, "Sea")
    collecting.add(zoe, sea, [work.pk])
    links = [sharing.create(zoe, work.pk, "always"), sharing.create_to_collection(zoe, sea.pk, "always")]
    paths = [f"/s/{sharing.token(link)}/" for link in links]
    for ago, status in ((0, 200), (settings.WORKSHOP_GRACE, 404), (-60, 200)):
        workshop.ends_at = timezone.now() - timedelta(seconds=ago)
        workshop.save()
        workshops.changed(workshop)
        assert [client.get(path).status_code for path in paths] == [status, status]


def test_the_archive_tells_a_teacher_no_more_than_the_wall_does(client, zoe, settings, tmp_path) -> None:
    """Without an owner's leave neither prompt nor seed nor sketch, not even inside the picture."""
    teacher, drawing = zoe.workshop.teacher, (Path(__file__).parent.parent / "fixtures" / "house.png").read_bytes()
    recipe = keeping.Recipe("sketch_to_image", "fake", "fake", {"prompt": "a secret garden", "count": 1})
    for reveals in ("picture", "recipe", "all"):
        drafts = keeping.prepare(recipe, [keeping.Picture(drawing, "image/png", 7654321)], {"sketch": drawing})
        with transaction.atomic():
            (made,) = keeping.keep(zoe.pk, uuid4(), drafts)
        Work.objects.filter(pk=made.pk).update(reveals=reveals, title=reveals)
    archives.ask(teacher, title="x", workshop=zoe.workshop)
    assert archiving.pack_next()
    with zipfile.ZipFile(archiving.path_of(archives.of(teacher).get())) as packed:
        found = {name: packed.read(name) for name in packed.namelist()}

    def of(reveals: str) -> dict[str, bytes]:
        return {name.rsplit("/", 1)[1]: data for name, data in found.items() if f"-{reveals}-" in name}

    assert set(of("picture")) == set(of("recipe")) == {"image.png", "work.json"}
    assert set(of("all")) == {"image.png", "sketch.png", "work.json"}
    told = b"".join(of("picture").values())
    assert b"garden" not in told and b"7654321" not in told and b"parameters" not in told
    assert all(b"garden" in data for data in of("recipe").values())
    shown = [Image.open(io.BytesIO(of(each)["image.png"])).convert("RGB").tobytes() for each in ("picture", "all")]
    assert shown[0] == shown[1]


@pytest.mark.django_db(transaction=True)
async def test_people_of_a_workshop_see_their_own_pictures(async_client, zoe, work) -> None:
    """The files are served without a thread: whose account it is must not take another question there."""
    await async_client.aforce_login(zoe)
    assert (await async_client.get(f"/media/works/{work.pk}/image")).status_code == 404  # it has no file, and no fault
