"""ComfyUI's socket: `/comfy/ws?clientId=`. A person's news become the stories of their prompts; bytes out, little in.

A socket is told of the prompts of its own client id, and of those that name none. What it missed, because it was away
or Redis was, it is told from the database: the end of every prompt comes once. It has no acknowledgements, so one
message at a time is on its way (config/server.py waits with us), and of what may be lost only the newest waits.
"""

import asyncio
import logging
import re
from collections import deque
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID, uuid4

from django.conf import settings

from studio.comfy import frames
from studio.comfy.about import features
from studio.comfy.story import Story, Told, status
from studio.commands.comfy import past, pictures, prompts
from studio.commands.comfy.past import Standing
from studio.gates.rates import Bucket
from studio.news import arrivals
from studio.process import outage
from studio.protocol import CLOSE
from studio.sockets import openpages
from studio.sockets.endings import SurelyEnded
from studio.sockets.handshake import language_of
from studio.sockets.pacing import Backlog
from studio.values import strictjson
from studio.values.frames import encode_text, parts
from studio.words.errors import Refused

log = logging.getLogger(__name__)

# The longest message a client has to say, in characters; and how many generations a socket remembers.
SAID_MOST, REMEMBERED = 64 * 1024, 256
CLIENT = re.compile(prompts.CLIENT.pattern.replace("{0,", "{1,"))
ENDS = ("finished", "failed", "cancelled", "expired")


@dataclass(slots=True)
class Heard:
    """A generation as this socket knows it. `story` is None where it is another client's; `is_prompt` is False where it
    is none of ComfyUI's at all."""

    is_prompt: bool
    story: Story | None = None


