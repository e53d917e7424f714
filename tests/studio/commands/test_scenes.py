"""Code scenes: who may have one written, what a change begins with, versions, pages, and that off is off."""

import io
import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from PIL import Image

from accounts.models import User
from gallery import keeping, sharing
from gallery.models import Case, Lineage, Reveals, Visibility, Work
from studio import tasks
from studio.commands import generations, scenes
from studio.engines.seeding import seed
from studio.files import blobs
from studio.models import Generation, Model, Server
from studio.protocol import Submit
from studio.words.errors import Refused
from tests.conftest import PASSWORD
from tests.servers.chat import SCENE

pytestmark = pytest.mark.django_db


@pytest.fixture
def chat(settings: Any, models: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chat model is named in the settings; nobody is rung for."""
    settings.CHAT_URL, settings.CHAT_MODEL = "http://chat.example/v1", "writer-7b"
    seed()
    monkeypatch.setattr(tasks, "ring", lambda queue: None)


def ask(user: User, prompt: str = "a red cube", inputs: dict[str, UUID] | None = None, **params: Any) -> Generation:
    board = params.pop("board", None)
    told = {"prompt": prompt} | params
    wish = Submit(type="submit", id=uuid4().hex, tool="code_scene", params=told, inputs=inputs or {}, board=board)
    return generations.submit(user, wish)


def written(user: User, generation: Generation | None = None, source: str = SCENE, **more: Any) -> Work:
    """A work as the worker keeps it; its generation has finished."""
    made = generation or Generation.objects.create(owner=user, command=uuid4().hex, tool="code_scene", board=uuid4())
    recipe = keeping.Recipe("code_scene", "chat", "chat_scene", {"prompt": "a red cube", "count": 1})
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(out, "PNG")
    picture = keeping.Picture(out.getvalue(), "image/png", 0, {"lines": 3}, {"source": source.encode()})
    drafts = keeping.prepare(recipe, [picture], {})
    with transaction.atomic():
        (work,) = keeping.keep(user.pk, made.pk, drafts, parents={UUID(k): v for k, v in made.parents.items()})
    Generation.objects.filter(pk=made.pk).update(state="finished")
    Work.objects.filter(pk=work.pk).update(**more)
    return Work.objects.get(pk=work.pk)


def page(user: User | None, address: str) -> Any:
    client = Client()
    if user:
        client.force_login(user)
    return client.get(address)


def test_off_is_off_and_the_page_says_so(alice: User, models: None) -> None:
    assert seed() == [] and not Model.objects.filter(engine="chat_scene").exists() and not scenes.models(alice)
    with pytest.raises(Refused, match="model_unavailable"):
        ask(alice)
    html = page(alice, "/scenes/").content.decode()
    assert "switched off here" in html and "scene-form" not in html and "BRUSHWIRE_CHAT_URL" not in html
    for address in ("/studio/", "/gallery/", "/boards/"):
        assert 'href="/scenes/' not in page(alice, address).content.decode()
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    assert "BRUSHWIRE_CHAT_URL" in page(User.objects.get(pk=alice.pk), "/scenes/").content.decode()


def test_the_settings_put_a_model_and_a_server_there_and_take_them_away(settings: Any, chat: None) -> None:
    row, server = Model.objects.get(name="chat"), Server.objects.get(name="chat")
    assert (row.engine, row.source, row.tools, row.enabled) == ("chat_scene", "writer-7b", ["code_scene"], True)
    assert (server.base_url, server.secret, server.enabled) == ("http://chat.example/v1", "", True)
    settings.CHAT_MODEL, settings.CHAT_URL = "writer-70b", "http://other.example/v1"
    Server.objects.update(failures=9, offers=["writer-7b"])
    call_command("seed_models", verbosity=0)
    row.refresh_from_db()
    server.refresh_from_db()
    assert (row.source, row.title, server.base_url) == ("writer-70b", "writer-70b", "http://other.example/v1")
    assert (server.failures, server.offers) == (0, [])
    settings.CHAT_URL = ""
    seed()
    assert not Model.objects.get(name="chat").enabled and not Server.objects.get(name="chat").enabled
    settings.CHAT_URL = "http://other.example/v1"
    seed()
    assert Model.objects.get(name="chat").enabled and Server.objects.get(name="chat").enabled


def test_a_scene_is_a_generation_like_any_other(alice: User, chat: None) -> None:
    made = ask(alice, board=uuid4())
    assert (made.tool, made.queue, made.model_name, made.state) == ("code_scene", "remote", "chat", "queued")
    assert made.cost > 0 and made.params["count"] == 1 and made.parents == {}
    html = page(alice, "/studio/").content.decode()
    assert 'href="/scenes/"' in html and "writer-7b" not in html  # the studio leaves it to its own page


@pytest.mark.parametrize(
    "wrong", [{"prompt": ""}, {"prompt": "x" * 2001}, {"work": "no"}, {"error": "x"}, {"error": 7}, {"size": 3}]
)
def test_what_cannot_be_meant_is_refused(alice: User, chat: None, wrong: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="invalid"):
        ask(alice, **wrong)


def test_prompt_rules_hold_for_the_words_and_for_what_is_sent_back(alice: User, chat: None) -> None:
    from gallery.models import PromptRule

    PromptRule.objects.create(pattern="forbidden thing", action="block", category="other")
    with pytest.raises(Refused, match="prompt_blocked"):
        ask(alice, "a forbidden thing")
    with pytest.raises(Refused, match="prompt_blocked"):
        ask(alice, "", work=str(written(alice).pk), error="a forbidden thing")


def test_a_sketch_alone_is_enough_where_the_model_can_look(alice: User, chat: None, settings: Any) -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (64, 64), "white").save(drawn, "PNG")
    sketch = {"sketch": blobs.put(alice.pk, drawn.getvalue()).pk}
    made = ask(alice, "", sketch)
    assert set(blobs.read(made)) == {"sketch"}
    settings.CHAT_SEES = False
    with pytest.raises(Refused, match="engine_cannot"):
        ask(alice, "", sketch)


def test_a_change_begins_with_the_code_and_is_its_child(alice: User, chat: None) -> None:
    first = written(alice)
    made = ask(alice, "make it blue", work=str(first.pk))
    assert made.parents == {str(first.pk): Lineage.Kind.EDIT}
    assert blobs.read(made)["source"] == SCENE.encode()
    second = written(alice, made)
    assert [link.parent_id for link in second.parent_links.all()] == [first.pk]
    Work.objects.filter(pk=first.pk).update(deleted_at=second.created_at)
    with pytest.raises(FileNotFoundError):
        blobs.read(made)


def test_what_a_scene_said_is_cut_and_cleaned(alice: User, chat: None) -> None:
    made = ask(alice, "", work=str(written(alice).pk), error="TypeError\u202e\x00" + "x" * 5000)
    assert made.params["error"].startswith("TypeError  x") and len(made.params["error"]) == 1000


def test_others_remix_what_they_may_see_and_nothing_else(alice: User, bob: User, chat: None) -> None:
    work = written(alice)
    for state in (
        {},
        {"visibility": Visibility.PUBLIC, "moderation": "hidden"},
        {"visibility": Visibility.PUBLIC, "reveals": Reveals.PICTURE},
    ):
        Work.objects.filter(pk=work.pk).update(**state)
        with pytest.raises(Refused, match="not_found"):
            ask(bob, work=str(work.pk))
        assert page(bob, f"/scenes/?work={work.pk}").status_code == 404
    Work.objects.filter(pk=work.pk).update(visibility=Visibility.PUBLIC, moderation="clear", reveals=Reveals.RECIPE)
    assert ask(bob, work=str(work.pk)).parents == {str(work.pk): Lineage.Kind.REMIX}
    assert f"/gallery/{work.pk}/" in page(bob, f"/scenes/?work={work.pk}").content.decode()
    assert page(alice, f"/studio/?work={work.pk}").headers["Location"] == f"/scenes/?work={work.pk}"
    for wrong in (uuid4(), "x"):
        assert page(bob, f"/scenes/?work={wrong}").status_code == 404


def test_every_version_is_kept_and_shown(alice: User, bob: User, mod: User, chat: None) -> None:
    scene = uuid4()
    first = written(alice, ask(alice, "a red cube <b>", board=scene))
    failed = ask(alice, "bigger", board=scene, work=str(first.pk))
    Generation.objects.filter(pk=failed.pk).update(state="failed", error_code="scene_missing")
    last = written(alice, ask(alice, "", board=scene, work=str(first.pk), error="TypeError: x"))
    assert [(v.number, v.work) for v in scenes.versions(alice, scene)] == [(1, first), (2, None), (3, last)]
    html = page(alice, f"/scenes/{scene}/").content.decode()
    assert f'data-source="{source_of(last)}"' in html
    assert "a red cube &lt;b&gt;" in html and "holds no scene" in html and "Error fixed" in html
    assert str(first.pk) in page(alice, f"/scenes/{scene}/?v=1").content.decode()
    assert page(alice, f"/scenes/{scene}/?v=2").status_code == 404
    for person in (bob, mod):
        assert page(person, f"/scenes/{scene}/").status_code == 404
    assert page(None, f"/scenes/{scene}/").status_code == 302
    (listed,) = scenes.of(alice)
    assert (listed.words, listed.versions, listed.newest) == ("a red cube <b>", 3, last)
    assert f"/scenes/{scene}/" in page(alice, "/scenes/").content.decode() and scenes.of(bob) == []


def test_the_source_is_handed_out_as_a_file_and_never_as_a_script(alice: User, bob: User) -> None:
    work = written(alice)
    got = page(alice, source_of(work))
    assert (
        int(got.headers["Content-Length"]) == len(SCENE.encode())
        and got.headers["Content-Type"] == "application/octet-stream"
    )
    assert got.headers["X-Content-Type-Options"] == "nosniff" and "sandbox" in got.headers["Content-Security-Policy"]
    assert got.headers["Content-Disposition"].endswith('.js"') and "attachment" in got.headers["Content-Disposition"]
    assert page(bob, source_of(work)).status_code == 404 and page(None, source_of(work)).status_code == 404
    html = page(alice, f"/gallery/{work.pk}/").content.decode()
    assert "data-scene-run" in html and "data-edits" not in html and "/rerun/" not in html and "?input=" not in html


def source_of(work: Work) -> str:
    from gallery.recipes import media_url

    return media_url(work, "source")


@pytest.mark.parametrize("bad", ["", "x" * 200_001])
def test_code_of_no_fitting_length_is_not_kept(alice: User, bad: str) -> None:
    with pytest.raises(keeping.UnreadablePicture):
        written(alice, source=bad)


def test_the_frame_has_its_own_policy_and_nothing_of_anybody(alice: User, settings: Any) -> None:
    answer = page(alice, "/sandbox/")
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["sandbox"] == "allow-scripts" and policy["default-src"] == "'none'" == policy["connect-src"]
    assert policy["frame-ancestors"] == "'self'" and policy["form-action"] == policy["base-uri"] == "'none'"
    assert "'unsafe" not in str(policy) and "'self'" not in policy["script-src"] and "*" not in policy["script-src"]
    assert "X-Frame-Options" not in answer.headers and not answer.cookies and "alice" not in answer.content.decode()
    assert page(alice, "/sandbox/").content != answer.content  # the nonce is another one
    settings.SANDBOX_ORIGIN, settings.PUBLIC_URL = "https://scenes.example.org", "https://studio.example.org/"
    apart = page(None, "/sandbox/")
    assert "frame-ancestors https://studio.example.org" in apart.headers["Content-Security-Policy"]
    assert 'data-parent="https://studio.example.org"' in apart.content.decode()
    assert (
        'data-sandbox="https://scenes.example.org/sandbox/"'
        in page(alice, f"/gallery/{written(alice).pk}/").content.decode()
    )


def test_three_comes_as_one_module_for_a_frame_without_an_origin() -> None:
    answer = page(None, "/sandbox/three.js")
    body = answer.content.decode()
    assert answer.headers["Access-Control-Allow-Origin"] == "*" and "javascript" in answer.headers["Content-Type"]
    assert 'from"three/core"' not in body and 'from"http://testserver/static/vendor/three/three.core' in body


def test_programs_ask_for_scenes_too(alice: User, bob: User, chat: None) -> None:
    client = Client()
    assert client.login(username="alice", password=PASSWORD)
    told = {"tool": "code_scene", "params": {"prompt": "a red cube"}}
    made = client.post("/api/v1/generations", told, "application/json")
    assert made.status_code == 201 and made.json()["state"] == "queued"
    assert client.post(f"/api/v1/generations/{made.json()['id']}/cancel").json()["state"] == "cancelled"
    assert b'"code_scene"' in client.get("/api/v1/tools").content
    other = Client()
    other.force_login(bob)
    assert other.get(f"/api/v1/generations/{made.json()['id']}").status_code == 404


def test_a_moderator_sees_what_is_reported_and_whoever_has_a_link_may_run_it(
    alice: User, bob: User, mod: User, settings: Any
) -> None:
    work = written(alice, visibility=Visibility.PUBLIC)
    case = Case.objects.create(work=work, person=alice)
    Work.objects.filter(pk=work.pk).update(moderation="hidden")
    html = page(mod, "/moderation/").content.decode()
    assert f'data-source="/moderation/{case.pk}/source"' in html and "data-scene-run" in html
    read = page(mod, f"/moderation/{case.pk}/source")
    assert read.content.decode() == SCENE and read.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "sandbox" in read.headers["Content-Security-Policy"]
    assert (
        page(bob, f"/moderation/{case.pk}/source").status_code == 403 and page(mod, source_of(work)).status_code == 404
    )
    Work.objects.filter(pk=work.pk).update(moderation="clear", visibility=Visibility.PRIVATE)
    token = sharing.token(sharing.create(alice, work.pk, "day"))
    found = re.search('data-source="([^"]+)"', page(None, f"/s/{token}/").content.decode())
    assert found and page(None, found[1]).status_code == 200
