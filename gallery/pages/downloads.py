"""A work as a file to keep: its PNG as it is, or without what it was made with, or as JPEG or WebP; a shape as GLB,
STL or OBJ."""

import hashlib
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from PIL import Image

from gallery import files, keeping, metadata, recipes
from gallery.models import Work, WorkFile
from gallery.pages import media
from gallery.pixels import captions, editing, solids, turns

# The visible label of GB 45438-2025: at least a twentieth of the shorter side high.
LABEL_SIZE = 0.05


@require_safe
def work_download(request: HttpRequest, work: UUID) -> HttpResponse:
    """`/gallery/<id>/download/?as=png|jpeg|webp&told=0|1`: the picture as a file; `told=0` leaves the recipe out.
    `?as=glb|stl|obj`: the shape that it shows, where it shows one.

    Others get the recipe only where the owner allows it. What the law wants in a file is in it in any case.
    """
    shown = get_object_or_404(
        Work.objects.visible_to(request.user).select_related("owner").prefetch_related("files"), pk=work
    )
    image, kind = shown.file(WorkFile.Role.IMAGE), request.GET.get("as", "png")
    if kind in solids.FORMS:
        return _shape(request, shown, kind)
    if image is None or kind not in metadata.MEDIA_TYPES or not image.media_type.startswith("image/"):
        raise Http404
    told = request.GET.get("told", "1") == "1" and recipes.may_carry_recipe(shown, request.user)
    if kind == "png" and not settings.AIGC_VISIBLE:
        return redirect(f"{recipes.media_url(shown, 'image')}?download=1{'' if told else '&bare=1'}")
    etag = _etag(image, kind, shown if told else None)
    fresh = get_conditional_response(request, etag=etag, response=HttpResponse())
    if fresh is not None and fresh.status_code != 200:
        return fresh
    try:
        with turns.turn(shown.width * shown.height):
            data = encoded(shown, image, kind, told=told)
    except (turns.Busy, turns.TooLarge) as error:
        large = isinstance(error, turns.TooLarge)
        busy = _("Many pictures are being made. Please try again.")
        messages.warning(request, _("This picture is too large for that.") if large else busy)
        return redirect("gallery:work", work=work)
    return HttpResponse(data, headers=_headers(shown, kind, etag))


def _shape(request: HttpRequest, work: Work, form: str) -> HttpResponse:
    model = work.file(WorkFile.Role.MODEL)
    if model is None:
        raise Http404
    if form == "glb":
        return redirect(f"{recipes.media_url(work, model.role)}?download=1")
    etag = f'"{model.sha256[:32]}-{form}"'
    fresh = get_conditional_response(request, etag=etag, response=HttpResponse())
    if fresh is not None and fresh.status_code != 200:
        return fresh
    try:
        with turns.turn(0):
            data = solids.converted(files.WORKS.store.read(model.sha256), form)
    except FileNotFoundError:
        raise Http404 from None
    except (turns.Busy, solids.Unreadable) as error:
        busy = _("Many pictures are being made. Please try again.")
        cannot = _("This model cannot be written in that form. Please take the original.")
        messages.warning(request, busy if isinstance(error, turns.Busy) else cannot)
        return redirect("gallery:work", work=work.pk)
    media_type, ending = solids.FORMS[form]
    return HttpResponse(data, headers=_headers(work, ending, etag, media_type))


def encoded(work: Work, image: WorkFile, kind: str, *, told: bool, quality: int | None = None) -> bytes:
    """The picture of a work as a file of `kind` (metadata.MEDIA_TYPES), with the visible label where there is one;
    `told`: with its recipe. `quality` as in metadata.encode. Raises Http404 when the file is gone."""
    try:
        pixels = keeping.decode(files.WORKS.store.read(image.sha256))
    except FileNotFoundError:
        raise Http404 from None
    if settings.AIGC_VISIBLE:
        pixels = labelled(pixels, settings.AIGC_VISIBLE)
    drawn = any(work.file(role) for role in media.BEGUN_WITH) or bool(work.recipe.get("facts", {}).get("edit"))
    produced = keeping.produced(work.generation, work.index)
    about = metadata.Told(work.recipe if told else None, work.seed, drawn, produced)
    return metadata.encode(pixels, kind, about, quality)


def labelled(pixels: Image.Image, text: str) -> Image.Image:
    """`pixels` with the visible label at its lower edge."""
    words = editing.Caption(kind="caption", text=text, place="bottom", font="sans", size=LABEL_SIZE, color="#ffffff")
    layer = captions.layer(words, *pixels.size)
    return Image.alpha_composite(pixels.convert("RGBA"), layer).convert(pixels.mode)


def _etag(image: WorkFile, kind: str, told: Work | None) -> str:
    recipe = f"{told.recipe}{told.seed}" if told else ""
    law = f"{settings.AIGC_PRODUCER}{settings.AIGC_PROPAGATOR}{settings.AIGC_VISIBLE}"
    return f'"{hashlib.sha256(f"{image.sha256} {kind} {recipe} {law}".encode()).hexdigest()[:32]}"'


def _headers(work: Work, kind: str, etag: str, media_type: str = "") -> dict[str, str]:
    name = media.file_name(work, "jpg" if kind == "jpeg" else kind)
    return {
        "Content-Type": media_type or metadata.MEDIA_TYPES[kind],
        "Content-Disposition": f'attachment; filename="{name}"',
        "ETag": etag,
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
