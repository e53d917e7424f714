"""Looks at the servers that make pictures: whether they answer, and which models they have. In the worker only."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

from django.db.models.functions import Now

from studio.engines import catalogue
from studio.engines.base import Checking, EngineError, Remote
from studio.engines.remote import servers
from studio.engines.remote.errors import RemoteError
from studio.models import Server, Workflow
from studio.process import sealing

T = TypeVar("T")
COMFYUI = Server.Kind.COMFYUI.value

log = logging.getLogger(__name__)

# One look may take so long (s), whatever the engine thinks.
SECONDS = 20.0


def look_at_all() -> None:
    """At every enabled server; its secret is sealed anew where the key has changed."""
    for server in Server.objects.filter(enabled=True):
        look_at(server)


def look_at_some(ids: list[int]) -> None:
    """At those with these keys, enabled or not: somebody asked."""
    for server in Server.objects.filter(pk__in=ids):
        look_at(server)


def look_at(server: Server) -> bool:
    """Ask one server, and write down what came of it; whether it is well."""
    _renew_secret(server)
    row = Server.objects.filter(pk=server.pk)
    try:
        offers = _ask(server)
    except EngineError as error:
        log.warning("server %s: %s", server.name, error.code)
        found = error if isinstance(error, RemoteError) else RemoteError(error.code)
        servers.note(server.pk, found)
        row.update(checked_at=Now())
        return False
    servers.note(server.pk, None)
    row.update(checked_at=Now(), offers=offers)
    return True


def _ask(server: Server) -> list[str]:
    engine = catalogue.load(server.kind)
    if not isinstance(engine, Remote):
        raise EngineError("model_unavailable")
    target = servers.target_of(server)

    return _within(partial(engine.look, target))


def _renew_secret(server: Server) -> None:
    try:
        sealed = sealing.renewed(server.secret_sealed)
    except sealing.Unreadable:  # target_of says so
        return
    if sealed != server.secret_sealed:
        Server.objects.filter(pk=server.pk, secret_sealed=server.secret_sealed).update(secret_sealed=sealed)
        server.secret_sealed = sealed


def check_workflows(ids: list[int]) -> None:
    """Hold these workflows against every enabled ComfyUI server, and write down what is missing where."""
    engine = catalogue.load(COMFYUI)
    assert isinstance(engine, Checking)
    rows = list(Workflow.objects.filter(pk__in=ids))
    documents = {row.name: row.document() for row in rows}
    found: dict[str, dict[str, list[dict[str, str]]]] = {row.name: {} for row in rows}
    for server in Server.objects.filter(kind=COMFYUI, enabled=True):
        try:
            said = _within(partial(engine.check, servers.target_of(server), documents))
        except EngineError as error:
            said = {name: [{"code": error.code}] for name in documents}
        for name, problems in said.items():
            found[name][server.name] = problems
    for row in rows:
        Workflow.objects.filter(pk=row.pk).update(problems=found[row.name], checked_at=Now())


def _within(asked: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What `asked` says, within SECONDS. Raises RemoteError."""

    async def whole() -> T:
        async with asyncio.timeout(SECONDS):
            return await asked()

    try:
        return asyncio.run(whole())
    except TimeoutError:
        raise RemoteError("engine_timeout") from None
