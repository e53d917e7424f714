"""A client for Brushwire's API in one file, with nothing but Python's own library (3.10 or newer). Copy it into yours.

studio = Brushwire("https://studio.example.org", key="bw_…")
made = studio.generate("a red house by a lake", model="starter", on_progress=print)
studio.download(made["works"][0], "house.png")
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

ENDS = ("finished", "failed", "cancelled", "expired")
# How often it is asked where no event stream can be read, and how often a refusal for a while is tried again (seconds).
POLL, TRIES, LONGEST_PAUSE = 1.0, 4, 30.0
# A stream that says nothing for this long is dead: the studio gives a sign of life every 25 s.
SILENT = 60.0


class BrushwireError(Exception):
    """The studio did not do it. `code` is stable (docs/errors.md), `fields` say what of the request was wrong."""

    def __init__(self, status: int, told: Mapping[str, Any]) -> None:
        self.status, self.code = status, str(told.get("code", "unreadable"))
        self.fields, self.params = dict(told.get("fields") or {}), dict(told.get("params") or {})
        self.request_id = str(told.get("request_id", ""))
        super().__init__(f"{self.code}: {told.get('message', '')} {self.fields or ''}".rstrip(" {}"))


class Failed(BrushwireError):
    """A generation ended without pictures. `generation` is its last state."""

    def __init__(self, generation: dict[str, Any]) -> None:
        super().__init__(0, generation.get("error") or {"code": generation["state"], "message": "It was stopped."})
        self.generation = generation


class WrongSignature(Exception):
    """A message that says it is a webhook's was not signed with the secret, or is too old."""


class Event(NamedTuple):
    """One event of the stream. `id` is its number, None for what is not numbered (progress, previews)."""

    id: int | None
    type: str
    data: dict[str, Any]


