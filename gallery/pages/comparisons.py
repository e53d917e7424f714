"""Two works beside each other: how far their pixels differ, and where."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gallery import comparing
from gallery.models import Reveals, Work
from gallery.pixels import turns


@require_safe
def compare(request: HttpRequest, one: UUID, other: UUID) -> HttpResponse:
    """`/gallery/<one>/compare/<other>/`: both, the difference as a picture and in numbers."""
    works = _both(request, one, other)
    told = all(work.shows(request.user, Reveals.RECIPE) for work in works)
    veiled = any(work.veiled for work in works) and "show" not in request.GET
    return render(request, "gallery/compare.html", comparison(*works, told=told) | {"veiled": veiled})


@require_safe
def difference(request: HttpRequest, one: UUID, other: UUID) -> HttpResponse:
    """`/gallery/<one>/compare/<other>/difference.png`: where the two differ, brighter than it is."""
    works = _both(request, one, other)
    digests = [file.sha256[:24] for work in works if (file := work.file("image"))]
    etag = f'"{"-".join(digests)}"'
    fresh = get_conditional_response(request, etag=etag, response=HttpResponse())
    if fresh is not None and fresh.status_code != 200:
        return fresh
    try:
        data = comparing.picture(*works)
    except (comparing.OtherSize, turns.TooLarge, FileNotFoundError):
        raise Http404 from None
    except turns.Busy:
        return HttpResponse(status=503, headers={"Retry-After": "5"})
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(data, content_type="image/png", headers=headers)


def comparison(one: Work, other: Work, *, told: bool) -> dict[str, Any]:
    """What the template shows of two works: both, the numbers, or why there are none; and, where the visitor is `told`
    the recipes, what was different before the pixels were."""
    context: dict[str, Any] = {"one": one, "other": other, "brighter": comparing.BRIGHTER}
    context["changes"] = changes(one, other) if told else []
    try:
        return context | {"difference": comparing.difference(one, other)}
    except comparing.OtherSize:
        return context | {"why_not": _("The two pictures have different sizes.")}
    except turns.TooLarge:
        return context | {"why_not": _("The pictures are too large to be compared here.")}
    except turns.Busy:
        return context | {"why_not": _("Many pictures are being compared. Please try again.")}
    except FileNotFoundError:
        return context | {"why_not": _("A picture is missing.")}


def changes(one: Work, other: Work) -> list[str]:
    """What is not the same about how the two were made, in words: recipes first, then what stands behind them."""
    told = []
    if one.tool != other.tool:
        told.append(_("The tools differ."))
    if one.model_name != other.model_name:
        told.append(_("The models differ."))
    if _plain(one) != _plain(other):
        told.append(_("The settings differ."))
    before, after = one.recipe.get("versions", {}), other.recipe.get("versions", {})
    if before.get("brushwire") != after.get("brushwire"):
        told.append(_("Brushwire's version differs."))
    if one.model_name == other.model_name and before.get("weights") != after.get("weights"):
        known = before.get("weights") and after.get("weights")
        unsaid = _("Whether the model is still the same is not known: one of the pictures does not say.")
        told.append(_("The model has been changed in between.") if known else unsaid)
    return told


def _plain(work: Work) -> dict[str, Any]:
    params = work.recipe.get("params", {})
    return {name: value for name, value in params.items() if name not in ("count", "seed")} | {"seed": work.seed}


def _both(request: HttpRequest, one: UUID, other: UUID) -> tuple[Work, Work]:
    """In the order of the address."""
    visible = Work.objects.visible_to(request.user).select_related("owner").prefetch_related("files")
    found = {work.pk: work for work in visible.filter(pk__in=[one, other])}
    if one not in found or other not in found or one == other:
        raise Http404
    return found[one], found[other]
