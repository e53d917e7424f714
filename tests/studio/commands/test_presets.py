"""Styles: public ones for everybody, own ones for their owner alone; and one's own prompts again."""

import pytest
from django.core.management import call_command

from studio.models import Generation, Preset

STYLE = {"name": "Foggy", "prompt": "{prompt}, in the fog", "negative_prompt": "sun", "params": {"steps": 12}}


def save(client, **change):
    return client.post("/api/v1/presets", STYLE | change, content_type="application/json")


def test_alice_saves_a_style_changes_it_and_deletes_it(client, alice) -> None:
    client.force_login(alice)
    made = save(client)
    assert made.status_code == 201
    place = f"/api/v1/presets/{made.json()['id']}"
    client.put(place, STYLE | {"name": "Misty", "params": {}}, content_type="application/json")
    shown = client.get("/api/v1/presets").json()["items"]
    assert [(s["name"], s["params"], s["own"]) for s in shown] == [("Misty", {}, True)]
    assert client.delete(place).status_code == 204
    assert not Preset.objects.exists()


def test_bob_and_nobody_cannot_touch_or_see_the_style_of_alice(client, alice, bob) -> None:
    client.force_login(alice)
    place = f"/api/v1/presets/{save(client).json()['id']}"
    client.logout()
    assert client.get("/api/v1/presets").status_code == 401
    assert client.delete(place).status_code == 401
    client.force_login(bob)
    assert client.get("/api/v1/presets").json()["items"] == []
    assert client.delete(place).json()["code"] == "not_found"
    assert client.put(place, STYLE, content_type="application/json").json()["code"] == "not_found"
    assert Preset.objects.get().name == "Foggy"


def test_public_styles_are_added_once_and_nobody_changes_them(client, alice) -> None:
    call_command("seed_presets", verbosity=0)
    Preset.objects.filter(slug="ink").update(name="Pen")
    call_command("seed_presets", verbosity=0)
    client.force_login(alice)
    shown = client.get("/api/v1/presets").json()["items"]
    assert len(shown) == 6 and "Pen" in [style["name"] for style in shown]
    assert client.delete(f"/api/v1/presets/{shown[0]['id']}").json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"prompt": "no place"}, "prompt"),
        ({"prompt": "{prompt} {prompt}"}, "prompt"),
        ({"prompt": "{prompt}" + "x" * 2000}, "prompt"),
        ({"params": {"steps": "many"}}, "steps"),
        ({"params": {"sampler": "magic"}}, "sampler"),
    ],
)
def test_a_style_that_makes_no_sense_is_refused_at_its_field(client, alice, change, field) -> None:
    client.force_login(alice)
    answer = save(client, **change)
    assert (answer.status_code, list(answer.json()["fields"])) == (422, [field])
    assert not Preset.objects.exists()


def test_there_is_an_end_to_styles(client, alice, settings) -> None:
    settings.PRESETS_PER_PERSON = 1
    client.force_login(alice)
    save(client)
    assert save(client).json()["code"] == "presets_full"


def test_prompts_come_again_each_once_newest_first_and_only_ones_own(client, alice, bob) -> None:
    for number, (owner, prompt) in enumerate([(alice, "a"), (alice, "b"), (bob, "secret"), (alice, "a"), (alice, "")]):
        Generation.objects.create(owner=owner, command=str(number), tool="t", params={"prompt": prompt})
    assert client.get("/api/v1/prompts").status_code == 401
    client.force_login(alice)
    assert client.get("/api/v1/prompts").json() == ["a", "b"]
