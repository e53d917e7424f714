"""One's own data: have everything packed, fetch it, delete the account."""

import asyncio
from io import BufferedReader
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import User
from gallery.pages.media import Chunks
from studio.commands import archives, leaving
from studio.files import parcels
from studio.models import Archive
from studio.words.errors import Refused, text
from studio.worker import archiving


@require_safe
@never_cache
@login_required
@vary_on_headers("HX-Request")
def own_data(request: HttpRequest) -> HttpResponse:
    """`/account/data/`: the archives, and the way out; only the list of archives when htmx asks again."""
    own = archives.of(_person(request))
    busy = own.filter(state__in=archives.UNFINISHED).exists()
    template = "studio/_archives.html" if "HX-Request" in request.headers else "studio/own_data.html"
    return render(request, template, {"archives": own, "busy": busy, "days": round(settings.ARCHIVES_KEPT_FOR / 86400)})


@require_POST
@login_required
def archive_ask(request: HttpRequest) -> HttpResponse:
    """`/account/data/archives/`: have everything packed."""
    try:
        archives.ask(_person(request))
    except Refused as refused:
        messages.error(request, text(refused.code, refused.params))
    return redirect("studio:own_data")


@require_POST
@login_required
def archive_discard(request: HttpRequest, archive: UUID) -> HttpResponse:
    """`/account/data/archives/<id>/discard/`: not wanted any more."""
    try:
        archives.discard(_person(request), archive)
    except Refused:
        raise Http404 from None
    return redirect("studio:own_data")


@require_safe
@never_cache
async def archive_file(request: HttpRequest, archive: UUID) -> HttpResponseBase:
    """`/account/data/archives/<id>.zip`: one's own archive; 404 for everybody else and before it is ready."""
    user = await request.auser()
    found = await Archive.objects.filter(pk=archive, owner_id=user.pk, state=Archive.State.READY).afirst()
    if found is None:
        raise Http404
    opened = await asyncio.to_thread(_open, found)
    answer = StreamingHttpResponse(Chunks(opened, 0, found.size))
    answer.headers["Content-Length"] = str(found.size)
    answer.headers["Content-Type"] = "application/zip"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    name = f"brushwire-{found.created_at:%Y-%m-%d}-{found.pk.hex[:6]}.zip"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_POST
@login_required
def account_delete(request: HttpRequest) -> HttpResponse:
    """`/account/data/delete/`: everything goes. Asks for the password; without one (or a wrong one) nothing happens."""
    try:
        leaving.leave(_person(request), request.POST.get("password", ""))
    except Refused as refused:
        messages.error(request, text(refused.code, refused.params))
        return redirect("studio:own_data")
    logout(request)
    messages.success(request, _("Your account and everything in it was deleted."))
    return redirect("studio:home")


def _open(archive: Archive) -> BufferedReader:
    try:
        return parcels.opened(archiving.name_of(archive))
    except FileNotFoundError:
        raise Http404 from None


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
