"""The ASGI application that daphne serves: pages and event streams over HTTP, the studio over its WebSocket."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

from config.threads import KeptThreads
from studio.process import garbage

garbage.load()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
pages = KeptThreads(get_asgi_application())

# After the apps. The addresses bring every page with them: otherwise the first person would wait for that.
import config.urls  # noqa: E402, F401
from config.statics import Statics  # noqa: E402
from studio.gates.cors import Cors  # noqa: E402
from studio.gates.pathcodes import CodeInPath  # noqa: E402
from studio.process import rounds  # noqa: E402
from studio.routing import Web, sockets  # noqa: E402

rounds.begin("web")
application = CodeInPath(ProtocolTypeRouter({"http": Statics(Cors(Web(pages))), "websocket": sockets}))
garbage.loaded()
