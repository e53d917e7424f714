"""A1111's settings, lists and refusals; what it makes is in tests/flows/test_a1111.py."""

import base64
import io
import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient
from PIL import Image

from accounts import keys
from accounts.models import ApiKey, User
from studio.commands import checkpoints, programs
from studio.compat.a1111 import wishes
from studio.models import ChosenModel, Generation, Model
from studio.words.errors import Refused

pytestmark = pytest.mark.usefixtures("transactional_db", "models")


@pytest.fixture
def made(alice: User) -> tuple[ApiKey, str]:
    return keys.make(alice, keys.Wish(name="test", scopes=["generate"]))


@pytest.fixture
def ask(made: tuple[ApiKey, str]) -> Any:
    """`ask(path)`, or `ask(path, body)`: status and JSON."""

    def asked(path: str, body: Any = None, secret: str = made[1]) -> tuple[int, Any]:
        headers = {"Authorization": "Basic " + base64.b64encode(f"any:{secret}".encode()).decode()}
        client, address = AsyncClient(), f"/sdapi/v1/{path}"

        async def call() -> Any:
            if body is None:
                return await client.get(address, headers=headers)
            return await client.post(address, json.dumps(body), content_type="application/json", headers=headers)

        answer = async_to_sync(call)()
        return answer.status_code, answer.json()

    return asked


def png(mode: str = "L", colour: Any = 255) -> str:
    out = io.BytesIO()
    Image.new(mode, (8, 8), colour).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def test_a_key_stands_at_the_model_that_was_set_and_no_other_key_does(ask: Any, alice: User) -> None:
    names = {each["model_name"]: each["title"] for each in ask("sd-models")[1]}
    assert {"starter", "fake"} <= names.keys() and "plain" not in names, "what makes nothing from words is left out"
    assert ask("options")[1]["sd_model_checkpoint"] == names["starter"], "the first, until one is set"
    for called in ("Fake", "fake", names["fake"]):
        ChosenModel.objects.all().delete()
        assert ask("options", {"sd_model_checkpoint": called, "samples_format": "png"}) == (200, None)
        assert ask("options")[1]["sd_model_checkpoint"] == names["fake"]
    assert [each["name"] for each in ask("samplers")[1]] == ["Automatic"]
    other = keys.make(alice, keys.Wish(name="other", scopes=["generate"]))[1]
    assert ask("options", secret=other)[1]["sd_model_checkpoint"] == names["starter"]
    assert "DPM++ 2M Karras" in [each["name"] for each in ask("samplers", secret=other)[1]]
    Model.objects.filter(name="fake").update(enabled=False)
    assert ask("options")[1]["sd_model_checkpoint"] == names["starter"], "one that is gone is no longer meant"


def test_lists_that_programs_ask_for_are_there(ask: Any) -> None:
    assert [each["name"] for each in ask("schedulers")[1]] == ["automatic", "karras"]
    assert [each["name"] for each in ask("upscalers")[1]] == ["None", "starter", "plain"]


@pytest.mark.parametrize(
    ("path", "body", "expected", "words"),
    [
        ("options", {"CLIP_stop_at_last_layers": 2}, (422, "invalid"), "CLIP_stop_at_last_layers"),
        ("options", {"sd_model_checkpoint": "nowhere"}, (404, "model_unavailable"), ""),
        ("txt2img", {"prompt": "x", "restore_faces": True}, (422, "invalid"), "restore_faces"),
        ("txt2img", {"prompt": "x", "alwayson_scripts": {"controlnet": {}}}, (422, "invalid"), "alwayson_scripts"),
        ("txt2img", {"prompt": "x", "override_settings": {"sd_vae": "x"}}, (422, "invalid"), "override_settings"),
        ("txt2img", {"prompt": "x", "steps": "many"}, (422, "invalid"), "steps"),
        ("txt2img", {"prompt": "x", "sampler_name": "Nobody's"}, (422, "invalid"), "sampler_name"),
        ("txt2img", {"prompt": "x", "cfg_scale": 99}, (422, "invalid"), "cfg_scale"),
        ("txt2img", {"prompt": "x", "batch_size": 3, "n_iter": 3}, (422, "invalid"), "batch_size"),
        ("txt2img", {"prompt": ""}, (422, "invalid"), "prompt"),
        ("img2img", {"prompt": "x"}, (422, "invalid"), "init_images"),
        ("img2img", {"prompt": "x", "init_images": ["?"]}, (422, "invalid"), "init_images"),
        ("img2img", {"prompt": "x", "init_images": ["aGVsbG8="]}, (415, "unsupported_image_type"), ""),
        ("png-info", {}, (422, "invalid"), "image"),
        ("png-info", [], (400, "invalid_json"), ""),
        ("extra-single-image", {}, (404, "not_found"), ""),
    ],
)
def test_what_cannot_be_is_refused_in_its_words(
    ask: Any, path: str, body: Any, expected: tuple[int, str], words: str
) -> None:
    status, answer = ask(path, body)
    assert (status, answer["error"]) == expected and answer["detail"].startswith(words), answer
    assert answer.keys() == {"error", "detail", "body", "errors"} and not Generation.objects.exists()


