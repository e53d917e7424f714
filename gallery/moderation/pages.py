"""The queue on the screen: one case at a time, made for the keyboard. Decisions are carried out in decisions.py."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from gallery import files, sources
from gallery.models import Act, Case, WorkFile
from gallery.moderation import appeals, cases, context, decisions
from gallery.moderation.decisions import Undecidable, Wanted

PASSED = "moderation_passed"
PASSED_MOST = 50
LOOKED_AT = ("image", "sketch", "input", "thumb-640", "source")


def moderators_only(view: Any) -> Any:
    """Who is not logged in is asked to; who may not moderate gets 403."""
    return login_required(permission_required("gallery.moderate", raise_exception=True)(view))


@require_safe
@moderators_only
@never_cache
def queue(request: HttpRequest) -> HttpResponse:
    """`/moderation/`: the case that this moderator has before them, or the next one."""
    moderator = _person(request)
    case = cases.claim_next(moderator, request.session.get(PASSED, []))
    shown = {
        "case": case,
        "waiting": cases.waiting(moderator),
        "last": decisions.last_of(moderator),
    }
    if case is not None:
        shown |= context.of(case, moderator)
    return render(request, "gallery/moderation/queue.html", shown)


@require_POST
@moderators_only
def decide(request: HttpRequest) -> HttpResponse:
    """`/moderation/decide/` with case, act, reason, words, days: carry it out and go on."""
    wanted = Wanted(
        _act(request), request.POST.get("reason", ""), request.POST.get("words", "").strip(), _until(request)
    )
    return _carried_out(request, lambda: decisions.decide(_person(request), _case_id(request), wanted))


@require_POST
@moderators_only
def answer(request: HttpRequest) -> HttpResponse:
    """`/moderation/answer/` with case, grant (1 or 0) and words: decide an appeal and go on."""
    grant, words = request.POST.get("grant"), request.POST.get("words", "").strip()
    if grant not in ("0", "1"):
        raise BadRequest("Granted or not?")
    return _carried_out(
        request, lambda: appeals.answer(_person(request), _case_id(request), grant=grant == "1", words=words)
    )


@require_POST
@moderators_only
def pass_over(request: HttpRequest) -> HttpResponse:
    """`/moderation/next/` with case: leave it to the others for now."""
    case_id = _case_id(request)
    cases.release(_person(request), case_id)
    passed = [pk for pk in request.session.get(PASSED, []) if pk != case_id]
    request.session[PASSED] = [*passed, case_id][-PASSED_MOST:]
    return redirect("gallery:moderation")


@require_POST
@moderators_only
def undo(request: HttpRequest) -> HttpResponse:
    """`/moderation/undo/`: take back this moderator's last decision; its case is theirs again."""
    return _carried_out(request, lambda: decisions.undo(_person(request)), _("Taken back."))


@require_safe
@moderators_only
@never_cache
def picture(request: HttpRequest, case: int, role: str) -> HttpResponse:
    """`/moderation/<case>/<role>`: a file of the work in a case, also of one that nobody else may see any more."""
    if role not in LOOKED_AT:
        raise Http404
    found = get_object_or_404(Case.objects.exclude(work=None), pk=case)
    file = get_object_or_404(WorkFile, work=found.work_id, role=role)
    try:
        data = files.WORKS.store.read(file.sha256)
    except FileNotFoundError:
        raise Http404 from None
    return HttpResponse(
        data,
        content_type=sources.PLAIN if file.role == WorkFile.Role.SOURCE else file.media_type,
        headers={"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"},
    )


def _carried_out(request: HttpRequest, act: Any, done: str = "") -> HttpResponse:
    try:
        act()
    except Undecidable as problem:
        messages.error(request, REFUSALS()[problem.code])
    else:
        if done:
            messages.success(request, done)
    return redirect("gallery:moderation")


def REFUSALS() -> dict[str, str]:  # noqa: N802  a table in the reader's language
    return {
        "gone": _("This case is no longer open, or another moderator has it."),
        "reason": _("Please give a reason."),
        "words": _("These are too many words."),
        "no_work": _("This case is about a person: there is no work to decide on."),
        "appeal": _("This case is an appeal: please answer it first."),
        "nothing": _("There is nothing to take back."),
    }


def _case_id(request: HttpRequest) -> int:
    told = request.POST.get("case", "")
    if not (told.isascii() and told.isdigit() and len(told) < 19):
        raise BadRequest("Which case?")
    return int(told)


def _act(request: HttpRequest) -> str:
    act = request.POST.get("act", "")
    if act not in Act.values:
        raise BadRequest("Decide what?")
    return act


def _until(request: HttpRequest) -> Any:
    """The end of a suspension from `days`; None (until lifted) where it is empty."""
    days = request.POST.get("days", "")
    if not days:
        return None
    if not (days.isascii() and days.isdigit() and 1 <= int(days[:5]) <= 3650):
        raise BadRequest("For how many days?")
    return timezone.now() + timedelta(days=int(days))


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
