"""The addresses under `/comfy/`, each also under `/comfy/api/` as the official front end asks. The socket is elsewhere
(studio/routing.py)."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from studio.compat.comfy import about, pictures, prompts
from studio.compat.comfy.answers import refusal

_VIEWS = (
    ("prompt", prompts.prompt),
    ("queue", prompts.queue),
    ("interrupt", prompts.interrupt),
    ("history", prompts.history),
    ("history/<str:prompt_id>", prompts.history),
    ("view", pictures.view),
    ("upload/image", pictures.upload),
    ("object_info", about.object_info),
    ("object_info/<str:node>", about.object_info),
    ("system_stats", about.system_stats),
    ("features", about.features),
    ("models", about.models),
    ("models/<str:folder>", about.models),
    ("embeddings", about.embeddings),
    ("extensions", about.nothing),
    ("free", about.free),
)


def not_found(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Any other address under `/comfy/`."""
    return refusal("not_found")


def _paths() -> Iterator[URLPattern]:
    for before in ("", "api/"):
        for address, view in _VIEWS:
            yield path(f"comfy/{before}{address}", view)
    yield path("comfy/", not_found)
    yield path("comfy/<path:rest>", not_found)


urlpatterns = list(_paths())
