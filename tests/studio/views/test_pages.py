"""The welcome and the studio page: who gets what, and that the page knows all it needs."""

import json
import re
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from gallery.models import Work
from studio.models import Model

pytestmark = pytest.mark.django_db

STUDIO = "/studio/"


@pytest.fixture
def alice_browser(alice: User) -> Client:
    browser = Client()
    browser.force_login(alice)
    return browser


def embedded(html: str, name: str) -> Any:
    """The JSON that json_script left in the page under `name`."""
    found = re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', html, re.S)
    assert found, name
    return json.loads(found[1])


def work_of(owner: User, prompt: str = "a castle") -> Work:
    return Work.objects.create(
        owner=owner,
        generation=uuid.uuid4(),
        tool="text_to_image",
        model_name="starter",
        engine="local",
        seed=7,
        width=128,
        height=128,
        recipe={"params": {"prompt": prompt, "steps": 9}},
    )


def test_nobody_is_welcomed_with_the_ways_in() -> None:
    html = Client().get("/").content.decode()
    assert reverse("account_signup") in html
    assert reverse("account_login") in html


def test_alice_goes_straight_to_the_studio(alice_browser: Client) -> None:
    assert alice_browser.get("/").headers["Location"] == STUDIO


def test_nobody_is_asked_to_log_in_and_comes_back() -> None:
    answer = Client().get(f"{STUDIO}?work=x")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/accounts/login/?next=/studio/%3Fwork%3Dx"


def test_pages_are_read_only(alice_browser: Client) -> None:
    assert alice_browser.post(STUDIO).status_code == 405
    assert Client().post("/").status_code == 405


def test_the_studio_knows_models_fields_and_limits(models: None, alice: User, alice_browser: Client) -> None:
    html = alice_browser.get(STUDIO).content.decode()
    config = embedded(html, "studio-config")
    starter = next(model for model in config["models"] if model["name"] == "starter")
    assert config["user"] == alice.pk
    assert starter["tools"] == ["text_to_image", "sketch_to_image", "image_to_image", "inpaint", "outpaint", "upscale"]
    fields = {field["name"]: field for field in starter["panels"]["sketch_to_image"]}
    assert {"prompt", "size", "steps", "guidance_scale", "strength", "count", "seed"} <= fields.keys()
    assert (fields["steps"]["min"], fields["steps"]["max"], fields["steps"]["step"]) == (1, 100, 1)
    assert fields["prompt"]["maxLength"] == settings.PROMPT_MAX
    assert fields["size"]["value"].keys() == {"width", "height"} and fields["size"]["maxSide"] >= 128
    tools = {tool["name"]: tool for tool in config["tools"]}
    assert tools["inpaint"]["inputs"] == {"image": "picture", "mask": "mask"}
    assert [name for name, tool in tools.items() if tool["when"]] == ["text_to_image", "sketch_to_image", "inpaint"]
    assert embedded(html, "studio-recipe") is None


def test_a_model_for_others_is_not_offered(models: None, alice_browser: Client) -> None:
    Model.objects.get(name="tiny").groups.add(Group.objects.create(name="testers"))
    Model.objects.filter(name="fake").update(enabled=False)
    config = embedded(alice_browser.get(STUDIO).content.decode(), "studio-config")
    assert [model["name"] for model in config["models"]] == ["starter", "plain"]


def test_the_studio_opens_without_any_model(alice_browser: Client) -> None:
    Model.objects.all().delete()
    answer = alice_browser.get(STUDIO)
    assert answer.status_code == 200
    assert embedded(answer.content.decode(), "studio-config")["models"] == []


def test_alice_takes_her_work_into_the_studio(alice: User, alice_browser: Client) -> None:
    work = work_of(alice)
    recipe = embedded(alice_browser.get(f"{STUDIO}?work={work.pk}").content.decode(), "studio-recipe")
    assert recipe["params"] == {"prompt": "a castle", "steps": 9, "seed": 7}
    assert recipe["inputs"] == {}
    assert (recipe["origin"]["work"], recipe["origin"]["by"]) == (str(work.pk), None)


@pytest.mark.parametrize("work", ["nonsense", "../../etc/passwd", "00000000-0000-0000-0000-000000000000"])
def test_a_work_that_is_none_is_not_found(alice_browser: Client, work: str) -> None:
    assert alice_browser.get(STUDIO, {"work": work}).status_code == 404


