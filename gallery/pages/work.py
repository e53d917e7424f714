"""The page of one work, and deleting it with the way back."""

from datetime import datetime
from typing import Any
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
from gallery import likes, sharing
from gallery.models import Moderation, Visibility, Work
from gallery.moderation import judged
from gallery.pages import showing
from gallery.pages.words import WordsForm

# A message with these tags is shown with a button that brings back what was deleted at that moment.
UNDO = "undo:"


@require_safe
def work_detail(request: HttpRequest, work: UUID) -> HttpResponse:
    """`/gallery/<id>/`: one work with its recipe. Who may not see it is asked to log in, or gets 404."""
    shown = found(request).filter(pk=work).first()
    if shown is None:
        if why := judged.why_gone(request, work):
            return redirect(why)
        if request.user.is_authenticated:
            raise Http404
        return redirect_to_login(request.get_full_path())
    return page(request, shown)


def found(request: HttpRequest) -> Any:
    """The works that the visitor may see, with all that the page needs."""
    return Work.objects.visible_to(request.user).select_related("owner").prefetch_related("files", "tag_links__tag")


def page(request: HttpRequest, work: Work, form: WordsForm | None = None, status: int = 200) -> HttpResponse:
    """The page of `work`; with `form`, its owner is shown what was wrong in it."""
    context = showing.context(work, request.user, asked="show" in request.GET)
    if context["own"]:
        links = sharing.links(person(request), work)
        context |= {
            "form": form or WordsForm(initial=WordsForm.of(work)),
            "links": [(link, sharing.address(request, link)) for link in links],
            "lasting": sharing.lasting_choices(),
        }
    elif request.user.is_authenticated:
        context["liked"] = work.pk in likes.liked_by(person(request), [work])
    context["public"] = work.visibility == Visibility.PUBLIC and work.moderation == Moderation.CLEAR
    context["canonical"] = request.build_absolute_uri(request.path)
    if context["thumbnail"]:
        context["preview"] = request.build_absolute_uri(context["thumbnail"].url)
    return render(request, "gallery/work.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def work_delete(request: HttpRequest, work: UUID) -> HttpResponse:
    """`/gallery/<id>/delete/`: POST puts one's own work into the bin and offers the way back.

    GET changes nothing and leads to the work: that is where somebody lands who had to log in first.
    """
    own = get_object_or_404(Work.objects.of(person(request)), pk=work)
    if request.method != "POST":
        return redirect("gallery:work", work=own.pk)
    moment = the_bin.delete(person(request), [own.pk])
    if moment:
        tell_deleted(request, 1, moment)
    return redirect("gallery:list")


@require_POST
@login_required
def undo_deletion(request: HttpRequest) -> HttpResponse:
    """`/gallery/undo/`: bring back what was deleted at `moment`. Too late, or somebody else's: nothing happens."""
    moment = parse_moment(request.POST.get("moment", ""))
    back = the_bin.undo(person(request), moment) if moment else []
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


def person(request: HttpRequest) -> User:
    """Whoever is logged in; behind login_required."""
    assert isinstance(request.user, User)
    return request.user
