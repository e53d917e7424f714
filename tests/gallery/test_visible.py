"""Who sees which work: `visible_to` is the only way in."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from gallery.models import Work
from gallery.recipes import recipe_for_studio
from tests.gallery.conftest import MakeWork, png

pytestmark = pytest.mark.django_db
Visible = Callable[[Work], list[bool]]


@pytest.fixture
def seen_by(alice: User, bob: User) -> Visible:
    """Whether alice, bob and nobody see a work."""
    people = [alice, bob, AnonymousUser()]
    return lambda work: [Work.objects.visible_to(person).filter(pk=work.pk).exists() for person in people]


def test_a_private_work_is_its_owners_alone(alice: User, make_work: MakeWork, seen_by: Visible) -> None:
    assert seen_by(make_work(alice)) == [True, False, False]


def test_an_unlisted_work_is_not_given_away(alice: User, make_work: MakeWork, seen_by: Visible) -> None:
    assert seen_by(make_work(alice, visibility="unlisted")) == [True, False, False]


def test_a_public_work_is_for_everybody(alice: User, make_work: MakeWork, seen_by: Visible) -> None:
    assert seen_by(make_work(alice, visibility="public")) == [True, True, True]


def test_a_hidden_work_is_its_owners_alone(alice: User, make_work: MakeWork, seen_by: Visible) -> None:
    assert seen_by(make_work(alice, visibility="public", moderation="hidden")) == [True, False, False]


def test_moderators_do_not_see_private_works(alice: User, mod: User, make_work: MakeWork) -> None:
    work = make_work(alice)
    assert not Work.objects.visible_to(mod).filter(pk=work.pk).exists()


def test_a_recipe_loads_a_work_back_into_the_studio(alice: User, make_work: MakeWork) -> None:
    work = make_work(alice, seed=99, sketch=png(64, 64, "white"))
    found = recipe_for_studio(alice, str(work.pk))
    assert (found["tool"], found["model"]) == ("sketch_to_image", "starter")
    assert (found["params"]["prompt"], found["params"]["seed"]) == ("a red boat, 一只小船", 99)
    assert found["inputs"] == {"sketch": f"/media/works/{work.pk}/sketch"}
    assert found["origin"]["by"] is None


def test_a_work_without_a_sketch_has_none(alice: User, make_work: MakeWork) -> None:
    assert recipe_for_studio(alice, make_work(alice).pk)["inputs"] == {}


def test_bob_cannot_load_alices_recipe(alice: User, bob: User, make_work: MakeWork) -> None:
    work = make_work(alice)
    for person in (bob, AnonymousUser()):
        with pytest.raises(Work.DoesNotExist):
            recipe_for_studio(person, work.pk)


@pytest.mark.parametrize("bad", ["", "x", "1", "../../etc", "00000000-0000-0000-0000-00000000000g"])
def test_an_id_that_is_none_is_a_work_that_does_not_exist(alice: User, bad: str) -> None:
    with pytest.raises(Work.DoesNotExist):
        recipe_for_studio(alice, bad)