def test_alice_cannot_take_the_private_work_of_bob(alice_browser: Client, bob: User) -> None:
    work = work_of(bob)
    answer = alice_browser.get(STUDIO, {"work": str(work.pk)})
    assert answer.status_code == 404
    assert "a castle" not in answer.content.decode()


def test_a_prompt_cannot_break_out_of_the_page(alice: User, alice_browser: Client) -> None:
    evil = "</script><script>alert(1)</script>"
    work = work_of(alice, evil)
    html = alice_browser.get(STUDIO, {"work": str(work.pk)}).content.decode()
    assert evil not in html
    assert embedded(html, "studio-recipe")["params"]["prompt"] == evil


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/accounts/signup/", "/nothing-here/"])
def test_no_page_breaks_its_own_content_security_policy(path: str) -> None:
    answer = Client().get(path)
    html = answer.content.decode()
    nonce = re.search(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"])
    inline = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", html)
    assert nonce
    assert all(f'nonce="{nonce[1]}"' in tag or "application/json" in tag for tag in inline)
    assert not re.search(r'\sstyle="|\son\w+="|<style|href="javascript:', html)


def test_every_module_can_be_imported_by_its_bare_name() -> None:
    html = Client().get("/").content.decode()
    found = re.search(r'<script type="importmap"[^>]*>(.*?)</script>', html, re.S)
    assert found
    vendored = {"htmx", "mediabunny", "perfect-freehand", "three", "#vendor"}
    named = {name for name in json.loads(found[1])["imports"] if name.split("/")[0] not in vendored}
    root = Path(settings.BASE_DIR) / "static" / "js"
    files = {
        f"#{p.relative_to(root).with_suffix('')}"
        for part in ("boardwall", "gallery", "lib", "operations", "scenes", "screen", "studio", "world")
        for p in (root / part).rglob("*.js")
    }
    templates = [p for p in (Path(settings.BASE_DIR) / "templates").rglob("*.html") if p.name != "importmap.html"]
    # What a page starts with itself needs no name.
    begun = {f"#{name}" for p in templates for name in re.findall(r"static 'js/([\w/]+)\.js'", p.read_text())}
    assert named <= files
    assert files - named <= begun


@pytest.mark.parametrize("code", ["400", "403", "403_csrf", "404", "500"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_error_pages_need_nothing_but_themselves(code: str, language: str) -> None:
    with translation.override(language):
        request = RequestFactory().get("/") if code in ("403", "404") else None
        assert code[:3] in render_to_string(f"{code}.html", request=request)


def test_people_choose_their_language() -> None:
    browser = Client()
    browser.post(reverse("set_language"), {"language": "zh-hans", "next": "/"})
    assert '<html lang="zh-hans"' in browser.get("/").content.decode()


def test_each_tools_panel_comes_from_its_form(models: None, alice_browser: Client) -> None:
    config = embedded(alice_browser.get(STUDIO).content.decode(), "studio-config")
    starter = next(model for model in config["models"] if model["name"] == "starter")
    fields = {tool: {field["name"]: field for field in each} for tool, each in starter["panels"].items()}
    assert not {"strength", "control"} & fields["text_to_image"].keys()
    assert [value for value, _text in fields["sketch_to_image"]["control"]["choices"]] == ["scribble", "none"]
    known = {"kind": "number", "value": 8, "min": 0, "max": 64, "step": 1, "advanced": True, "personal": False}
    assert fields["inpaint"]["feather"].items() >= known.items()
    assert fields["inpaint"]["keep_original"]["kind"] == "switch"
    assert not {"fit", "left", "width", "height"} & fields["outpaint"].keys()
    assert fields["outpaint"]["strength"]["value"] > fields["sketch_to_image"]["strength"]["value"]
    assert fields["outpaint"]["steps"]["help"]


def test_the_page_says_what_the_starter_knows_while_there_is_one(client, alice, models) -> None:
    client.force_login(alice)
    told = "manage.py models add"
    assert told in client.get("/studio/").content.decode()
    Model.objects.filter(name="starter").update(enabled=False)
    assert told not in client.get("/studio/").content.decode()
