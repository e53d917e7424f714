"""Addresses of the API: its routers, the pictures that are uploaded, and the description of it all."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from ninja import File, Schema, Status
from ninja.files import UploadedFile

from studio.api.answers import api, error
from studio.api.auth import by, person
from studio.api.batches import router as batches_router
from studio.api.boards import router as boards_router
from studio.api.catalogue import router as catalogue_router
from studio.api.collections import router as collections_router
from studio.api.comments import router as comments_router
from studio.api.edits import router as edits_router
from studio.api.generations import router as generations_router
from studio.api.keys import router as keys_router
from studio.api.me import router as me_router
from studio.api.pictures import picture
from studio.api.pins import router as pins_router
from studio.api.presets import router as presets_router
from studio.api.prices import router as prices_router
from studio.api.readings import router as readings_router
from studio.api.repeated import idempotent
from studio.api.schema import schema
from studio.api.sharing import router as sharing_router
from studio.api.steering import router as steering_router
from studio.api.timelapses import router as timelapses_router
from studio.api.webhooks import router as webhooks_router
from studio.api.works import router as works_router
from studio.commands import generations
from studio.files import blobs
from studio.gates import rates

api.add_router("", me_router)
api.add_router("", catalogue_router)
api.add_router("/generations", generations_router)
# Before the boards: their ids would take "shared" and "join" for one of them.
api.add_router("/boards", sharing_router)
api.add_router("/boards", boards_router)
api.add_router("/boards", comments_router)
api.add_router("/boards", pins_router)
api.add_router("/boards", steering_router)
api.add_router("/works", batches_router)
api.add_router("/works", works_router)
api.add_router("/works", edits_router)
api.add_router("/collections", collections_router)
api.add_router("/presets", presets_router)
api.add_router("/keys", keys_router)
api.add_router("/webhooks", webhooks_router)
api.add_router("/timelapses", timelapses_router)
api.add_router("/metadata", readings_router)
api.add_router("/price", prices_router)


class InputView(Schema):
    """An uploaded picture: name it by `id` in a submit within a day."""

    id: UUID
    width: int
    height: int


@api.post("/inputs", auth=by("generate"), response={201: InputView}, tags=["generations"])
@idempotent
def upload_input(request: HttpRequest, file: File[UploadedFile]) -> Any:
    """Keep a picture (PNG, JPEG or WebP, up to 20 MB and 33 MP) for a generation to use."""
    rates.check("upload", person(request).pk)
    kept = blobs.put(person(request).pk, file.read())
    return Status(201, {"id": kept.pk, "width": kept.width, "height": kept.height})


@api.get("/inputs/{input_id}", auth=by("read", "generate"), tags=["generations"])
def own_input(request: HttpRequest, input_id: UUID) -> HttpResponse:
    """The picture of one's own input (PNG), as long as it is kept."""
    return picture(blobs.content(person(request).pk, input_id), "image/png")


@api.get("/prompts", response=list[str], tags=["generations"])
def prompts(request: HttpRequest) -> Any:
    """One's own prompts, the newest first, each once."""
    return generations.prompts(person(request))


@api.get("/openapi.json", auth=None, include_in_schema=False, url_name="openapi")
def description(request: HttpRequest) -> HttpResponse:
    """This API in the words of OpenAPI 3.1, for whoever wants to know."""
    return JsonResponse(schema(), headers={"Cache-Control": "max-age=300", "Access-Control-Allow-Origin": "*"})


@csrf_exempt
def not_found(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Any other address under /api/."""
    return error(request, "not_found")
