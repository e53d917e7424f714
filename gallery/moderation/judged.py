"""What the person hears: the decisions about them, each with its why, and the appeal."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from gallery.models import Act, Decision, Moderation, Work
from gallery.moderation import appeals, decisions

SHOWN_MOST = 100


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def decision(request: HttpRequest, decision: int) -> HttpResponse:
    """`/moderation/decisions/<id>/?key=…`: why, and a form to appeal. For the person, logged in or by the key of the
    notice: who is suspended cannot log in. Everybody else gets 404."""
    found = (
        Decision.objects.select_related("work", "collection", "remark", "appeal")
        .filter(pk=decision)
        .exclude(act=Act.APPROVE)
        .first()
    )
    if found is None or not _is_theirs(request, found):
        raise Http404
    if request.method == "POST":
        try:
            appeals.appeal(found, request.POST.get("words", ""))
        except appeals.NoAppeal:
            messages.error(request, _("This decision cannot be appealed, or the words are missing."))
        else:
            messages.success(request, _("Your appeal was sent. A moderator will look at it."))
        return redirect(decisions.address(found))
    shown = {
        "decision": found,
        "may_appeal": appeals.may_appeal(found),
        "appeal": getattr(found, "appeal", None),
        "words_max": appeals.WORDS_MAX,
    }
    return render(request, "gallery/moderation/decision.html", shown)


@require_safe
@login_required
@never_cache
def mine(request: HttpRequest) -> HttpResponse:
    """`/moderation/mine/`: all decisions about one's own works and account."""
    found = Decision.objects.filter(person_id=request.user.pk).exclude(act=Act.APPROVE).select_related("appeal")
    return render(request, "gallery/moderation/mine.html", {"decisions": found[:SHOWN_MOST]})


def why_gone(request: HttpRequest, work_id: UUID) -> str | None:
    """Where the owner reads why a work of theirs was taken down; None for everybody else and every other work."""
    if not request.user.is_authenticated:
        return None
    gone = Work.objects.filter(pk=work_id, owner_id=request.user.pk, moderation=Moderation.REMOVED)
    found = Decision.objects.filter(work__in=gone, act=Act.REMOVE, undone_at=None).first()
    return decisions.address(found) if found else None


def _is_theirs(request: HttpRequest, found: Decision) -> bool:
    if request.user.is_authenticated and request.user.pk == found.person_id:
        return True
    return constant_time_compare(request.GET.get("key", ""), decisions.key_of(found))
