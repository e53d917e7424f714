"""What OpenAI's parameters mean here, and what becomes of them with the models that there are."""

import io
from typing import Any

import pytest
from PIL import Image

from accounts import keys
from accounts.models import ApiKey, User
from gallery.models import Work
from studio.commands import programs
from studio.compat.bodies import Sent
from studio.compat.openai import wishes
from studio.models import Generation, Model
from studio.words.errors import Refused
from studio.worker import runner
from tests.studio.engines.old_photos import old_photo, strokes

PICTURE = (48, 32)


def png(size: tuple[int, int] = PICTURE, mode: str = "RGB", colour: Any = "white") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def key(alice: User, models: None) -> ApiKey:
    return keys.make(alice, keys.Wish(name="test", scopes=["generate"]))[0]


def asked(key: ApiKey, read: Any, values: dict[str, Any], *pictures: bytes, **files: bytes) -> Generation:
    """What is queued for such a form."""
    named = {"image" if len(pictures) == 1 else "image[]": list(pictures)} if pictures else {}
    sent = Sent(values, named | {name: [data] for name, data in files.items()}, is_form=bool(pictures))
    wish, _answer = read(sent)
    return programs.ask(key.owner, key, wish, programs.command_for(key.owner, sent.digest(), again=False))


def refused(read: Any, values: dict[str, Any], **files: bytes) -> tuple[str, str]:
    """The code, and the first field that is named."""
    with pytest.raises(Refused) as error:
        read(Sent(values, {name: [data] for name, data in files.items()}, is_form=bool(files)))
    return error.value.code, next(iter(error.value.fields), "")


def test_quality_is_how_many_steps_unless_they_are_said(key: ApiKey) -> None:
    def steps(**more: Any) -> int:
        return asked(key, wishes.generation, {"model": "fake", "prompt": "x", **more}).params["steps"]

    said = [steps(quality=quality) for quality in ("low", "auto", "medium", "standard", "high", "hd", "xhigh", "max")]
    assert said == [4, 8, 8, 8, 12, 12, 16, 24]
    assert steps(quality="max", steps=3) == 3


def test_without_a_model_the_first_that_can_is_taken(key: ApiKey) -> None:
    assert asked(key, wishes.generation, {"prompt": "x"}).model_name == "starter"


def test_a_form_says_numbers_and_switches_as_text(key: ApiKey) -> None:
    said = {"model": "fake", "prompt": "12", "n": "2", "strength": "0.5", "keep_original": "false", "sampler": ""}
    row = asked(key, wishes.edit, said, png(mode="RGB"), mask=png(mode="RGBA", colour=(0, 0, 0, 0)))
    kept = {name: row.params[name] for name in ("prompt", "count", "strength", "keep_original")}
    assert kept == {"prompt": "12", "count": 2, "strength": 0.5, "keep_original": False}


def test_the_size_follows_the_picture_unless_it_is_said(key: ApiKey) -> None:
    def size(**more: Any) -> tuple[int, int]:
        params = asked(key, wishes.edit, {"model": "fake", "prompt": "x", **more}, png((300, 100))).params
        return params["width"], params["height"]

    assert size(size="auto") == size() == (112, 64), "as many pixels as 64 x 64, in its shape, no side below 64"
    assert size(size="128x64") == (128, 64)
    fit = {"width": 512, "height": 512}
    assert programs.fitted((4000, 1000), fit, 768) == (768, 192), "no side above the model's"
    assert programs.fitted((500, 500), fit, 768) == (512, 512)


def test_fidelity_keeps_closer_to_the_picture(key: ApiKey) -> None:
    said = {"model": "fake", "prompt": "x", "input_fidelity": "high"}
    assert asked(key, wishes.edit, said, png()).params["strength"] == 0.45


