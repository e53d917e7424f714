"""What people's pages could send: commands of the protocol, commands with something wrong, and frames that are none.

Several people send at the same time. Each message comes from a seed; which one broke something is found again by the
same seed and count.
"""

import asyncio
import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from asgiref.sync import sync_to_async
from pydantic import TypeAdapter

from studio import tools
from studio.protocol import Command
from studio.words.errors import ERRORS
from tests.chaos.crowd import busy, memory, people
from tests.chaos.fuzz import frames, values
from tests.chaos.fuzz.frames import Raw
from tests.chaos.fuzz.mutants import Mutants
from tests.chaos.fuzz.server_log import complaints
from tests.chaos.parts import Chaos
from tests.stack.page import Page

PERSONS = 8
# Shares of all messages. What breaks the rules of WebSocket ends the connection, which costs more than the message.
BROKEN, BINARY_LIES, IN_PIECES, OVERSIZE = 0.005, 0.1, 0.05, 0.001
# How often a connection is tried: the server may be slow to shake hands, as on a busy machine it is.
TRIES = 5
# The limits of one socket that would end the test after ten messages.
LIFTED = {"BRUSHWIRE_MESSAGES_PER_SECOND": "100000", "BRUSHWIRE_PROTOCOL_FAULTS": "1000000"}
HELLO = b'{"type": "hello", "version": 1, "last_seq": null}'


@dataclass
class Fuzzed:
    """`codes` of what was refused; `closed` connections by close code (0: by us); `wrong`: what must not be; `busy`:
    seconds that the server computed."""

    messages: int = 0
    seconds: float = 0.0
    grown: int = 0
    busy: float = 0.0
    codes: Counter[str] = field(default_factory=Counter)
    closed: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        told = f"{self.messages} messages in {self.seconds:.0f} s ({self.messages / self.seconds:.0f}/s), "
        told += f"the server computed {self.busy / self.messages * 1000:.1f} ms for each "
        told += f"and grew by {self.grown / 2**20:.0f} MB; "
        told += f"{len(self.wrong)} wrong\nrefused: "
        told += ", ".join(f"{code} {count}" for code, count in self.codes.most_common())
        return told + "\nclosed: " + ", ".join(f"{code} {count}" for code, count in self.closed.most_common())


class Phrases:
    """Makes messages for one person."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.mutants = Mutants(chance)
        self.schema = TypeAdapter(Command).json_schema()
        self.parameters = sorted({name for tool in tools.registry().values() for name in tool.form_class.base_fields})

    def frame(self) -> bytes:
        """The bytes of one message, or of something that is none."""
        chance, text = self.chance, self._encoded(self._message())
        if chance.random() < BROKEN:
            return frames.wrong(chance, text)
        if chance.random() < OVERSIZE:
            return frames.frame(frames.TEXT, b"x" * chance.choice([524_288, 524_289, 700_000]))
        if chance.random() < BINARY_LIES:
            code, text = frames.BINARY, self._binary(text)
        else:
            code = frames.TEXT
        return frames.in_pieces(code, text, chance) if chance.random() < IN_PIECES else frames.frame(code, text)

    def _message(self) -> str:
        message = values.fitting(self.schema, self.chance)
        if "params" in message:
            message |= {"tool": self.chance.choice([*tools.registry(), "sketch_to_image"]), "model": "fake"}
            message["params"] = self._parameters()
        for _ in range(self.chance.choice([0, 0, 1, 1, 2])):
            message = values.damaged(message, self.chance)
        return values.spelt(message, self.chance)

    def _parameters(self) -> dict[str, Any]:
        known = {"prompt": "a boat", "steps": 1, "width": 64, "height": 64}
        some = {name: values.strange(self.chance) for name in self.parameters if self.chance.random() < 0.06}
        return known | some

    def _binary(self, text: bytes) -> bytes:
        chance = self.chance
        try:  # bytes come with a command that names their role
            message = json.loads(text)
            message["attached"] = chance.choice(["sketch", "image", "mask"])
            text = json.dumps(message).encode()
        except (ValueError, TypeError, RecursionError):
            pass
        blob = self.mutants.next() if chance.random() < 0.5 else chance.randbytes(chance.randint(0, 200))
        length = len(text)
        if chance.random() < 0.4:
            length = chance.choice([0, 1, length - 1, length + 1, length + len(blob), 65_537, 2**31, 2**32 - 1])
        return (max(0, length) % 2**32).to_bytes(4, "big") + text + blob

    def _encoded(self, text: str) -> bytes:
        # Half a surrogate pair: as JSON writes it, or as bytes that are no UTF-8.
        return text.encode("utf-8", "surrogatepass" if self.chance.random() < 0.1 else "backslashreplace")


async def fuzz(stack: Chaos, messages: int, seed: int = 1) -> Fuzzed:
    """Send so many; then somebody with nothing strange on her mind must get her picture. The stack runs with LIFTED."""
    found = Fuzzed()
    crowd = await sync_to_async(people)(PERSONS + 1)
    await _send_all(stack, crowd[:1], 200, seed + 1, Fuzzed())  # what is made for the first is made
    web = stack.processes["web"]
    before, worked, begun = memory(web), busy(web), time.monotonic()
    await _send_all(stack, crowd[:PERSONS], messages, seed, found)
    found.seconds, found.grown, found.busy = time.monotonic() - begun, memory(web) - before, busy(web) - worked
    found.wrong += [f"unknown code {code}" for code in found.codes if code not in ERRORS or code == "internal"]
    if web.poll() is not None:
        found.wrong.append("the web process has ended")
    else:
        async with Page(stack.url, crowd[-1][1]) as page:
            await page.hello()
            await page.ended(await page.submit("sound", prompt="a boat", steps=1))
    found.wrong += complaints(stack.log)
    return found


async def _send_all(stack: Chaos, crowd: list[Any], messages: int, seed: int, found: Fuzzed) -> None:
    each = -(-messages // len(crowd))
    await asyncio.gather(
        *(
            _talk(stack.port, cookie, Phrases(random.Random(f"{seed}-{n}")), each, found)
            for n, (_, cookie) in enumerate(crowd)
        )
    )


async def _talk(port: int, cookie: str, phrases: Phrases, messages: int, found: Fuzzed) -> None:
    """One person: when thrown out, the next connection."""
    sent = 0
    while sent < messages:
        raw = await _connected(port, cookie)
        if raw is None:
            found.wrong.append(f"no connection after {sent} messages")
            return
        try:
            if phrases.chance.random() < 0.95:
                await raw.send(frames.frame(frames.TEXT, HELLO))
            while sent < messages and not raw.over:
                await raw.send(phrases.frame())
                sent += 1
                if sent % 20 == 0 and not await raw.heard():
                    break
        except OSError:
            pass
        except TimeoutError:
            # A frame that claims to be longer than it is: the server waits for the rest, as it should.
            pass
        found.closed[raw.closed or 0] += 1
        found.codes.update(raw.codes)
        raw.abort()
    found.messages += sent


async def _connected(port: int, cookie: str) -> Raw | None:
    for number in range(TRIES):
        try:
            return await Raw(port, cookie).open()
        except (OSError, asyncio.IncompleteReadError):
            await asyncio.sleep(number)
    return None