class Brushwire:
    """One studio, with one API key. Raises BrushwireError, and OSError where the studio cannot be reached."""

    def __init__(self, url: str, key: str, *, timeout: float = 30.0) -> None:
        self.url, self.timeout = url.rstrip("/"), timeout
        self._headers = {"Authorization": f"Bearer {key}", "User-Agent": "brushwire-python/1"}

    # Making -----------------------------------------------------------------------------------------------------

    def generate(
        self,
        prompt: str = "",
        *,
        tool: str | None = None,
        model: str | None = None,
        sketch: bytes | str | Path | None = None,
        image: bytes | str | Path | None = None,
        mask: bytes | str | Path | None = None,
        on_progress: Callable[[dict[str, Any]], None] | None = None,
        timeout: float | None = None,
        **params: Any,
    ) -> dict[str, Any]:
        """Make pictures and wait for them; the finished generation, its pictures in `works`.

        Pictures are bytes or paths of files. `params` are the tool's: seed, steps, width, strength, count, … Raises
        Failed, and TimeoutError after `timeout` seconds (the generation goes on).
        """
        pictures = {"sketch": sketch, "image": image, "mask": mask}
        inputs = {role: self.upload(picture) for role, picture in pictures.items() if picture is not None}
        made = self.submit(tool or _tool_for(inputs), model=model, inputs=inputs, prompt=prompt, **params)
        return self.wait(made["id"], on_progress=on_progress, timeout=timeout)

    def submit(
        self, tool: str, *, model: str | None = None, inputs: Mapping[str, str] | None = None, **params: Any
    ) -> dict[str, Any]:
        """Ask for pictures and do not wait: the generation. Sent again by itself where the answer was lost."""
        asked = {"id": uuid.uuid4().hex, "tool": tool, "params": {n: v for n, v in params.items() if v is not None}}
        asked |= {"inputs": dict(inputs or {})} | ({"model": model} if model else {})
        told: dict[str, Any] = self.call("POST", "/generations", asked)
        return told

    def generation(self, generation: str) -> dict[str, Any]:
        """How it stands."""
        told: dict[str, Any] = self.call("GET", f"/generations/{generation}")
        return told

    def wait(
        self,
        generation: str,
        *,
        on_progress: Callable[[dict[str, Any]], None] | None = None,
        timeout: float | None = None,
    ) -> dict[str, Any]:
        """Until it has ended: by the event stream, or by asking where that cannot be read. Raises as `generate`."""
        until = time.monotonic() + (timeout or float("inf"))
        tell = on_progress or (lambda told: None)
        after, streams = None, True
        while True:
            try:
                for event in (
                    self.events(after, silent=min(SILENT, max(0.1, until - time.monotonic()))) if streams else ()
                ):
                    after = event.id if event.id is not None else after
                    streams = streams and event.type != "bye"  # there are too many, or the key has gone
                    state = _state_in(event, generation)
                    if state and event.type in ("stage", "progress", "snapshot"):
                        tell(state)
                    if (event.type in ENDS and state) or (state or {}).get("state") in ENDS or time.monotonic() > until:
                        break
            except BrushwireError as error:
                streams = streams and error.status not in (401, 403, 404, 429)
            except OSError:
                pass  # it begins anew after the last event
            now = self.generation(generation)
            if now["state"] in ENDS:
                if now["state"] != "finished":
                    raise Failed(now)
                return now
            if not streams:
                tell(now)
            if time.monotonic() > until:
                raise TimeoutError("the generation takes longer than was waited for")
            time.sleep(POLL)

    def cancel(self, generation: str) -> dict[str, Any]:
        """Stop it: at once while it waits, otherwise at its next step."""
        told: dict[str, Any] = self.call("POST", f"/generations/{generation}/cancel")
        return told

    def upload(self, picture: bytes | str | Path) -> str:
        """Keep a picture for a day (PNG, JPEG or WebP, 20 MB); its id, for `inputs`."""
        data = picture if isinstance(picture, bytes) else Path(picture).read_bytes()
        edge = uuid.uuid4().hex
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="picture"\r\n'
        body = f"{head}Content-Type: application/octet-stream\r\n\r\n".encode() + data + f"\r\n--{edge}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={edge}", "Idempotency-Key": uuid.uuid4().hex}
        return str(json.loads(self._ask("POST", "/api/v1/inputs", body, kind))["id"])

    # Keeping ----------------------------------------------------------------------------------------------------

    def works(self, **sought: Any) -> Iterator[dict[str, Any]]:
        """One's own works, the newest first, all pages; `sought` as of GET /works: q, tag, tool, model, whose, …"""
        while True:
            page = self.call("GET", "/works?" + urllib.parse.urlencode(sought))
            yield from page["items"]
            if not page["next"]:
                return
            sought["cursor"] = page["next"]

    def work(self, work: str) -> dict[str, Any]:
        """One work, with the addresses of its files."""
        told: dict[str, Any] = self.call("GET", f"/works/{work}")
        return told

    def download(self, work: Mapping[str, Any] | str, path: str | Path | None = None, *, role: str = "image") -> bytes:
        """A file of a work (or of the work with that id), written to `path` if given."""
        whole = self.work(work if isinstance(work, str) else work["id"])
        address = next((file["address"] for file in whole["files"] if file["role"] == role), None)
        if address is None:
            raise KeyError(role)
        data = self._ask("GET", address)
        if path is not None:
            Path(path).write_bytes(data)
        return data

    # News -------------------------------------------------------------------------------------------------------

    def events(self, after: int | None = None, *, previews: bool = False, silent: float = SILENT) -> Iterator[Event]:
        """What happens, as it happens, from the event after number `after` on; without it a snapshot comes first.

        Ends when the studio ends it: call it again with the last `id`. TimeoutError after `silent` seconds of silence.
        """
        headers = self._headers | {"Accept": "text/event-stream"}
        if after is not None:
            headers["Last-Event-ID"] = str(after)
        request = urllib.request.Request(f"{self.url}/api/v1/events?previews={int(previews)}", headers=headers)
        number, kind, lines = "", "message", []
        with self._open(request, silent) as answer:
            for raw in answer:
                name, _, value = raw.decode().rstrip("\r\n").partition(":")
                value = value.removeprefix(" ")
                if name == "id":
                    number = value
                elif name == "event":
                    kind = value
                elif name == "data":
                    lines.append(value)
                elif not name and not value and lines:
                    data = json.loads("\n".join(lines))
                    yield Event(int(number) if "seq" in data else None, kind, data)
                    kind, lines = "message", []

    # Asking -----------------------------------------------------------------------------------------------------

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Any operation of the API (`/api/v1/docs` names them): its answer as JSON."""
        data = json.dumps(body).encode() if body is not None else b"" if method != "GET" else None
        kind = {"Content-Type": "application/json"} if body is not None else {}
        kind |= {"Idempotency-Key": uuid.uuid4().hex} if method == "POST" else {}
        answer = self._ask(method, f"/api/v1{path}", data, kind)
        return json.loads(answer) if answer else None

    def _ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """Tried again, with the same Idempotency-Key, when the studio is busy or the connection was lost."""
        for left in reversed(range(TRIES)):
            told = self._headers | dict(headers or {})
            request = urllib.request.Request(self.url + path, body, told, method=method)
            try:
                with self._open(request, self.timeout) as answer:
                    return bytes(answer.read())
            except BrushwireError as error:
                pause = error.params.get("retry_after") or (1 if error.status == 503 else 0)
                if not left or not pause or pause > LONGEST_PAUSE:
                    raise
            except OSError:
                pause = 0.5
                if not left:
                    raise
            time.sleep(pause)
        raise AssertionError("unreachable")

    def _open(self, request: urllib.request.Request, timeout: float) -> Any:
        try:
            return urllib.request.urlopen(request, timeout=timeout)
        except urllib.error.HTTPError as error:
            with error:
                try:
                    told = json.loads(error.read())
                except ValueError:
                    told = {}
            raise BrushwireError(error.code, told if isinstance(told, dict) else {}) from None


def verify_webhook(secret: str, headers: Mapping[str, str], body: bytes, *, tolerance: float = 300.0) -> dict[str, Any]:
    """The message of a webhook, once its signature and its age (seconds) were checked. Raises WrongSignature."""
    signature = next((value for name, value in headers.items() if name.lower() == "brushwire-signature"), "")
    parts = [part.partition("=") for part in signature.split(",")]
    stamp = next((value for name, _, value in parts if name == "t"), "")
    right = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    signed = any(hmac.compare_digest(value, right) for name, _, value in parts if name == "v1")
    if not signed or not stamp.isdigit() or abs(time.time() - int(stamp)) > tolerance:
        raise WrongSignature
    message: dict[str, Any] = json.loads(body)
    return message


def _tool_for(inputs: Mapping[str, str]) -> str:
    """What is meant by such pictures, where no tool is named."""
    if "mask" in inputs:
        return "inpaint"
    return "sketch_to_image" if "sketch" in inputs else "image_to_image" if "image" in inputs else "text_to_image"


def _state_in(event: Event, generation: str) -> dict[str, Any] | None:
    """What `event` says of that generation, if anything."""
    told = event.data.get("generation")
    if isinstance(told, dict):
        return told if told["id"] == generation else None
    if event.type == "snapshot":
        return next((each for each in event.data["generations"] if each["id"] == generation), None)
    return event.data if told == generation else None
