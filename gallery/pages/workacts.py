"""What the owner does to a work from its page: words, visibility, keeping it. Each is a form without scripts."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gallery import publishing
from gallery.models import Moderation, Reveals, Visibility, Work
from gallery.moderation import gate
from gallery.pages.words import WordsForm
from gallery.pages.work import found, page, person


@require_POST
@login_required
def work_words(request: HttpRequest, work: UUID) -> HttpResponse:
    """`/gallery/<id>/words/`: title, description, tags, and what others are shown. 422 with the page when unfit."""
    own = get_object_or_404(found(request).filter(owner=person(request)), pk=work)
    form = WordsForm(request.POST)
    if not form.is_valid():
        return page(request, own, form, status=422)
    told = form.cleaned_data
    try:
        with transaction.atomic():
            publishing.describe(person(request), work, title=told["title"], description=told["description"])
            publishing.set_tags(person(request), work, told["tags"])
            publishing.set_reveals(person(request), [work], Reveals(told["reveals"]))
    except gate.Closed as closed:
        form.add_error(None, str(closed))
        return page(request, own, form, status=422)
    return redirect("gallery:work", work=work)


@require_POST
@login_required
def work_visibility(request: HttpRequest, work: UUID) -> HttpResponse:
    """`/gallery/<id>/visibility/`: private, unlisted or public."""
    wanted = request.POST.get("visibility")
    if wanted not in Visibility.values:
        raise BadRequest("There is no such visibility.")
    try:
        if not publishing.set_visibility(person(request), [work], Visibility(wanted)):
            raise Http404
    except gate.Closed as closed:
        messages.error(request, str(closed))
        return redirect("gallery:work", work=work)
    texts = {
        Visibility.PRIVATE: _("Only you see this work now."),
        Visibility.UNLISTED: _("Whoever has a link sees this work now."),
        Visibility.PUBLIC: _("Everybody sees this work now."),
    }
    held = Work.objects.filter(pk=work, moderation=Moderation.HELD).exists()
    if wanted == Visibility.PUBLIC and held:
        messages.info(request, _("Others see this work when a moderator has looked at it."))
    else:
        messages.success(request, texts[Visibility(wanted)])
    return redirect("gallery:work", work=work)


@require_POST
@login_required
def work_saved(request: HttpRequest, work: UUID) -> HttpResponse:
    """`/gallery/<id>/saved/`: `on` keeps one's own work for good, anything else lets it become history again."""
    if not publishing.save(person(request), [work], request.POST.get("on") == "1"):
        raise Http404
    return redirect("gallery:work", work=work)
