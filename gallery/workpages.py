"""The page of one work, and what its owner does to it there."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from gallery import bin as the_bin
from gallery import recipes
from gallery.models import Lineage, Work, WorkFile

# A message with these tags is shown with a button that brings back what was deleted at that moment.
UNDO = "undo:"


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
    """`/gallery/<id>/delete/`: POST puts one's own work into the bin and offers the way back.

    GET changes nothing and leads to the work: that is where somebody lands who had to log in first.
    """
    found = get_object_or_404(Work.objects.of(_person(request)), pk=work)
    if request.method != "POST":
        return redirect("gallery:work", work=found.pk)
    moment = the_bin.delete(_person(request), [found.pk])
    if moment:
        tell_deleted(request, 1, moment)
    return redirect("gallery:list")


@require_POST
@login_required
def undo_deletion(request: HttpRequest) -> HttpResponse:
    """`/gallery/undo/`: bring back what was deleted at `moment`. Too late, or somebody else's: nothing happens."""
    moment = parse_moment(request.POST.get("moment", ""))
    back = the_bin.undo(_person(request), moment) if moment else []
    if not back:
        messages.warning(request, _("There was nothing left to bring back."))
        return redirect("gallery:list")
    messages.success(request, _("Brought back."))
    return redirect("gallery:work", work=back[0]) if len(back) == 1 else redirect("gallery:list")


def tell_deleted(request: HttpRequest, count: int, moment: datetime) -> None:
    """The message that says so and offers to undo it, on the next page."""
    text = _("The work is in the bin.") if count == 1 else _("%(count)s works are in the bin.") % {"count": count}
    messages.success(request, text, extra_tags=f"{UNDO}{moment.isoformat()}")


def parse_moment(text: str) -> datetime | None:
    """The moment of a deletion, as the undo button sends it."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