class ComfyConsumer(SurelyEnded):
    """One socket of one client. `scope` has the person's key (studio/sockets/keydoor.py); no cookie is read."""

    channel_layer_alias = "none"
    entered = False
    telling: asyncio.Task[None] | None = None

    # Socket events ----------------------------------------------------------------------------------------------

    async def connect(self) -> None:
        self.user, self.key = self.scope["user"], self.scope.get("api_key")
        self.sid = parse_qs(self.scope["query_string"].decode("latin1")).get("clientId", [""])[0] or uuid4().hex
        self.language = language_of(self.scope)
        self.greeted, self.leaving = True, False
        self.spoken = self.tells_previews = self.behind = self.caught_up = False
        self.seq = 0
        self.heard: dict[UUID, Heard] = {}
        self.backlog, self.news = Backlog(settings.EVENTS_KEPT), asyncio.Event()
        self.faults: deque[float] = deque(maxlen=settings.PROTOCOL_FAULTS_PER_MINUTE)
        self.bucket = Bucket(settings.MESSAGES_PER_SECOND, settings.MESSAGES_BURST)
        if self.key is None or not CLIENT.fullmatch(self.sid):
            return await self.close()  # 403 at the handshake
        self.session_key, self.place = self.key.socket_name, openpages.place_of(self.user.pk, self.scope)
        self.entered = True
        try:
            await openpages.enter(self)
        except Refused:
            return await self.close()
        await self.accept()
        self.telling = asyncio.create_task(self._run())
        return None

    async def disconnect(self, code: int) -> None:
        self.leaving = True
        if self.telling:
            self.telling.cancel()
        if self.entered:
            await openpages.leave(self)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.leaving:
            return None
        if not self.bucket.take():
            return await self.say_bye("rate_limited", "flood")
        if len(text_data or bytes_data or "") > SAID_MOST:
            return await self.say_bye("too_large", "protocol_error")
        first, self.spoken = not self.spoken, True
        try:
            said = strictjson.loads(text_data or "")
        except ValueError:
            said = None
        if not isinstance(said, dict):
            return await self._count_fault()
        if first and said.get("type") == "feature_flags":
            known = said.get("data")
            self.tells_previews = isinstance(known, dict) and known.get("supports_preview_metadata") is True
            await self._say({"type": "feature_flags", "data": features(settings.INPUT_MAX_BYTES)})
        return None

    async def _count_fault(self) -> None:
        self.faults.append(monotonic())
        if len(self.faults) == self.faults.maxlen and monotonic() - self.faults[0] < 60:
            await self.say_bye("bad_message", "protocol_error")

    # News, from studio/sockets/openpages.py ---------------------------------------------------------------------------

    async def hear(self, message: dict[str, Any]) -> None:
        """What happened; it is told by `_run`."""
        kind = message["kind"]
        if kind == "signed_out":
            await self.say_bye(message["code"], "signed_out" if message["code"] == "signed_out" else "forbidden")
        elif kind == "give_way" and self.place.name in message["names"]:
            await self.say_bye("too_many_sockets", "too_many_sockets")
        elif kind == "event":
            self._hear_event(message["event"])
        elif kind == "preview":
            self.backlog.put_newest(f"preview {message['picture']}", message["frame"])
            self.news.set()

    def _hear_event(self, event: dict[str, Any]) -> None:
        if "seq" in event:
            self.behind |= self.caught_up and event["seq"] > self.seq + 1
            self.seq = max(self.seq, event["seq"])
            self.behind |= not self.backlog.put(event)
        elif event["type"] in ("stage", "progress"):
            self.backlog.put_newest(f"at {event['generation']} {event['index']}", event)
        self.news.set()

    async def heartbeat(self, newest: int) -> None:
        """ComfyUI knows nothing of it: what was missed is told."""
        if newest > self.seq:
            self.behind = True
            self.news.set()

    async def say_bye(self, code: str, close: str) -> None:
        """Close with the house's code; ComfyUI has no message for that."""
        if not self.leaving:
            self.leaving = True
            log.info("a socket of ComfyUI's is closed: %s", code)
            await self.close(CLOSE[close])

    # Telling ----------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        try:
            await self._say(status(await self._ask(prompts.remaining), self.sid))
            await self._catch_up()
            while True:
                await self.news.wait()
                self.news.clear()
                for item in self.backlog.take():
                    await (self._preview(item) if isinstance(item, bytes) else self._event(item))
                if self.behind:
                    await self._catch_up()
        except TimeoutError:
            await self.say_bye("too_slow", "too_slow")
        except Exception as error:  # noqa: BLE001  the client comes back, and is told from the database what it missed
            await self.say_bye(outage.code_of(error, "a socket of ComfyUI's"), "fault")

    async def _catch_up(self) -> None:
        """How all prompts of this client stand, of which it was not told everything."""
        self.behind = False
        live = [generation for generation, heard in self.heard.items() if heard.story and not heard.story.ended]
        seq, standings = await self._ask(past.untold, self.sid, live)
        self.seq, self.caught_up = max(seq, self.seq), True
        for standing in standings:
            await self._settle(standing)

    async def _event(self, event: dict[str, Any]) -> None:
        kind = event["type"]
        if kind not in ("queued", "requeued", "started", "stage", "progress", *ENDS):
            return None
        generation = UUID(event["generation"]["id"] if kind == "queued" else event["generation"])
        heard = self.heard.get(generation) or await self._meet(generation)
        if kind in ENDS and heard.story is not None:
            standing = await self._ask(past.stand, generation)
            return await self._settle(standing) if standing else None
        if heard.is_prompt and kind not in ("stage", "progress"):
            await self._say(status(await self._ask(prompts.remaining)))
        if heard.story is not None:
            await self._tell(generation, heard.story, _follows(heard.story, event))
        return None

    async def _meet(self, generation: UUID, standing: Standing | None = None) -> Heard:
        """A generation that this socket hears of for the first time."""
        found = standing or await self._ask(past.stand, generation)
        heard = Heard(found is not None)
        if found is not None and found.client in ("", self.sid):
            heard.story = Story(found.plan)
        while len(self.heard) >= REMEMBERED:
            del self.heard[next(iter(self.heard))]
        self.heard[generation] = heard
        return heard

    async def _settle(self, standing: Standing) -> None:
        """Tell what follows from how a prompt stands now."""
        heard, told = self.heard.get(standing.generation), list[Told]()
        known = heard or await self._meet(standing.generation, standing)
        story = known.story
        if story is None or story.ended:
            return
        if standing.state == "running":
            if heard is None:
                told = story.resume(standing.stage, standing.step, standing.index)
            elif standing.stage:
                told = story.stage(standing.stage)
        elif standing.state == "finished":
            told = story.finish(standing.shown)
        elif standing.state == "cancelled":
            told = story.interrupt()
        elif standing.state in ENDS:
            told = story.fail(standing.code, standing.message)
        await self._tell(standing.generation, story, told)

    async def _tell(self, generation: UUID, story: Story, told: list[Told]) -> None:
        for message in told:
            if message["type"] == "pictures":
                await self._deliver(generation, story)
                continue
            if message is told[-1] and story.ended:  # the history is written already; this is the order of ComfyUI
                await self._say(status(await self._ask(prompts.remaining)))
            await self._say(message)
        if told and story.ended:
            arrivals.note(generation)
            await self._ask(past.tell, story.plan.prompt_id)

    async def _deliver(self, generation: UUID, story: Story) -> None:
        """The pictures of an output that shows them on the socket only."""
        for index in range(story.plan.count):
            try:
                data = await self._ask(pictures.of_generation, generation, index)
            except Refused:
                continue  # deleted meanwhile
            await self._send(bytes=frames.preview(data, "image/png"))

    async def _preview(self, frame: bytes) -> None:
        header, image = parts(frame)
        generation = UUID(header["generation"])
        heard = self.heard.get(generation) or await self._meet(generation)
        if heard.story is None or heard.story.ended:
            return
        await self._tell(generation, heard.story, heard.story.stage("denoising"))
        kind = header["media_type"]
        told = frames.preview(image, kind)
        if self.tells_previews:
            told = frames.preview_told(image, kind, heard.story.about_preview())
        await self._send(bytes=told)

    async def _ask(self, function: Any, *args: Any) -> Any:
        return await openpages.in_pool(self.language, function, self.user, *args)

    async def _say(self, told: Told) -> None:
        await self._send(text=encode_text(told))

    async def _send(self, **content: Any) -> None:
        """Returns when there is room for more; TimeoutError where the client takes too long to read."""
        if self.leaving:
            raise asyncio.CancelledError
        async with asyncio.timeout(settings.STREAM_WRITE_WITHIN):
            await self.base_send({"type": "websocket.send", **content, "wait": True})


def _follows(story: Story, event: dict[str, Any]) -> list[Told]:
    """What an event of the prompt's generation, other than its end, adds to the story."""
    match event["type"]:
        case "started":
            return story.start()
        case "requeued":
            return story.lose()
        case "stage":
            return story.stage(event["stage"])
        case "progress" if event["total"]:
            return story.progress(event["step"], event["index"])
    return []