def test_nobody_is_asked_for_a_password(ask: Any) -> None:
    status, answer = ask("options", secret="wrong")
    assert (status, answer["error"]) == (401, "key_invalid")


def test_a_picture_without_settings_says_nothing(ask: Any) -> None:
    assert ask("png-info", {"image": png()}) == (200, {"info": "", "items": {}, "parameters": {}})


def test_pictures_in_json_may_be_larger_than_a_form_s_fields(ask: Any, settings: Any) -> None:
    out = io.BytesIO()
    Image.effect_noise((1500, 1000), 90).save(out, "PNG", compress_level=0)
    large = base64.b64encode(out.getvalue()).decode()
    assert len(large) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert ask("png-info", {"image": large})[0] == 200
    settings.PROGRAM_BODY_MAX = 1024 * 1024
    status, answer = ask("png-info", {"image": large})
    assert (status, answer["error"]) == (413, "too_large") and "1 MB" in answer["detail"]


def test_its_words_for_samplers_seeds_and_sizes_are_ours(made: tuple[ApiKey, str]) -> None:
    said = {
        "prompt": "x",
        "sampler_name": "DPM++ 2M",
        "scheduler": "Karras",
        "seed": -1,
        "n_iter": 2,
        "enable_hr": True,
    }
    wish = wishes.from_words(wishes.read(said), "starter")
    row = programs.ask(made[0].owner, made[0], wish, "one")
    told = {name: row.params[name] for name in ("sampler", "count", "upscale", "width", "steps")}
    assert told == {"sampler": "DPM++ 2M Karras", "count": 2, "upscale": 2, "width": 128, "steps": 12}
    assert wishes.from_words(wishes.read({"sampler_index": "Automatic", "sampler_name": None}), "x").params.keys() == {
        "prompt", "negative_prompt", "count",
    }  # fmt: skip
    with pytest.raises(Refused) as error:
        wishes.from_words(wishes.read({"enable_hr": True, "hr_scale": 1.5}), "x")
    assert error.value.fields.keys() == {"hr_scale"}


@pytest.mark.parametrize(("mask", "inner"), [(png("L", 0), 255), (png("RGBA", (9, 9, 9, 0)), 255), (png("L", 255), 0)])
def test_a_mask_can_mean_what_it_leaves_out(mask: str, inner: int) -> None:
    asked = wishes.read({"init_images": [png("RGB", "red")], "mask": mask, "inpainting_mask_invert": 1})
    marked = Image.open(io.BytesIO(wishes.from_picture(asked, "x").pictures["mask"]))
    assert marked.getpixel((4, 4)) == inner


def test_what_a_key_makes_is_nobody_else_s(made: tuple[ApiKey, str], bob: User) -> None:
    key = made[0]
    his = keys.make(bob, keys.Wish(name="his", scopes=["generate"]))[0]
    programs.ask(key.owner, key, programs.Wish(("text_to_image",), "fake", {"prompt": "x"}), "one")
    making = checkpoints.making(key.owner, key)
    assert making and (making.waits, making.done, making.total) == (True, 0.0, 8)
    assert checkpoints.making(bob, his) is None and not checkpoints.interrupt(bob, his)
    assert checkpoints.interrupt(key.owner, key) and checkpoints.making(key.owner, key) is None
