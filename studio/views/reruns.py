"""Making a work again and looking at how far the two pictures differ."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import User
from gallery.models import Work
from gallery.pages.comparisons import comparison
from studio.commands import generations, reruns
from studio.protocol import GenerationView
from studio.words import errors
from studio.words.errors import Refused


@require_POST
@login_required
def rerun(request: HttpRequest, work: UUID) -> HttpResponse:
    """`/gallery/<id>/rerun/`: submit the same again; the page that waits for it, or back with the reason."""
    try:
        generation = reruns.rerun(_person(request), work)
    except Refused as refused:
        if refused.code == "not_found":
            raise Http404 from None
        messages.error(request, _reason(refused))
        return redirect("gallery:work", work=work)
    return redirect("studio:rerun_result", work=work, generation=generation.pk)


@require_safe
@never_cache
@login_required
@vary_on_headers("HX-Request")
def result(request: HttpRequest, work: UUID, generation: UUID) -> HttpResponse:
    """`/gallery/<id>/rerun/<generation>/`: how far it is, then both pictures with their difference.

    htmx asks for the inner part again until it has ended.
    """
    try:
        original = reruns.find(_person(request), work)
        view = generations.describe_one(_person(request), generation)
    except Refused:
        raise Http404 from None
    context: dict[str, Any] = {"one": original, "generation": view, "waiting": view.state in ("queued", "running")}
    context["changed"] = reruns.weights_changed(original)
    made = Work.objects.of(_person(request)).prefetch_related("files").filter(generation=generation).first()
    if made is not None:
        context |= comparison(original, made, told=True)
    elif not context["waiting"]:
        context["why_not"] = _ended(view)
    template = "studio/_rerun.html" if "HX-Request" in request.headers else "studio/rerun.html"
    return render(request, template, context)


def _ended(view: GenerationView) -> str:
    """Why there is no second picture."""
    code = view.error.code if view.error else "already_finished"
    return errors.text(code, view.error.params if view.error else {})


def _reason(refused: Refused) -> str:
    """The sentence, and what was wrong with single fields where that is all it says."""
    sentences = [field["message"] for field in refused.fields.values()]
    return " ".join(sentences) or errors.text(refused.code, refused.params)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
