"""The engine of code scenes against a scripted chat server: what is asked, what is handed on, every fault's code."""

import base64
import io
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from studio.engines.base import Cancelled, EngineError
from studio.engines.chat_scene import code, poster
from studio.engines.chat_scene.engine import ChatSceneEngine
from studio.engines.remote.servers import Target
from studio.job import Job, ModelRef
from studio.words.errors import ERRORS
from tests.servers.chat import ANSWER, FAULTS, FENCED, SCENE, ChatServer, chunk, whole, writes
from tests.servers.hosting import Host, hosted
from tests.studio.engines.contract import Recorder
from tests.studio.engines.remote_jobs import LOCAL, only

JOB = Job(
    id="7",
    tool="code_scene",
    params={"prompt": "a red cube", "work": "", "error": "", "count": 1, "seed": 0},
    inputs={},
    model=ModelRef("chat", "chat", "writer"),
)


@pytest.fixture(autouse=True)
def allowed(settings: Any) -> None:
    settings.ENGINE_ALLOWED_HOSTS = LOCAL


@pytest.fixture(scope="module")
def server() -> ChatServer:
    return ChatServer()


@pytest.fixture(scope="module")
def host(server: ChatServer) -> Iterator[Host]:
    with hosted(server) as host:
        yield host


def engine(host: Host, every: float = 0.0, **about: Any) -> ChatSceneEngine:
    return ChatSceneEngine(only(Target(1, "chat", "chat_scene", host.url, **({"timeout": 10.0} | about))), every)


def asking(prompt: str = "a red cube", inputs: dict[str, bytes] | None = None, **params: Any) -> Job:
    return replace(JOB, params=JOB.params | {"prompt": prompt} | params, inputs=inputs or {})


def test_the_code_of_the_answer_is_kept_with_a_card_and_the_text_is_handed_on_whole(
    host: Host, server: ChatServer
) -> None:
    heard = Recorder()
    (output,) = engine(host).run(JOB, heard)
    assert output.files == {"source": SCENE.encode()} and output.facts == {"lines": 11, "chars": len(SCENE)}
    assert Image.open(io.BytesIO(output.data)).size == (1024, 768)
    assert "".join(step.text for step in heard.steps) == ANSWER
    assert len([step for step in heard.steps if step.text]) > 3
    assert [step.stage for step in heard.steps if not step.quiet][:2] == ["encoding", "writing"]
    asked = server.asked
    assert (asked["model"], asked["stream"]) == ("writer", True)
    assert [message["role"] for message in asked["messages"]] == ["system", "user"]
    assert asked["messages"][1]["content"] == "a red cube"


def test_pieces_come_together_so_that_each_is_worth_its_way(host: Host) -> None:
    heard = Recorder()
    engine(host, every=60.0).run(JOB, heard)
    assert [step.text for step in heard.steps if step.text] == [ANSWER]


def test_a_change_sends_the_scene_and_a_sketch_is_seen_on_white_paper(host: Host, server: ChatServer) -> None:
    drawn = io.BytesIO()
    Image.new("RGBA", (1536, 300), (0, 0, 0, 0)).save(drawn, "PNG")
    engine(host).run(
        asking("make it blue", {"source": SCENE.encode(), "sketch": drawn.getvalue()}, work="x"), Recorder()
    )
    messages = server.asked["messages"]
    assert [message["role"] for message in messages] == ["system", "user", "assistant", "user"]
    assert messages[2]["content"] == f"```js\n{SCENE}```"
    words, picture = messages[3]["content"]
    assert "make it blue" in words["text"] and "whole module" in words["text"]
    seen = Image.open(io.BytesIO(base64.b64decode(picture["image_url"]["url"].removeprefix("data:image/png;base64,"))))
    assert seen.size == (768, 150) and seen.convert("RGB").getpixel((5, 5)) == (255, 255, 255)


def test_an_error_is_sent_back_with_the_scene_that_said_it(host: Host, server: ChatServer) -> None:
    engine(host).run(
        asking("", {"source": SCENE.encode()}, work="x", error="TypeError: a is null (line 3)"), Recorder()
    )
    said = server.asked["messages"][-1]["content"]
    assert "TypeError: a is null (line 3)" in said and "Mend it" in said


