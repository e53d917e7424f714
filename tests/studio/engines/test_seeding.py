"""The catalogue follows the settings where nobody edited it."""

from copy import deepcopy

import pytest
from django.conf import LazySettings

from studio.engines.seeding import seed
from studio.models import Model

pytestmark = pytest.mark.django_db
ENTRY = {
    "name": "scenes",
    "title": "Scenes",
    "engine": "local",
    "family": "sd",
    "source": "somewhere",
    "tools": ["text_to_image"],
    "defaults": {"steps": 16},
}


@pytest.fixture
def entry(settings: LazySettings) -> dict[str, object]:
    """What the settings say, to be changed as a newer version would."""
    Model.objects.all().delete()
    settings.MODELS = [deepcopy(ENTRY)]
    assert seed() == ["scenes"]
    return settings.MODELS[0]


def test_a_newer_version_renews_what_nobody_edited(entry: dict[str, object]) -> None:
    entry["tools"] = ["text_to_image", "inpaint"]
    assert seed() == []
    assert Model.objects.get().tools == ["text_to_image", "inpaint"]


def test_what_the_admin_edited_stays_for_ever(entry: dict[str, object]) -> None:
    Model.objects.update(title="Ours", enabled=False, defaults={"steps": 4})
    for steps in (20, 24):
        entry["defaults"] = {"steps": steps}
        seed()
    row = Model.objects.get()
    assert (row.title, row.enabled, row.defaults) == ("Ours", False, {"steps": 4})


def test_seeding_twice_changes_nothing(entry: dict[str, object]) -> None:
    before = Model.objects.values().get()
    seed()
    assert Model.objects.values().get() == before
