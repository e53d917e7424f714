"""The pages of notices: all of one's own, the bell alone, and having seen them."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import notices
from accounts.models import Notice, User

PAGE = 30


@require_safe
@login_required
@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """`/notices/?before=<id>`: the newest first; only the items when htmx asks for more."""
    rows = Notice.objects.filter(user=_person(request)).order_by("-id")
    before = request.GET.get("before", "")
    if before:
        if not (before.isascii() and before.isdigit() and len(before) < 19):
            raise BadRequest("This is no place among the notices.")
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: PAGE + 1])
    told = [(row, notices.words(row.code, row.params), notices.kind_of(row.code)) for row in found[:PAGE]]
    context = {
        "told": told,
        "newest": found[0].pk if found and not before else None,
        "fresh": any(row.seen_at is None for row in found[:PAGE]),
        "before": found[PAGE - 1].pk if len(found) > PAGE else None,
    }
    partial = "HX-Request" in request.headers and before
    return render(request, "accounts/_notices.html" if partial else "accounts/notices.html", context)


@require_safe
@login_required
@never_cache
def bell(request: HttpRequest) -> HttpResponse:
    """`/notices/bell/`: the bell as it stands now, for the page to put in the place of its own."""
    return render(request, "accounts/_bell.html", {"unseen": notices.unseen(_person(request))})


@require_POST
@login_required
def seen(request: HttpRequest) -> HttpResponse:
    """`/notices/seen/` with `up_to`: the person has had them before them. Answers the bell to htmx."""
    up_to = request.POST.get("up_to", "")
    if not (up_to.isascii() and up_to.isdigit() and len(up_to) < 19):
        raise BadRequest("Up to which notice?")
    notices.mark_seen(_person(request), int(up_to))
    if "HX-Request" in request.headers:
        return render(request, "accounts/_bell.html", {"unseen": notices.unseen(_person(request))})
    return redirect("accounts:notices")


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
