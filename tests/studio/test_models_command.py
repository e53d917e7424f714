"""`manage.py models`: the catalogue on the command line."""

import pytest
from django.core.management import CommandError, call_command

from studio.models import Model


def test_a_model_is_added_at_the_end_with_what_was_said(models, capsys) -> None:
    call_command("models", "add", "sd15", "org/sd15", "--part", "controlnet_scribble=org/scribble",
                 "--defaults", '{"steps": 25}', "--tools", "text_to_image")  # fmt: skip
    model = Model.objects.get(name="sd15")
    assert list(Model.objects.all())[-1] == model
    assert (model.title, model.source) == ("sd15", "org/sd15")
    assert (model.tools, model.defaults) == (["text_to_image"], {"steps": 25})
    assert model.ref().parts == {"controlnet_scribble": "org/scribble"}
    assert "sd15" in capsys.readouterr().out


def test_models_are_switched_off_and_on(models, alice) -> None:
    call_command("models", "disable", "starter")
    assert not Model.objects.usable_by(alice).filter(name="starter").exists()
    call_command("models", "enable", "starter")
    assert Model.objects.usable_by(alice).filter(name="starter").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "starter", "org/name"),
        ("add", "new", "org/name", "--tools", "paint_the_fence"),
        ("add", "new", "org/name", "--part", "controlnet_scribble"),
        ("add", "new", "org/name", "--defaults", "[1]"),
        ("add", "new", "org/name", "--defaults", "{"),
        ("add", "no name!", "org/name"),
        ("enable", "nobody"),
    ],
)
def test_nonsense_is_refused_and_changes_nothing(models, arguments) -> None:
    before = list(Model.objects.values())
    with pytest.raises(CommandError):
        call_command("models", *arguments)
    assert list(Model.objects.values()) == before
