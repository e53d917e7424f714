"""The studio's pages in the admin: staff keep the catalogue, and see of private generations only that they are."""

import pytest

from accounts.models import User
from studio import tools
from studio.models import Model
from studio.queue import lifecycle

SECRET = "a secret garden"


@pytest.fixture
def root(db) -> User:
    return User.objects.create_superuser("root", "root@example.org", "correct horse battery")


@pytest.fixture
def generation(alice, models):
    params = {"prompt": SECRET, "steps": 2, "count": 1}
    model = Model.objects.get(name="fake")
    return lifecycle.submit(alice.pk, "one", tool=tools.find("text_to_image"), model=model, params=params, inputs={})


def test_generations_are_listed_without_what_was_asked(client, root, generation) -> None:
    client.force_login(root)
    for path in ("/admin/studio/generation/", f"/admin/studio/generation/{generation.pk}/change/"):
        page = client.get(path)
        assert page.status_code == 200
        assert str(generation.pk) in page.content.decode() and SECRET not in page.content.decode()


def test_nobody_changes_a_generation_by_hand(client, root, generation) -> None:
    client.force_login(root)
    assert client.post(f"/admin/studio/generation/{generation.pk}/change/", {"state": "finished"}).status_code == 403
    assert client.get("/admin/studio/generation/add/").status_code == 403


def test_a_model_can_be_switched_off_for_everybody(client, root, models, alice) -> None:
    client.force_login(root)
    page = client.get(f"/admin/studio/model/{Model.objects.get(name='starter').pk}/change/")
    assert page.status_code == 200
    Model.objects.filter(name="starter").update(enabled=False)
    assert "starter" not in Model.objects.usable_by(alice).values_list("name", flat=True)


def test_a_model_of_a_group_is_for_its_members(alice, bob, models) -> None:
    from django.contrib.auth.models import Group

    painters = Group.objects.create(name="painters")
    Model.objects.get(name="starter").groups.add(painters)
    alice.groups.add(painters)
    assert "starter" in Model.objects.usable_by(alice).values_list("name", flat=True)
    assert "starter" not in Model.objects.usable_by(bob).values_list("name", flat=True)


def test_alice_does_not_get_into_the_catalogue(client, alice, models) -> None:
    client.force_login(alice)
    assert client.get("/admin/studio/model/").status_code == 302