def test_a_model_that_only_enlarges_enlarges_and_one_that_colours_colours(key: ApiKey) -> None:
    row = asked(key, wishes.edit, {"model": "plain", "prompt": "larger", "scale": "4"}, png())
    assert (row.tool, row.params["scale"]) == ("upscale", 4)
    asked(key, wishes.edit, {"model": "plain", "prompt": "larger", "size": "96x64"}, png())
    with pytest.raises(Refused) as error:
        asked(key, wishes.edit, {"model": "plain", "prompt": "larger", "size": "512x512"}, png())
    assert error.value.fields.keys() == {"size"}
    with pytest.raises(Refused) as error:
        asked(key, wishes.edit, {"model": "plain", "prompt": "x", "n": "2"}, png())
    assert error.value.fields.keys() == {"count"}
    Model.objects.create(name="colours", engine="local", family="ddcolor", source="x", tools=["colorize"])
    assert asked(key, wishes.edit, {"model": "colours", "prompt": "in colour"}, png((64, 64))).tool == "colorize"


@pytest.mark.usefixtures("unhurried")
def test_a_photo_with_strokes_of_colour_is_coloured(key: ApiKey) -> None:
    row = asked(key, wishes.edit, {"model": "plain", "prompt": "in colour"}, old_photo(), strokes())
    assert row.tool == "colorize" and runner.run_next("cpu", lambda _queue: None)
    end = programs.end_of(key.owner, row.pk)
    assert not end.code and [work.tool for work in end.works] == ["colorize"] == [Work.objects.get().tool]


@pytest.mark.parametrize(
    ("read", "values", "files", "field"),
    [
        (wishes.generation, {"prompt": "x"}, {"image": png()}, "image"),
        (wishes.edit, {"prompt": "x"}, {}, "image"),
        (wishes.edit, {"prompt": "x"}, {"image": png(), "markup": png()}, "markup"),
        (wishes.edit, {"prompt": "x"}, {"image": png(), "mask": png()}, "mask"),
        (wishes.edit, {"prompt": "x"}, {"image": png(), "mask": png((9, 9), "RGBA", (0, 0, 0, 0))}, "mask"),
        (wishes.generation, {"prompt": 7}, {}, "prompt"),
        (wishes.generation, {"prompt": "x", "n": 0}, {}, "n"),
        (wishes.generation, {"prompt": "x", "size": "1²x5"}, {}, "size"),
        (wishes.generation, {"prompt": "x", "size": "512"}, {}, "size"),
        (wishes.generation, {"prompt": "x", "partial_images": 4, "stream": True}, {}, "partial_images"),
        (wishes.generation, {"prompt": "x", "partial_images": 1}, {}, "partial_images"),
        (wishes.generation, {"prompt": "x", "stream": True, "response_format": "url"}, {}, "response_format"),
        (wishes.generation, {"prompt": "x", "background": "transparent"}, {}, "background"),
    ],
)
def test_what_cannot_be_is_named(read: Any, values: dict[str, Any], files: dict[str, bytes], field: str) -> None:
    assert refused(read, values, **files) == ("invalid", field)


def test_a_mask_without_a_transparent_part_marks_nothing() -> None:
    code, field = refused(wishes.edit, {"prompt": "x"}, image=png(), mask=png(mode="RGBA"))
    assert (code, field) == ("nothing_marked", "mask")


def test_two_pictures_for_what_takes_one_are_refused(key: ApiKey) -> None:
    with pytest.raises(Refused) as error:
        asked(key, wishes.edit, {"model": "fake", "prompt": "x"}, png(), png())
    assert error.value.fields.keys() == {"image"}
    with pytest.raises(Refused) as error:
        asked(key, wishes.edit, {"prompt": "x"}, png(), png(), png())
    assert error.value.fields.keys() == {"image"}


def test_a_key_for_one_model_has_no_other(alice: User, models: None) -> None:
    key = keys.make(alice, keys.Wish(name="test", scopes=["generate"], model_names=["fake"]))[0]
    assert asked(key, wishes.generation, {"prompt": "x"}).model_name == "fake"
    for model, code in (("starter", "key_model"), ("none", "model_unavailable")):
        with pytest.raises(Refused, match=code):
            asked(key, wishes.generation, {"prompt": "x", "model": model})
    assert [each.name for each in programs.models(alice, key)] == ["fake"]


def test_another_tool_can_be_named(key: ApiKey) -> None:
    row = asked(key, wishes.edit, {"model": "fake", "prompt": "x", "tool": "sketch_to_image"}, png())
    assert row.tool == "sketch_to_image" and row.inputs.keys() == {"sketch"}
    with pytest.raises(Refused, match="unknown_tool"):
        asked(key, wishes.edit, {"prompt": "x", "tool": "nothing"}, png())
