"""The pages that show many works: one's own, Explore, a person's public page, a tag's. One way of showing for all."""

from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import User
from gallery import collecting
from gallery.finding import facets, paging, people
from gallery.finding.facets import Facets
from gallery.finding.filters import COLOURS, KINDS, ORIGINS, Filters
from gallery.finding.tags import fold
from gallery.likes import liked_by
from gallery.models import Shape, Work, WorkFile, WorkQuerySet

PAGE_SIZE = 36
COLLECTIONS_SHOWN = 8
# What a card needs of a work. The recipe may be long, and no card shows it.
CARD = Prefetch("files", WorkFile.objects.filter(role__in=["image", "thumb-320", "thumb-640"]).order_by())


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of works: where it lives, what it may show, what "new" means there, and what it can be narrowed by."""

    name: str
    path: str
    works: WorkQuerySet
    newest: paging.Order
    facets: Facets
    more: dict[str, Any] = field(default_factory=dict)


@require_safe
@login_required
@vary_on_headers("HX-Request")
def own(request: HttpRequest) -> HttpResponse:
    """`/gallery/`: the person's own works: all of them, the saved ones, the favourites."""
    assert isinstance(request.user, User)
    works = Work.objects.of(request.user)
    return _show(request, Listing("own", reverse("gallery:list"), works, paging.MADE, facets.of_person(request.user)))


@require_safe
@vary_on_headers("HX-Request")
def explore(request: HttpRequest) -> HttpResponse:
    """`/explore/`: what everybody made public, also for visitors."""
    return _show(request, Listing("explore", reverse("gallery:explore"), _public(), paging.PUBLISHED, _everybody()))


@require_safe
@vary_on_headers("HX-Request")
def person(request: HttpRequest, name: str) -> HttpResponse:
    """`/people/<name>/`: what one person made public. Whoever shows nothing has no page for others.

    So nobody learns from an address who has an account here.
    """
    shown = people.find(request.user, name)
    works = _public().filter(owner=shown)
    collections = collecting.with_covers(people.open_collections(shown), request.user)[:COLLECTIONS_SHOWN]
    more = {"person": shown, "collections": collections}
    listing = Listing("person", person_url(shown), works, paging.PUBLISHED, _everybody(), more)
    return _show(request, listing)


@require_safe
@vary_on_headers("HX-Request")
def tag(request: HttpRequest, name: str) -> HttpResponse:
    """`/tags/<tag>/`: public works with that tag; another way of writing it leads to the one that is kept."""
    folded = fold(name)
    if not folded:
        raise Http404
    if folded != name:
        return redirect("gallery:tag", name=folded)
    path = reverse("gallery:tag", args=[name])
    return _show(request, Listing("tag", path, _public(), paging.PUBLISHED, _everybody(), {"tag": name}))


def person_url(user: User) -> str:
    """The address of a person's public page."""
    return reverse("gallery:person", args=[user.get_username()])


def _public() -> WorkQuerySet:
    return Work.objects.explored().filter(published_at__isnull=False)


def _everybody() -> Facets:
    return facets.of_everybody()


def _show(request: HttpRequest, listing: Listing) -> HttpResponse:
    """The page; for htmx and our modules the cards alone (with `after`) or the list alone."""
    filters = Filters.read(request.GET)
    if listing.name == "tag":
        # The page's tag is in its path; a second one in the query would be another page.
        filters = replace(filters, tag="")
    asked = replace(filters, tag=listing.more.get("tag", filters.tag))
    works, order = asked.apply(listing.works, listing.newest, own=listing.name == "own")
    after = request.GET.get("after", "")
    try:
        found, following = paging.page(cards(works), after, PAGE_SIZE, order)
    except ValueError:
        raise BadRequest("This is no place in the list.") from None
    context: dict[str, Any] = {
        **marks(request, found),
        **listing.more,
        "works": found,
        "after": following,
        "more": f"{listing.path}{_and(filters.query(), 'after', following)}",
        "listing": listing,
        "filters": filters,
        "chips": filters.chips(),
        "begun": bool(after),
    }
    if "HX-Request" in request.headers:
        return render(request, "gallery/_cards.html" if after else "gallery/_list.html", context)
    return render(request, "gallery/list.html", context | choices(listing, filters))


def cards(works: WorkQuerySet) -> WorkQuerySet:
    """`works` with what their cards show, in two queries."""
    return works.select_related("owner").prefetch_related(CARD).defer("recipe", "negative_prompt", "description")


def marks(request: HttpRequest, works: list[Work]) -> dict[str, Any]:
    """Which of `works` the visitor likes: `liked`, a set of ids."""
    return {"liked": liked_by(request.user, works) if isinstance(request.user, User) else set()}


def choices(listing: Listing, filters: Filters) -> dict[str, Any]:
    """What the form offers, with what the address asks for even where no work has it."""
    tools, models, tags = listing.facets.tools, listing.facets.models, listing.facets.tags
    if filters.tool and filters.tool not in dict(tools):
        tools = [*tools, (filters.tool, Work(tool=filters.tool).tool_title)]
    return {
        "tools": tools,
        "models": models if filters.model in ["", *models] else [*models, filters.model],
        "tags": tags if filters.tag in ["", *tags] else [*tags, filters.tag],
        "kinds": KINDS.items(),
        "shapes": Shape.choices,
        "colours": COLOURS.items(),
        "origins": ORIGINS.items(),
    }


def _and(query: str, name: str, value: str) -> str:
    return f"{query}{'&' if query else '?'}{name}={quote(value)}"
