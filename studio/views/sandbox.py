"""`/sandbox/`: the frame in which the code of scenes runs, with a policy of its own, and three.js for its worker.

The frame has no origin (`sandbox` without `allow-same-origin`, in the header too, so that a direct visit has none
either): no cookies, no storage, no network, no way out but messages to the page that holds it. The code itself runs in
a worker of the frame (static/js/sandbox/runner.js). docs/scenes.md tells it from the beginning.
"""

import hashlib
import secrets
from functools import cache
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

THREE, CORE = "vendor/three/three.module.min.js", "vendor/three/three.core.min.js"
# How the vendored module names its other half: pages have an import map for it, workers have none.
NAMED = 'from"three/core"'
YEAR = 365 * 24 * 3600
# What no scene needs; the frame's `allow=""` says the same.
NOT_ALLOWED = "camera microphone geolocation display-capture clipboard-read clipboard-write fullscreen payment usb midi"


@require_safe
@xframe_options_exempt
def frame(request: HttpRequest) -> HttpResponse:
    """The frame. It is the same for everybody, and holds nothing of anybody."""
    nonce = secrets.token_urlsafe(18)
    here = request.build_absolute_uri("/")
    shown = {
        "nonce": nonce,
        "parent": _origin(settings.PUBLIC_URL) if settings.SANDBOX_ORIGIN else _origin(here),
        "three": urljoin(here, f"{reverse('studio:sandbox_three')}?{_three()[1]}"),
        "runner": urljoin(here, static("js/sandbox/runner.js")),
        "frame": urljoin(here, static("js/sandbox/frame.js")),
    }
    answer = HttpResponse(render_to_string("studio/sandbox.html", shown))
    answer.headers["Content-Security-Policy"] = _policy(here, nonce, str(shown["parent"]))
    answer.headers["Permissions-Policy"] = ", ".join(f"{name}=()" for name in NOT_ALLOWED.split())
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-DNS-Prefetch-Control"] = "off"
    answer.headers["Cache-Control"] = "no-store"  # the nonce is for one time
    return answer


@require_safe
def three(request: HttpRequest) -> HttpResponse:
    """three.js as one module that names its other half by its address. For any origin: the frame has none."""
    body, digest = _three()
    core = urljoin(request.build_absolute_uri("/"), static(CORE))
    answer = HttpResponse(body.replace(NAMED, f'from"{core}"'), content_type="text/javascript; charset=utf-8")
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    lasting = f"public, max-age={YEAR}, immutable" if request.META.get("QUERY_STRING") == digest else "no-cache"
    answer.headers["Cache-Control"] = lasting
    return answer


def _policy(here: str, nonce: str, page: str) -> str:
    """The header's Content-Security-Policy. Scripts come from our two folders and from what the frame makes itself."""
    ours = [urljoin(here, reverse("studio:sandbox_three"))]
    ours += [urljoin(here, f"{settings.STATIC_URL}{folder}") for folder in ("js/sandbox/", "vendor/three/")]
    directives = {
        "sandbox": "allow-scripts",
        "default-src": "'none'",
        "script-src": f"'nonce-{nonce}' blob: {' '.join(ours)}",
        "worker-src": "blob:",
        "style-src": f"'nonce-{nonce}'",
        "img-src": "data: blob:",
        "connect-src": "'none'",
        "frame-src": "'none'",
        "form-action": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": page if settings.SANDBOX_ORIGIN else "'self'",
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


@cache
def _three() -> tuple[str, str]:
    """The vendored module, and a name that changes with it."""
    found = finders.find(THREE)
    assert isinstance(found, str), "three.js is vendored"
    body = Path(found).read_text(encoding="utf-8")
    assert NAMED in body, "the vendored three.js names its core as templates/importmap.json does"
    return body, hashlib.sha256(body.encode()).hexdigest()[:16]
