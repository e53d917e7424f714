"""The gallery's pages that list works."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from gallery import paging
from gallery.models import Work

PAGE_SIZE = 30


@require_safe
@login_required
@vary_on_headers("HX-Request")
def work_list(request: HttpRequest) -> HttpResponse:
    """`/gallery/?after=<cursor>`: the person's own works, newest first; only the cards when htmx asks for more."""
    own = Work.objects.of(request.user).defer("recipe")
    try:
        works, after = paging.page(own.prefetch_related("files"), request.GET.get("after", ""), PAGE_SIZE)
    except ValueError:
        raise BadRequest("This is no place in the gallery.") from None
    partial = "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers
    template = "gallery/_cards.html" if partial else "gallery/list.html"
    return render(request, template, {"works": works, "after": after})
