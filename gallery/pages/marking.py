"""Addresses that cards and the viewer use: marking a work, one work as a card, and what is to be said of it."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from gallery import favourites, likes
from gallery.models import Reveals, Work
from gallery.pages import lists


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def favourite(request: HttpRequest, work: UUID) -> HttpResponse:
    """`/gallery/<id>/favourite/`: POST `on` marks one's own work, anything else takes the mark away."""
    if request.method == "POST":
        assert isinstance(request.user, User)
        try:
            favourites.mark(request.user, work, request.POST.get("on") == "1")
        except Work.DoesNotExist:
            raise Http404 from None
    return _back(request, work)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def like(request: HttpRequest, work: UUID) -> HttpResponse:
    """`/gallery/<id>/like/`: POST `on` likes a public work of somebody else, anything else takes it back."""
    if request.method == "POST":
        assert isinstance(request.user, User)
        try:
            likes.like(request.user, work, request.POST.get("on") == "1")
        except Work.DoesNotExist:
            raise Http404 from None
    return _back(request, work)


@require_safe
def card(request: HttpRequest, work: UUID) -> HttpResponse:
    """`/gallery/<id>/card/`: the work as a card, for a viewer that was opened by its address."""
    works = [get_object_or_404(lists.cards(Work.objects.visible_to(request.user)), pk=work)]
    return render(request, "gallery/_cards.html", {"works": works} | lists.marks(request, works))


@require_safe
def info(request: HttpRequest, work: UUID) -> HttpResponse:
    """`/gallery/<id>/info/`: prompt, settings and tags, for the viewer's panel."""
    works = Work.objects.visible_to(request.user).select_related("owner").prefetch_related("tags")
    shown = get_object_or_404(works, pk=work)
    context = {
        "work": shown,
        "own": shown.owner_id == request.user.pk,
        "shows_recipe": shown.shows(request.user, Reveals.RECIPE),
    }
    return render(request, "gallery/_info.html", context)


def _back(request: HttpRequest, work: UUID) -> HttpResponse:
    """To the page that the button was on. Without one, as after logging in on the way, to the work."""
    there = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(there, {request.get_host()}, require_https=request.is_secure()):
        return redirect(there)
    return redirect("gallery:work", work=work)
