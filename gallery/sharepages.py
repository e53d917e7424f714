"""Links to a work: the owner makes and ends them, and whoever has one sees the work at /s/<token>/."""

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

from gallery import sharing, showing
from gallery.models import ShareLink, Work
from gallery.workpages import person


@require_POST
@login_required
def link_create(request: HttpRequest, work: UUID) -> HttpResponse:
    """`/gallery/<id>/links/`: a new link to one's own work that lasts `lasting` (sharing.LASTING)."""
    try:
        sharing.create(person(request), work, request.POST.get("lasting", ""))
    except Work.DoesNotExist:
        raise Http404 from None
    except KeyError:
        raise BadRequest("There is no such time.") from None
    except sharing.TooManyLinks:
        messages.warning(request, _("There are as many links as a work can have. End one of them first."))
    return _to_links(work)


@require_POST
@login_required
def link_revoke(request: HttpRequest, link: UUID) -> HttpResponse:
    """`/links/<id>/end/`: from now on this link leads nowhere."""
    try:
        work = sharing.revoke(person(request), link)
    except ShareLink.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("The link leads nowhere now."))
    return _to_links(work.pk)


@require_safe
@never_cache
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """`/s/<token>/`: the work for whoever has the link, without a way to anything else that is not public.

    Everybody sees what a stranger would, its owner too. The address is a secret: it is told to nobody by Referer, and
    no search engine keeps it.
    """
    link = sharing.follow(token)
    if link is None:
        raise Http404
    sharing.used(link)
    prefetch_related_objects([link.work], "files", "tag_links__tag")
    address = partial(_media, token)
    context = showing.context(link.work, AnonymousUser(), address, linked=False)
    response = render(request, "gallery/shared.html", context | {"link": link, "token": token})
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _media(token: str, role: str) -> str:
    return reverse("gallery:shared_media", args=[token, role])


def _to_links(work: UUID) -> HttpResponse:
    return redirect(f"{reverse('gallery:work', args=[work])}#sharing")
