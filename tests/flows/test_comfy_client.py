"""A client that does what ComfyUI's public example does, against the live studio: with a code in the address, with a
key in a header, away and back, and beside somebody else who guesses its names."""

import io
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import websockets
from PIL import Image
from websockets.sync.client import ClientConnection, connect

from accounts import keys
from accounts.models import ApiKey, User
from studio.models import Generation
from tests.stack import PATIENCE
from tests.stack.processes import Stack
from tests.studio.comfy.graphs import PICTURE, TEXT, changed

# Seconds; far below the heartbeat (25 s), at which keys are looked at anyway.
AT_ONCE = 12.0
WORDS = changed(changed(TEXT, "1", ckpt_name="fake.safetensors"), "4", width=64, batch_size=1)


class Comfy:
    """The example, step by step: the socket first, then the graph as JSON that urllib calls a form, then messages until
    `executing` says null, then the history at once."""

    def __init__(self, address: str, secret: str = "", client_id: str = "") -> None:
        self.server_address = address.removeprefix("http://")
        self.client_id = client_id or str(uuid.uuid4())
        self.headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        self.messages: list[dict[str, Any]] = []
        self.binary: list[bytes] = []

    def ws(self, path: str = "ws") -> ClientConnection:
        address = f"ws://{self.server_address}/{path}?clientId={self.client_id}"
        return connect(address, additional_headers=self.headers, max_size=2**24, compression=None)

    def ask(self, path: str, data: bytes | None = None) -> Any:
        request = urllib.request.Request(f"http://{self.server_address}/{path}", data, self.headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.read()

    def queue_prompt(self, graph: dict[str, Any]) -> str:
        sent = json.dumps({"prompt": graph, "client_id": self.client_id, "prompt_id": str(uuid.uuid4())}).encode()
        return json.loads(self.ask("prompt", sent))["prompt_id"]

    def get_history(self, prompt_id: str) -> dict[str, Any]:
        return json.loads(self.ask(f"history/{prompt_id}"))

    def read(self, ws: ClientConnection, until: Callable[[dict[str, Any]], Any]) -> None:
        """Take what comes until a message is what we wait for; binary frames are kept with the node they came at."""
        while True:
            out = ws.recv(timeout=PATIENCE)
            if isinstance(out, bytes):
                self.binary.append(out)
                continue
            self.messages.append(json.loads(out))
            if until(self.messages[-1]):
                return

    def get_images(self, ws: ClientConnection, graph: dict[str, Any]) -> dict[str, list[bytes]]:
        prompt_id = self.queue_prompt(graph)
        self.read(ws, over(prompt_id))
        images = {}
        for node, output in self.get_history(prompt_id)[prompt_id]["outputs"].items():
            images[node] = [self.ask(f"view?{urllib.parse.urlencode(image)}") for image in output["images"]]
        return images

    def told(self, *left_out: str) -> list[Any]:
        """The messages in short: a node's name for `executing`."""
        heard = [each for each in self.messages if each["type"] not in ("progress_state", *left_out)]
        return [each["data"]["node"] if each["type"] == "executing" else each["type"] for each in heard]


def over(prompt_id: str) -> Callable[[dict[str, Any]], bool]:
    def is_over(message: dict[str, Any]) -> bool:
        data = message["data"]
        return message["type"] == "executing" and data["node"] is None and data["prompt_id"] == prompt_id

    return is_over


@pytest.fixture
def code_of(stack: Stack) -> Callable[[User], tuple[ApiKey, str]]:
    """A fresh connect code of a person, and the address of the server that it opens."""

    def made(person: User) -> tuple[ApiKey, str]:
        key, code = keys.make_code(person, "example")
        return key, f"{stack.url}/comfy/c/{code}"

    return made


@pytest.fixture
def open_sockets() -> Iterator[ExitStack]:
    with ExitStack() as sockets:
        yield sockets


def key_of(person: User) -> str:
    return keys.make(person, keys.Wish("example", ["comfy"]))[1]


def test_the_public_example_runs_with_a_code_in_its_address(
    alice: User, stack: Stack, code_of: Any, open_sockets: ExitStack
) -> None:
    key, address = code_of(alice)
    client = Comfy(address)
    ws = open_sockets.enter_context(client.ws())
    images = client.get_images(ws, changed(WORDS, "2", text="slow:0.05"))
    assert [Image.open(io.BytesIO(data)).size for data in images["7"]] == [(64, 64)]
    assert client.messages[0]["data"]["sid"] == client.client_id
    nodes = ["1", "2", "3", "4", "5", "6", "7"]
    whole = ["execution_start", "execution_cached", *nodes, "executed", "execution_success", None]
    assert client.told("status", "progress") == whole
    assert client.told()[-2:] == ["status", None], "the last status stands before the end"
    steps = [each["data"]["value"] for each in client.messages if each["type"] == "progress"]
    assert steps == sorted(set(steps)) and steps[-1] == 12
    assert client.binary and all(data[:8] == b"\0\0\0\1\0\0\0\1" for data in client.binary)
    assert Image.open(io.BytesIO(client.binary[-1][8:])).format == "JPEG"
    # Revoked: the socket is closed at once, not at the next heartbeat; nothing opens any more, and no log has ever seen
    # the code.
    keys.revoke(key, alice)
    began = time.monotonic()
    with pytest.raises(websockets.ConnectionClosed):
        client.read(ws, lambda message: False)
    assert time.monotonic() - began < AT_ONCE and ws.protocol.close_code == 4401
    with pytest.raises(urllib.error.HTTPError, match="401"):
        client.ask("queue")
    with pytest.raises(websockets.InvalidStatus, match="403"):
        client.ws()
    code = address.rsplit("/", 1)[1]
    logged = stack.access_log.read_text() + stack.log.read_text()
    assert "WSCONNECT /comfy/c/***/ws" in logged and "/comfy/c/***/prompt" in logged
    assert code not in logged and code.rsplit("_", 1)[1] not in logged


def test_pictures_on_the_socket_and_previews_that_say_what_they_are_of(
    alice: User, bob: User, stack: Stack, open_sockets: ExitStack
) -> None:
    client = Comfy(f"{stack.url}/comfy", key_of(alice))
    stranger = Comfy(f"{stack.url}/comfy", key_of(bob), client.client_id)
    theirs = open_sockets.enter_context(stranger.ws("api/ws"))
    ws = open_sockets.enter_context(client.ws())
    ws.send(json.dumps({"type": "feature_flags", "data": {"supports_preview_metadata": True}}))
    client.read(ws, lambda message: message["type"] == "feature_flags")
    socket = {"class_type": "SaveImageWebsocket", "inputs": {"images": ["6", 0]}}
    graph = {key: node for key, node in WORDS.items() if key != "7"} | {"save_image_websocket_node": socket}
    prompt_id = client.queue_prompt(changed(changed(graph, "4", batch_size=2), "2", text="slow:0.05"))
    client.read(ws, lambda message: message["data"].get("node") == "save_image_websocket_node")
    previews, client.binary = client.binary, []
    client.read(ws, over(prompt_id))
    assert [Image.open(io.BytesIO(data[8:])).format for data in client.binary] == ["PNG", "PNG"]
    assert {data[:8] for data in client.binary} == {b"\0\0\0\1\0\0\0\2"}
    for frame in previews:
        length = int.from_bytes(frame[4:8], "big")
        about = json.loads(frame[8 : 8 + length])
        assert (frame[:4], about["node_id"], about["prompt_id"]) == (b"\0\0\0\4", "5", prompt_id)
        assert Image.open(io.BytesIO(frame[8 + length :])).format == "JPEG"
    assert previews and "executed" not in client.told()
    assert client.get_history(prompt_id)[prompt_id]["status"]["completed"]
    # Somebody else with the same client id hears of nothing, and finds nothing.
    assert stranger.get_history(prompt_id) == {} and json.loads(stranger.ask("history")) == {}
    with pytest.raises(TimeoutError):
        stranger.read(_hurried(theirs), lambda message: False)
    assert stranger.told() == ["status"] and not stranger.binary


class _hurried:  # noqa: N801  a socket that is asked for what has come by now
    def __init__(self, ws: ClientConnection) -> None:
        self._ws = ws

    def recv(self, timeout: float) -> Any:
        return self._ws.recv(timeout=0.1)


def test_a_client_that_comes_back_hears_the_rest_and_the_end_once(
    alice: User, bob: User, stack: Stack, open_sockets: ExitStack, drawing: bytes
) -> None:
    secret = key_of(alice)
    client = Comfy(f"{stack.url}/comfy", secret)
    name = json.loads(_upload(client, drawing))["name"]
    graph = changed(changed(PICTURE, "1", ckpt_name="fake"), "8", image=name)
    graph = changed(changed(graph, "2", text="slow:0.4"), "5", steps=50)
    with client.ws() as ws:
        running = client.queue_prompt(graph)
        client.read(ws, lambda message: message["type"] == "progress" and message["data"]["max"] == 50)
    waiting = client.queue_prompt(changed(WORDS, "2", text="waits"))
    assert [len(rows) for rows in json.loads(client.ask("queue")).values()] == [1, 1]
    stranger = Comfy(f"{stack.url}/comfy", key_of(bob))
    stranger.ask("interrupt", json.dumps({"prompt_id": running}).encode())
    stranger.ask("queue", b'{"clear": true}')
    client.messages.clear()
    ws = open_sockets.enter_context(client.ws())
    client.read(ws, lambda message: message["type"] == "progress")
    assert client.told()[:3] == ["status", "5", "progress"], "it is where it was, without what went before"
    client.ask("interrupt", json.dumps({"prompt_id": running}).encode())
    client.read(ws, over(running))
    client.read(ws, over(waiting))
    assert client.told("status", "progress")[1:3] == ["execution_interrupted", None]
    assert client.told("status", "progress")[-2:] == ["execution_success", None]
    states = dict(Generation.objects.values_list("command", "state"))
    assert states == {f"comfy-{running}": "cancelled", f"comfy-{waiting}": "finished"}
    # Its end was told; who comes again is not told once more. What failed while nobody listened is.
    ws.close()
    failed = client.queue_prompt(changed(WORDS, "2", text="fail:engine_failed"))
    _wait(lambda: client.get_history(failed))
    client.messages.clear()
    again = open_sockets.enter_context(client.ws())
    client.read(again, over(failed))
    assert client.told("status") == ["execution_start", "execution_cached", "execution_error", None]
    again.send(b"binary")
    for _ in range(9):
        again.send("no json")
    with pytest.raises(websockets.ConnectionClosed):
        client.read(again, lambda message: False)
    assert again.protocol.close_code == 4400


def _upload(client: Comfy, data: bytes) -> bytes:
    edge = "edge"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="image"; filename="house.png"\r\n\r\n'
    body = head.encode() + data + f"\r\n--{edge}--\r\n".encode()
    headers = client.headers | {"Content-Type": f"multipart/form-data; boundary={edge}"}
    request = urllib.request.Request(f"http://{client.server_address}/upload/image", body, headers)
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return answer.read()


def _wait(found: Callable[[], Any]) -> None:
    until = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < until
        time.sleep(0.1)
