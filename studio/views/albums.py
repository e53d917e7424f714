"""The pages of albums: the list, one album with its photos, and what can be done there."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.limits import limits_of
from accounts.models import User
from gallery.models import Work
from studio.commands import albums, archives
from studio.models import TERMINAL, Album, AlbumPhoto, Model, State
from studio.news import events
from studio.tools import registry
from studio.words.errors import ERRORS, Refused, text

STATES = {
    State.QUEUED: gettext_lazy("Waiting"),
    State.RUNNING: gettext_lazy("In the making"),
    State.FINISHED: gettext_lazy("Finished"),
    State.CANCELLED: gettext_lazy("Stopped"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One photo as the page shows it. `share` (0 to 1) while it is made; `again`: it can be asked for once more."""

    photo: AlbumPhoto
    words: str
    work: Work | None = None
    share: float | None = None
    failed: bool = False
    again: bool = False


@require_safe
@never_cache
@login_required
def album_list(request: HttpRequest) -> HttpResponse:
    """`/albums/`: the person's albums, and what a new one can be."""
    user = _person(request)
    ways = sorted(albums.ways(user), key=lambda way: way.tool.name != "colorize")
    models = {way.model.pk for way in ways}
    context = {
        "albums": albums.of(user),
        "ways": [(way.key, way.tool.title, way.model.title if len(models) > 1 else "") for way in ways],
        "colours": any(way.tool.name == "colorize" for way in ways),
        "most": limits_of(user).album_photos,
    }
    return render(request, "studio/albums.html", context)


@require_POST
@login_required
def album_new(request: HttpRequest) -> HttpResponse:
    """`/albums/new/`: make one, and go there."""
    given = request.POST
    params: dict[str, Any] = {"preset": given["preset"]} if given.get("preset") else {}
    try:
        album = albums.make(_person(request), given.get("title", ""), given.get("way", ""), params)
    except Refused as refused:
        messages.error(request, text(refused.code, refused.params))
        return redirect("studio:albums")
    return redirect("studio:album", album=album.pk)


@require_safe
@never_cache
@login_required
@vary_on_headers("HX-Request")
def album_page(request: HttpRequest, album: UUID) -> HttpResponse:
    """`/albums/<id>/`: its photos and how far they are; only those when htmx asks again."""
    found = _own(request, album)
    template = "studio/_album.html" if "HX-Request" in request.headers else "studio/album.html"
    return render(request, template, _context(request, found))


@require_POST
@login_required
def album_add(request: HttpRequest, album: UUID) -> HttpResponse:
    """`/albums/<id>/photos/`: one file; JSON for the page's own uploads, with an error's words where there is one."""
    file = request.FILES.get("file")
    try:
        if file is None:
            raise Refused("input_required")
        photo = albums.add(_person(request), album, file.name or "", file.read())
    except Refused as refused:
        words = {"code": refused.code, "message": text(refused.code, refused.params)}
        return JsonResponse(words, status=ERRORS[refused.code].status)
    return JsonResponse({"id": str(photo.pk), "error": photo.error_code})


@require_POST
@login_required
def album_act(request: HttpRequest, album: UUID, act: str) -> HttpResponse:
    """`/albums/<id>/<act>/`: retry, stop, pack or delete; `photo` names one of them for retry and remove."""
    user, photo = _person(request), _uuid(request.POST.get("photo"))
    acts = {
        "retry": lambda: albums.retry(user, album, [photo] if photo else None),
        "stop": lambda: albums.stop(user, album),
        "pack": lambda: albums.pack(user, album),
        "delete": lambda: albums.delete(user, album),
        "remove": lambda: albums.remove(user, album, photo) if photo else None,
    }
    if act not in acts:
        raise Http404
    try:
        acts[act]()
    except Refused as refused:
        if refused.code == "not_found":
            raise Http404 from None
        messages.error(request, text(refused.code, refused.params))
    if act == "delete":
        messages.success(request, _("The album was deleted. Its results are in the gallery."))
        return redirect("studio:albums")
    return redirect("studio:album", album=album)


def _context(request: HttpRequest, album: Album) -> dict[str, Any]:
    photos = list(album.photos.select_related("generation", "input"))
    made = [photo.generation_id for photo in photos if photo.generation_id]
    works = {work.generation: work for work in Work.objects.filter(generation__in=made, deleted_at=None, index=0)}
    rows = [_row(photo, works) for photo in photos]
    unfinished = sum(1 for row in rows if row.photo.generation and row.photo.generation.state not in TERMINAL)
    packing = bool(album.archive and album.archive.state in archives.UNFINISHED)
    tool = registry().get(album.tool)
    return {
        "album": album,
        "rows": rows,
        "total": len(rows),
        "done": sum(1 for row in rows if row.work is not None or _finished(row.photo)),
        "failed": sum(1 for row in rows if row.failed),
        "again": any(row.again for row in rows),
        "unfinished": unfinished,
        "busy": bool(unfinished or packing),
        "packing": packing,
        "share": sum(row.share or 0.0 for row in rows) / len(rows) if rows else 0.0,
        "tool": tool.title if tool else album.tool,
        "model": _model(album.model_name),
        "most": limits_of(_person(request)).album_photos,
    }


def _model(name: str) -> str:
    """What people call it; its name where it is gone."""
    return Model.objects.filter(name=name).values_list("title", flat=True).first() or name


def _row(photo: AlbumPhoto, works: dict[UUID, Work]) -> Row:
    made = photo.generation
    if made is None:
        words = text(photo.error_code, photo.error_params) if photo.error_code else _("It was not asked for.")
        return Row(photo, words, failed=True, again=photo.input is not None, share=1.0)
    if made.state == State.RUNNING:
        told = events.latest(made.pk) or {}
        return Row(photo, str(STATES[State.RUNNING]), share=told.get("share") or 0.0)
    if made.state == State.QUEUED:
        return Row(photo, str(STATES[State.QUEUED]), share=0.0)
    failed = made.state in albums.AGAIN
    words = text(made.error_code, made.error_params) if made.error_code else str(STATES.get(State(made.state), ""))
    return Row(photo, words, works.get(made.pk), 1.0, failed, failed and photo.input is not None)


def _finished(photo: AlbumPhoto) -> bool:
    return photo.generation is not None and photo.generation.state == State.FINISHED


def _own(request: HttpRequest, album: UUID) -> Album:
    try:
        return albums.find(_person(request), album)
    except Refused:
        raise Http404 from None


def _uuid(value: str | None) -> UUID | None:
    try:
        return UUID(value) if value else None
    except ValueError:
        raise Http404 from None


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
