"""LoRAs and embeddings in the catalogue: who may use which, how they are asked for, and what a job carries."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command

from accounts.models import User
from studio import tools
from studio.commands import generations, live
from studio.engines.prompts import take_loras
from studio.job import AdapterRef
from studio.models import Adapter, Generation, Model
from studio.protocol import Submit
from studio.views.pages import configuration
from studio.words.errors import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def pencil(models: None) -> Adapter:
    return Adapter.objects.create(
        name="pencil", title="Pencil", family="sd", source="/x/pencil.safetensors", weight=0.7
    )


@pytest.fixture
def secret(alice: User, models: None) -> Adapter:
    """A LoRA of alice's group."""
    group = Group.objects.create(name="painters")
    alice.groups.add(group)
    row = Adapter.objects.create(name="secret", title="Secret", family="sd", source="/x/secret.safetensors")
    row.groups.add(group)
    return row


def ask(user: User, **params: Any) -> Generation:
    number = Generation.objects.count()
    message = {"type": "submit", "id": f"c{number}", "tool": "text_to_image", "model": "tiny"}
    return generations.submit(user, Submit.model_validate(message | {"params": {"prompt": "a house"} | params}))


def refusal(user: User, **params: Any) -> dict[str, str]:
    with pytest.raises(Refused) as caught:
        ask(user, **params)
    assert caught.value.code == "invalid"
    assert not Generation.objects.exists()
    return {name: error["code"] for name, error in caught.value.fields.items()}


def test_a_lora_counts_as_asked_or_as_the_catalogue_says(alice: User, pencil: Adapter, secret: Adapter) -> None:
    params = ask(alice, loras=[{"name": "pencil"}, {"name": "secret", "weight": -0.5}]).params
    assert params["loras"] == [{"name": "pencil", "weight": 0.7}, {"name": "secret", "weight": -0.5}]
    assert Adapter.objects.refs(alice, "sd", params) == (
        AdapterRef("pencil", "lora", "/x/pencil.safetensors", 0.7),
        AdapterRef("secret", "lora", "/x/secret.safetensors", -0.5),
    )


def test_bob_cannot_use_or_see_the_lora_of_another_group(bob: User, pencil: Adapter, secret: Adapter) -> None:
    assert refusal(bob, loras=[{"name": "secret"}]) == {"loras": "unknown"}
    assert refusal(bob, prompt="a house <lora:secret:1>") == {"loras": "unknown"}
    (tiny,) = [model for model in configuration(bob)["models"] if model["name"] == "tiny"]
    offered = [field for panel in tiny["panels"].values() for field in panel if field["kind"] == "loras"]
    assert offered
    assert all([lora["name"] for lora in field["adapters"]] == ["pencil"] for field in offered)


@pytest.mark.parametrize(
    ("loras", "code"),
    [
        ("pencil", "invalid"),
        (["pencil"], "invalid"),
        ([{"name": "pencil", "strength": 1}], "invalid"),
        ([{"weight": 1}], "invalid"),
        ([{"name": 7}], "invalid"),
        ([{"name": "pencil", "weight": "1"}], "invalid"),
        ([{"name": "pencil", "weight": True}], "invalid"),
        ([{"name": "pencil", "weight": 2.1}], "weight"),
        ([{"name": "pencil", "weight": -2.1}], "weight"),
        ([{"name": "pencil"}, {"name": "pencil"}], "twice"),
        ([{"name": f"l{n}"} for n in range(4)], "max_length"),
        ([{"name": "nothing"}], "unknown"),
        ({"name": "pencil"}, "invalid"),
    ],
)
def test_nonsense_is_refused_at_its_field(alice: User, pencil: Adapter, loras: Any, code: str) -> None:
    assert refusal(alice, loras=loras) == {"loras": code}


def test_a_lora_of_another_family_or_switched_off_is_not_there(alice: User, pencil: Adapter) -> None:
    Adapter.objects.create(name="big", title="Big", family="sdxl", source="/x")
    assert refusal(alice, loras=[{"name": "big"}]) == {"loras": "unknown"}
    call_command("adapters", "disable", "pencil")
    assert refusal(alice, loras=[{"name": "pencil"}]) == {"loras": "unknown"}


def test_a_lora_that_goes_while_a_generation_waits_is_told_by_its_name(alice: User, pencil: Adapter) -> None:
    params = ask(alice, loras=[{"name": "pencil"}]).params
    pencil.delete()
    with pytest.raises(Adapter.DoesNotExist, match="pencil"):
        Adapter.objects.refs(alice, "sd", params)


