"""The page of the bin: what one has deleted, the way back, and the way out for good."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from gallery import bin as the_bin
from gallery import publishing
from gallery.models import Work

# So many are shown, those that go first at the top; whoever deletes more sees the rest when these are gone.
SHOWN = 300


@require_safe
@never_cache
@login_required
def bin_list(request: HttpRequest) -> HttpResponse:
    """`/gallery/bin/`: what lies in one's bin, the next to go first."""
    binned = Work.objects.in_bin_of(_person(request)).defer("recipe").prefetch_related("files")
    works = list(binned.order_by("deleted_at", "id")[:SHOWN])
    for work in works:
        assert work.deleted_at is not None
        gone = work.deleted_at + timedelta(days=settings.BIN_DAYS)
        work.days_left = max(0, (gone - timezone.now()).days)  # type: ignore[attr-defined]
    count = binned.count() if len(works) == SHOWN else len(works)
    return render(request, "gallery/bin.html", {"works": works, "count": count, "days": settings.BIN_DAYS})


@require_POST
@login_required
def bin_restore(request: HttpRequest) -> HttpResponse:
    """`/gallery/bin/restore/`: bring the chosen works back; who wants them back wants them kept."""
    user, chosen = _person(request), _chosen(request)
    count = the_bin.restore(user, chosen)
    publishing.save(user, chosen)
    text = ngettext("%(count)s work is back.", "%(count)s works are back.", count)
    messages.success(request, text % {"count": count})
    return redirect("gallery:bin")


@require_POST
@login_required
def bin_empty(request: HttpRequest) -> HttpResponse:
    """`/gallery/bin/empty/`: delete the chosen works for good, or all of the bin with `all`."""
    user = _person(request)
    chosen = None if "all" in request.POST else _chosen(request)
    count = the_bin.wipe(user, chosen)
    text = ngettext("%(count)s work was deleted for good.", "%(count)s works were deleted for good.", count)
    messages.success(request, text % {"count": count})
    return redirect("gallery:bin")


def _chosen(request: HttpRequest) -> list[UUID]:
    try:
        return [UUID(each) for each in request.POST.getlist("work")[:SHOWN]]
    except ValueError:
        raise BadRequest("These are no works.") from None


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
