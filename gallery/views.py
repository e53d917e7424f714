"""The gallery's pages: a person's own works, one work, and deleting it."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from gallery import paging, recipes
from gallery.models import Lineage, Work, WorkFile

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


@require_safe
def work_detail(request: HttpRequest, work: UUID) -> HttpResponse:
    """`/gallery/<id>/`: one work with its recipe. Who may not see it is asked to log in, or gets 404."""
    found = Work.objects.visible_to(request.user).select_related("owner").prefetch_related("files").filter(pk=work)
    shown = found.first()
    if shown is None:
        if request.user.is_authenticated:
            raise Http404
        return redirect_to_login(request.get_full_path())
    context = {
        "work": shown,
        "image": shown.file(WorkFile.Role.IMAGE),
        "sketch": shown.file(WorkFile.Role.SKETCH),
        "table": recipes.table(shown),
        "own": shown.owner_id == request.user.pk,
        "original": _original(request, shown),
    }
    return render(request, "gallery/work.html", context)


def _original(request: HttpRequest, work: Work) -> UUID | None:
    """What a picture was edited from, for those who may see that one."""
    originals = Work.objects.visible_to(request.user).filter(
        child_links__child=work, child_links__kind=Lineage.Kind.EDIT
    )
    return originals.values_list("pk", flat=True).first()


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def work_delete(request: HttpRequest, work: UUID) -> HttpResponse:
    """`/gallery/<id>/delete/`: POST deletes one's own work, its rows only (gallery/files.py).

    GET changes nothing and leads to the work: that is where somebody lands who had to log in first.
    """
    found = get_object_or_404(Work.objects.of(request.user), pk=work)
    if request.method != "POST":
        return redirect("gallery:work", work=found.pk)
    found.delete()
    messages.success(request, _("The work was deleted."))
    return redirect("gallery:list")
