"""The typical Django way to this: a JSON consumer, `delay()`, a Celery task that sends base64 pictures to a group.

ASGI application `application` (for daphne) and Celery application `app` (one worker, one job at a time). The same
weights, steps and preview size as ours. Nobody is authenticated here and nothing is kept: it does less than we do.
"""
# ruff: noqa: E402  Django must be set up before its models are imported

import base64
import io
import os
from functools import cache
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.peers.typical_settings")

import django

django.setup()

from asgiref.sync import async_to_sync, sync_to_async
from celery import Celery
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.layers import get_channel_layer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path
from PIL import Image

from benchmarks.peers.typical_settings import TYPICAL_BROKER

app = Celery("typical", broker=TYPICAL_BROKER)
app.conf.update(task_ignore_result=True, task_default_queue="typical", worker_prefetch_multiplier=1)


class TypicalConsumer(AsyncJsonWebsocketConsumer):
    """One page: joins its group, passes requests on to Celery, passes what the group hears on to the page."""

    async def connect(self) -> None:
        self.group = "room" if b"crowd" in self.scope["query_string"] else self.channel_name.replace("!", ".")
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept(*self.scope["subprotocols"][:1])

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive_json(self, content: dict[str, Any], **kwargs: Any) -> None:
        if content["type"] == "generate":
            await sync_to_async(generate.delay)(self.group, content)

    async def tell(self, event: dict[str, Any]) -> None:
        await self.send_json(event["content"])


@app.task
def generate(group: str, wanted: dict[str, Any]) -> None:
    """Make one picture; after every step the group hears of it, with a preview."""

    def tell(**content: Any) -> None:
        async_to_sync(get_channel_layer().group_send)(group, {"type": "tell", "content": content})

    if wanted.get("model") == "none":
        tell(type="progress", image=wanted["answer"])
        return tell(type="result", image=wanted["answer"])

    def after_step(step: int, total: int, preview: Image.Image) -> None:
        tell(type="progress", step=step, total=total, image=_base64(preview, "JPEG"))

    picture = _pipeline().make(wanted["prompt"], wanted["steps"], wanted["seed"], after_step)
    return tell(type="result", image=_base64(picture, "PNG"))


@cache
def _pipeline() -> Any:
    from benchmarks.peers import stock

    return stock.Stock()


def _base64(picture: Image.Image, kind: str) -> str:
    file = io.BytesIO()
    picture.save(file, kind)
    return base64.b64encode(file.getvalue()).decode()


application = ProtocolTypeRouter({"websocket": URLRouter([path("ws/", TypicalConsumer.as_asgi())])})