def test_marks_in_the_prompt_ask_for_loras_too(alice: User, pencil: Adapter) -> None:
    params = ask(alice, prompt="a house <lora:pencil:0.4>, night").params
    assert params["prompt"] == "a house , night"
    assert params["loras"] == [{"name": "pencil", "weight": 0.4}]
    assert refusal_of_marks("x <lora:pencil:9>") == {"loras": "weight"}
    assert refusal_of_marks("<lora:pencil>") == {"prompt": "required"}
    assert take_loras("a <lora:> b <lora:x:y>") == ("a <lora:> b <lora:x:y>", [])


def refusal_of_marks(prompt: str) -> dict[str, str]:
    with pytest.raises(Refused) as caught:
        tools.find("text_to_image").clean({"prompt": prompt}, Model.objects.get(name="tiny"))
    return {name: error["code"] for name, error in caught.value.fields.items()}


def test_embeddings_go_with_the_prompts_that_name_them_for_those_who_may(
    alice: User, bob: User, secret: Adapter
) -> None:
    row = Adapter.objects.create(name="cat", title="Cat", kind="embedding", family="sd", source="/x/cat", token="<cat>")
    row.groups.add(Group.objects.get(name="painters"))
    named = {"prompt": "a <cat>", "negative_prompt": ""}
    expected = (AdapterRef("cat", "embedding", "/x/cat", token="<cat>"),)
    assert Adapter.objects.refs(alice, "sd", named) == expected
    assert Adapter.objects.refs(alice, "sd", {"prompt": "x", "negative_prompt": "<cat>"}) == expected
    assert Adapter.objects.refs(bob, "sd", named) == ()
    assert Adapter.objects.refs(alice, "sdxl", named) == ()
    assert Adapter.objects.refs(alice, "sd", {"prompt": "a cat"}) == ()


def test_adapters_are_added_and_listed_on_the_command_line(models: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("adapters", "add", "ink", "/x/ink.safetensors", "--weight", "0.5", "--words", "ink style")
    call_command("adapters", "add", "cat", "/x/cat.safetensors", "--token", "<cat>", "--family", "sdxl")
    ink, cat = Adapter.objects.get(name="ink"), Adapter.objects.get(name="cat")
    assert (ink.kind, ink.weight, ink.words, ink.title) == ("lora", 0.5, "ink style", "ink")
    assert (cat.kind, cat.token, cat.family) == ("embedding", "<cat>", "sdxl")
    told = capsys.readouterr()
    assert "embedding/sdxl" in told.out
    assert told.err == "No model of the family sdxl is in the catalogue yet: nobody is offered it.\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "no name!", "/x"),
        ("add", "pencil", "/x"),
        ("add", "new", "/x", "--weight", "3"),
        ("add", "new", "/x", "--token", "two words"),
        ("enable", "nobody"),
    ],
)
def test_nonsense_on_the_command_line_changes_nothing(pencil: Adapter, arguments: tuple[str, ...]) -> None:
    before = list(Adapter.objects.values())
    with pytest.raises(CommandError):
        call_command("adapters", *arguments)
    assert list(Adapter.objects.values()) == before


def test_staff_see_them_in_the_admin(client: Any, pencil: Adapter) -> None:
    client.force_login(User.objects.create_superuser("root", "root@example.org", "correct horse battery"))
    assert "Pencil" in client.get("/admin/studio/adapter/").content.decode()
    assert client.get(f"/admin/studio/adapter/{pencil.pk}/change/").status_code == 200


def test_a_recipe_tells_its_loras_and_the_text_of_other_programs_brings_them_back(alice: User, pencil: Adapter) -> None:
    from gallery.metadata import parameters_text, parse_parameters

    params = ask(alice, loras=[{"name": "pencil"}]).params
    text = parameters_text({"params": params, "model": "tiny"}, 1, 64, 64)
    assert text.startswith("a house <lora:pencil:0.7>\n")
    again = tools.find("text_to_image").clean(
        {"prompt": parse_parameters(text)["prompt"]}, Model.objects.get(name="tiny")
    )
    assert (again["prompt"], again["loras"]) == ("a house", params["loras"])


def test_live_frames_wear_only_what_the_person_may_use(
    alice: User, bob: User, pencil: Adapter, secret: Adapter
) -> None:
    tiny = Model.objects.get(name="tiny")
    tiny.defaults |= {"live": {"steps": 2}}
    tiny.save()
    given = json.dumps({"prompt": "a house", "loras": [{"name": "secret", "weight": 0.5}]})
    for kind in ("draft", "refined"):
        admitted = live._admit(alice.pk, "text_to_image", "tiny", kind, given, 1)
        assert admitted.adapters == (AdapterRef("secret", "lora", "/x/secret.safetensors", 0.5),)
        with pytest.raises(Refused) as caught:
            live._admit(bob.pk, "text_to_image", "tiny", kind, given, 1)
        assert set(caught.value.fields) == {"loras"}
