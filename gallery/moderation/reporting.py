"""The page where people report a work, a collection or a person, and what a link shows, also without an account.

Rooms above bring their own things before it: `page`, with a Remark."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.addresses import address_of
from accounts.models import User
from gallery import sharing
from gallery.finding import people
from gallery.models import Category, Collection, Remark, Work
from gallery.models.cases import Thing
from gallery.moderation import reports


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report_work(request: HttpRequest, work: UUID) -> HttpResponse:
    """`/report/work/<id>/`: only what the visitor may see can be reported."""
    found = get_object_or_404(Work.objects.visible_to(request.user).select_related("owner"), pk=work)
    return page(request, found.owner, found, back=("gallery:work", found.pk))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report_shared(request: HttpRequest, token: str, work: UUID | None = None) -> HttpResponse:
    """`/report/shared/<token>/`: the work or the collection that somebody was given a link to;
    `/report/shared/<token>/<work>/`: one work of that collection."""
    link = sharing.follow(token)
    if link is None or (work is not None and link.collection is None):
        raise Http404
    found: Work | Collection = link.thing
    if work is not None:
        found = get_object_or_404(link.works().select_related("owner"), pk=work)
    return page(request, found.owner, found, back=("gallery:shared", token))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report_collection(request: HttpRequest, collection: UUID) -> HttpResponse:
    """`/report/collection/<id>/`: its words and what it brings together; a single work is reported on its own page."""
    found = get_object_or_404(Collection.objects.visible_to(request.user).select_related("owner"), pk=collection)
    return page(request, found.owner, found, back=("gallery:collection", found.pk))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report_person(request: HttpRequest, name: str) -> HttpResponse:
    """`/report/person/<name>/`."""
    person = people.find(request.user, name)
    return page(request, person, None, back=("gallery:person", person.get_username()))


def page(request: HttpRequest, person: User, thing: Thing | None, back: tuple[str, Any]) -> HttpResponse:
    """The form about `thing`, or about `person` where that is None; sent, the way `back` (as for `redirect`)."""
    if person == request.user:
        raise Http404  # nobody reports themselves
    problem = ""
    reason = request.POST.get("reason", "")
    # A field that people do not see and robots fill in.
    if request.method == "POST" and not request.POST.get("website"):
        problem = _report(request, person, thing, reason)
    if request.method == "POST" and not problem:
        messages.success(request, _("Thank you. A moderator will look at it."))
        name, argument = back
        return redirect(name, argument) if argument else redirect(name)
    shown = {
        "person": person,
        "work": thing if isinstance(thing, Work) else None,
        "collection": thing if isinstance(thing, Collection) else None,
        "remark": thing if isinstance(thing, Remark) else None,
        "reasons": Category.choices,
        "reason": reason,
        "text": request.POST.get("text", ""),
        "text_max": reports.TEXT_MAX,
        "problem": problem,
    }
    return render(request, "gallery/moderation/report.html", shown, status=422 if problem else 200)


def _report(request: HttpRequest, person: User, thing: Thing | None, reason: str) -> str:
    """Take the report; in words what is wrong with it, or empty."""
    text = request.POST.get("text", "").strip()
    if reason not in Category.values:
        return _("Please choose a reason.")
    if len(text) > reports.TEXT_MAX:
        return _("These are too many words.")
    reporter = None if isinstance(request.user, AnonymousUser) else request.user
    try:
        reports.report(reporter, address_of(request.META), person, thing, reason=reason, text=text)
    except reports.TooManyReports:
        return _("There were many reports from here. Please try again later.")
    return ""
