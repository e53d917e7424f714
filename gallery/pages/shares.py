"""Links to works and collections: the owner makes and ends them, and whoever has one sees it at /s/<token>/."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import BadRequest
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from gallery import sharing
from gallery.models import Collection, ShareLink, Work
from gallery.moderation import gate
from gallery.pages import showing
from gallery.pages.work import person


@require_POST
@login_required
def link_create(request: HttpRequest, work: UUID) -> HttpResponse:
    """`/gallery/<id>/links/`: a new link to one's own work that lasts `lasting` (secretlinks.LASTING)."""
    return _created(request, "gallery:work", work, sharing.create)


@require_POST
@login_required
def collection_link_create(request: HttpRequest, collection: UUID) -> HttpResponse:
    """`/collections/<id>/links/`: the same for one's own collection."""
    return _created(request, "gallery:collection", collection, sharing.create_to_collection)


def _created(
    request: HttpRequest, page: str, key: UUID, create: Callable[[User, UUID, str], ShareLink]
) -> HttpResponse:
    try:
        create(person(request), key, request.POST.get("lasting", ""))
    except (Work.DoesNotExist, Collection.DoesNotExist):
        raise Http404 from None
    except KeyError:
        raise BadRequest("There is no such time.") from None
    except gate.Closed as closed:
        messages.error(request, str(closed))
    except sharing.TooManyLinks:
        messages.warning(request, _("There are as many links as there can be. End one of them first."))
    return _to_links(page, key)


@require_POST
@login_required
def link_revoke(request: HttpRequest, link: UUID) -> HttpResponse:
    """`/links/<id>/end/`: from now on this link leads nowhere."""
    try:
        thing = sharing.revoke(person(request), link)
    except ShareLink.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("The link leads nowhere now."))
    return _to_links("gallery:work" if isinstance(thing, Work) else "gallery:collection", thing.pk)


@require_safe
@never_cache
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """`/s/<token>/`: the work or the collection for whoever has the link, without a way to anything else that is not
    public.

    Everybody sees what a stranger would, its owner too. The address is a secret: it is told to nobody by Referer, and
    no search engine keeps it.
    """
    link = _followed(token)
    if link.work is not None:
        return _work(request, link, token, link.work, partial(_media, token))
    works = link.works().select_related("owner").prefetch_related("files")
    context = {"link": link, "token": token, "collection": link.collection, "works": works, "stranger": AnonymousUser()}
    return _secret(render(request, "gallery/shared_collection.html", context))


@require_safe
@never_cache
def shared_work(request: HttpRequest, token: str, work: UUID) -> HttpResponse:
    """`/s/<token>/<work>/`: one work of a collection, for whoever has the link to the collection."""
    link = _followed(token)
    found = link.works().select_related("owner").filter(pk=work).first() if link.collection else None
    if found is None:
        raise Http404
    return _work(request, link, token, found, partial(sharing.media_address, token, found))


def _followed(token: str) -> ShareLink:
    link = sharing.follow(token)
    if link is None:
        raise Http404
    sharing.used(link)
    return link


def _work(request: HttpRequest, link: ShareLink, token: str, work: Work, address: Callable[[str], str]) -> HttpResponse:
    prefetch_related_objects([work], "files", "tag_links__tag")
    context = showing.context(work, AnonymousUser(), address, linked=False, asked="show" in request.GET)
    return _secret(render(request, "gallery/shared.html", context | {"link": link, "token": token}))


def _secret(response: HttpResponse) -> HttpResponse:
    """The page tells its address to nobody."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _media(token: str, role: str) -> str:
    return reverse("gallery:shared_media", args=[token, role])


def _to_links(page: str, key: UUID) -> HttpResponse:
    return redirect(f"{reverse(page, args=[key])}#sharing")
