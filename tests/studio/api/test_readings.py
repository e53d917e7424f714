"""Settings out of a picture, fitted to what can be made here, and what is said of the rest."""

import io
import json
from typing import Any

import pytest
from django.test import Client
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pytest_django import Settings

from gallery import metadata

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("models")]
NASTY = "<img src=x onerror=alert(1)>"


def png(**texts: str) -> bytes:
    info = PngInfo()
    for name, text in texts.items():
        info.add_text(name, text)
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG", pnginfo=info)
    return out.getvalue()


@pytest.fixture
def read(client: Client, alice: Any) -> Any:
    """`read(bytes)`: what the API says about a file that alice drops."""
    client.force_login(alice)

    def read_one(data: bytes) -> dict[str, Any]:
        response = client.post("/api/v1/metadata", {"file": io.BytesIO(data)})
        assert response.status_code == 200, response.content
        return dict(response.json())

    return read_one


def text(settings: str, prompt: str = "a red boat") -> bytes:
    return png(parameters=f"{prompt}\nNegative prompt: fog\n{settings}")


def test_what_fits_is_taken_and_can_be_sent_as_it_is(read: Any) -> None:
    line = "Steps: 20, Sampler: Euler a, CFG scale: 6.5, Seed: 9, Size: 128x64, Model: Starter"
    found = read(text(line))
    assert found == {
        "source": "a1111",
        "tool": "text_to_image",
        "model": "starter",
        "params": {
            "prompt": "a red boat",
            "negative_prompt": "fog",
            "steps": 20,
            "guidance_scale": 6.5,
            "sampler": "Euler a",
            "seed": 9,
            "width": 128,
            "height": 64,
        },
        "notes": [],
    }


def test_what_does_not_fit_is_told(read: Any) -> None:
    line = "Steps: 200, Sampler: Restart, Seed: 9, Size: 4096x64, Model: dreamy, Clip skip: 2, ADetailer model: x"
    found = read(text(line, "a red boat <lora:ink:0.5>"))
    assert found["model"] is None
    assert found["params"] == {"prompt": "a red boat", "negative_prompt": "fog", "seed": 9}
    said = " ".join(found["notes"])
    told = ("“dreamy”", "“Restart”", "“ink”", "Steps 200", "Size 4096 × 64", "Clip skip", "ADetailer model")
    for part in told:
        assert part in said, part


def test_a_picture_that_says_nothing_is_no_error(read: Any) -> None:
    assert read(png())["source"] is None
    assert read(b"no picture at all")["source"] is None


def test_our_own_pictures_come_back_with_their_tool(read: Any) -> None:
    params = {"prompt": "猫", "steps": 4, "strength": 0.5, "feather": 3, "keep_original": False, "unknown": 1}
    data = metadata.write_png(
        Image.new("RGB", (8, 8)), {"tool": "inpaint", "model": "starter", "params": params}, 5, drawn=True
    )
    found = read(data)
    assert (found["tool"], found["model"]) == ("inpaint", "starter")
    assert found["params"]["feather"] == 3 and found["params"]["seed"] == 5 and "unknown" not in found["params"]
    assert any("not in the file" in note for note in found["notes"])


def test_words_that_mean_harm_stay_words_in_json(read: Any, client: Client, alice: Any) -> None:
    found = read(text(f"Steps: 4, Sampler: {NASTY}, Seed: 1, Model: {NASTY}", NASTY))
    assert found["params"]["prompt"] == NASTY
    assert any(NASTY in note for note in found["notes"])
    response = client.post("/api/v1/metadata", {"file": io.BytesIO(text("Steps: 4, Seed: 1, Size: 8x8", NASTY))})
    assert response["Content-Type"].startswith("application/json")


@pytest.mark.parametrize(
    "params",
    [
        {"prompt": ["x"], "steps": "4", "loras": "x", "sampler": {"a": 1}, "seed": True},
        {"prompt": "x\x00\ud800y" * 10, "loras": [{"name": 1}, {"name": "a", "weight": "x"}, 7]},
        {"prompt": "x" * 5000, "width": 1e300, "height": -1},
        {},
    ],
)
def test_foreign_values_of_any_kind_are_survived(read: Any, params: dict[str, Any]) -> None:
    found = read(png(brushwire=json.dumps({"tool": "text_to_image", "model": "starter", "params": params})))
    assert found["source"] == "brushwire"
    assert set(found["params"]) <= {"prompt"} and len(found["params"].get("prompt", "")) <= 2000


def test_nobody_and_other_pages_and_large_files_are_refused(client: Client, alice: Any, settings: Settings) -> None:
    assert client.post("/api/v1/metadata", {"file": io.BytesIO(png())}).status_code == 401
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    assert strict.post("/api/v1/metadata", {"file": io.BytesIO(png())}).status_code == 403
    settings.INPUT_MAX_BYTES = 10
    client.force_login(alice)
    assert client.post("/api/v1/metadata", {"file": io.BytesIO(png())}).status_code == 413
    assert client.post("/api/v1/metadata").status_code == 422
