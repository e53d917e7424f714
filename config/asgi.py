"""The ASGI application that daphne serves: pages over HTTP, the studio over its WebSocket."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
pages = get_asgi_application()

from studio.routing import sockets  # noqa: E402  the apps must be loaded first

application = ProtocolTypeRouter({"http": pages, "websocket": sockets})