@pytest.mark.parametrize("inputs", [{}, {"source": b"\xff"}, {"sketch": b"no picture"}])
def test_inputs_that_are_gone_or_damaged_are_told_before_anything_is_sent(
    host: Host, server: ChatServer, inputs: dict[str, bytes]
) -> None:
    before = len(server.calls)
    with pytest.raises(EngineError, match="input_required"):
        engine(host).run(asking(inputs=inputs, work="x"), Recorder())
    assert len(server.calls) == before


def test_another_tool_is_none_of_its_business(host: Host) -> None:
    with pytest.raises(EngineError, match="engine_cannot"):
        engine(host).run(replace(JOB, tool="text_to_image"), Recorder())


@pytest.mark.parametrize("name", FAULTS)
def test_fault_of_a_chat_server_ends_in_its_code_and_the_next_scene_is_written(
    host: Host, server: ChatServer, name: str
) -> None:
    fault, expected = FAULTS[name]
    server.script = [fault]
    began = time.monotonic()
    with pytest.raises(EngineError) as caught:
        engine(host, timeout=0.4 if name == "stalled" else 60.0, secret="k3y").run(JOB, Recorder())
    assert caught.value.code == expected and expected in ERRORS and time.monotonic() - began < 25
    assert "secret reason" not in str(caught.value) and "k3y" not in str(caught.value)
    assert engine(host).run(JOB, Recorder())[0].files["source"] == SCENE.encode()


@pytest.mark.parametrize(
    "good",
    [
        writes(chunk(FENCED)),  # neither [DONE] nor a reason, but the block is closed
        writes(chunk(FENCED[:9]), chunk(FENCED[9:], "stop")),
        writes(chunk(f"<think>\n```js\nbad\n```\n</think>{FENCED}"), done=True),
        writes(chunk("export default () => {};"), done=True),  # no fence at all
        writes(chunk("```html\n<p>\n```\n" + FENCED + "\n```js\nlet x;\n```"), done=True),
        writes(b": keep-alive\n\n", {"choices": []}, chunk(None), chunk(FENCED), b"data: [DONE]\r\n\r\n"),
        whole(FENCED),
    ],
)
def test_answers_of_many_shapes_are_understood(host: Host, server: ChatServer, good: Any) -> None:
    server.script = [good]
    (output,) = engine(host).run(JOB, Recorder())
    assert output.files["source"] == b"export default () => {};\n"


def test_a_cancel_ends_the_request_within_a_piece(host: Host, server: ChatServer) -> None:
    server.pause = 0.05
    try:
        with pytest.raises(Cancelled):
            engine(host).run(JOB, Recorder(at=4))
    finally:
        server.pause = 0.0


def test_the_key_of_the_settings_goes_to_its_address_only_which_needs_no_other_leave(
    host: Host, server: ChatServer, settings: Any
) -> None:
    settings.CHAT_URL, settings.CHAT_MODEL, settings.CHAT_KEY = host.url, "writer", "k3y"
    settings.ENGINE_ALLOWED_HOSTS = []
    settings.CHAT_EXTRA = {"temperature": 0.1}
    engine(host).run(JOB, Recorder())
    assert server.calls[-1].headers["authorization"] == "Bearer k3y" and server.asked["temperature"] == 0.1
    settings.CHAT_URL = "http://elsewhere.example/v1"
    with pytest.raises(EngineError, match="engine_not_allowed"):
        engine(host).run(JOB, Recorder())
    settings.ENGINE_ALLOWED_HOSTS = LOCAL
    engine(host).run(JOB, Recorder())
    assert "authorization" not in server.calls[-1].headers


def test_cards_are_the_same_for_the_same_code_and_have_its_colours() -> None:
    assert poster.draw(SCENE) == poster.draw(SCENE) != poster.draw(SCENE.replace("d84a3a", "2255ee"))
    for odd in ("", "\t" * 500, "🎈" * 5000, "`" * 1000 + "\n'" * 400):
        assert Image.open(io.BytesIO(poster.draw(odd))).size == (1024, 768)


def test_code_without_a_closing_fence_is_still_found() -> None:
    assert code.of("~~~js\nexport default 1") == "export default 1\n"
    assert code.of("```\nexport { build as default };\n```") == "export { build as default };\n"
    assert not code.is_whole("```js\nexport default 1") and code.is_whole(FENCED + "\n")
