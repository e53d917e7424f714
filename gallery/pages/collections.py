"""The pages of collections: the list of one's own, one collection, and the forms on it."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from gallery import collecting, sharing
from gallery.models import Collection, Moderation, Visibility
from gallery.moderation import gate

Change = Callable[[HttpRequest, Collection], None]


@require_safe
@login_required
def collection_list(request: HttpRequest) -> HttpResponse:
    """`/collections/`: one's own collections, the last changed first."""
    user = _person(request)
    return render(
        request, "gallery/collections.html", {"collections": collecting.with_covers(Collection.objects.of(user), user)}
    )


@require_POST
@login_required
def collection_make(request: HttpRequest) -> HttpResponse:
    """`/collections/new/`: a new collection, opened."""
    try:
        made = collecting.make(_person(request), request.POST.get("title", ""), request.POST.get("description", ""))
    except ValueError:
        messages.error(request, _("A collection needs a title."))
    except collecting.Full:
        messages.error(request, _("You have as many collections as can be. Delete one you no longer need."))
    else:
        return redirect("gallery:collection", collection=made.pk)
    return redirect("gallery:collections")


@require_safe
def collection_detail(request: HttpRequest, collection: UUID) -> HttpResponse:
    """`/collections/<id>/`: its works in their order, as far as the visitor may see them."""
    found = Collection.objects.visible_to(request.user).select_related("owner").filter(pk=collection).first()
    if found is None:
        if request.user.is_authenticated:
            raise Http404
        return redirect_to_login(request.get_full_path())
    own = found.owner_id == request.user.pk
    context = {
        "collection": found,
        "works": collecting.works_of(found, request.user).select_related("owner").prefetch_related("files"),
        "own": own,
    }
    if own:
        context |= {
            "links": [(link, sharing.address(request, link)) for link in sharing.links(_person(request), found)],
            "lasting": sharing.lasting_choices(),
        }
    return render(request, "gallery/collection.html", context)


def changes(change: Change) -> Callable[..., HttpResponse]:
    """A view that changes one's own collection and shows it again; 404 for anybody else's."""

    @wraps(change)
    @require_POST
    @login_required
    def view(request: HttpRequest, collection: UUID) -> HttpResponse:
        try:
            change(request, collecting.find(_person(request), collection))
        except Collection.DoesNotExist:
            raise Http404 from None
        except gate.Closed as closed:
            messages.error(request, str(closed))
        except ValueError:
            messages.error(request, _("This cannot be done with this collection."))
        if not Collection.objects.filter(pk=collection).exists():
            return redirect("gallery:collections")
        return redirect("gallery:collection", collection=collection)

    return view


@changes
def collection_describe(request: HttpRequest, collection: Collection) -> None:
    """`/collections/<id>/describe/`: title and description."""
    collecting.describe(collection, request.POST.get("title", ""), request.POST.get("description", ""))


@changes
def collection_visibility(request: HttpRequest, collection: Collection) -> None:
    """`/collections/<id>/visibility/`: private, unlisted or public; its works keep their own."""
    visibility = Visibility(request.POST.get("visibility", ""))
    collecting.set_visibility(collection, visibility)
    texts = {
        Visibility.PRIVATE: _("Only you see this collection now."),
        Visibility.UNLISTED: _("Whoever has a link sees this collection now."),
        Visibility.PUBLIC: _("Everybody sees this collection now."),
    }
    if visibility != Visibility.PRIVATE and collection.moderation != Moderation.CLEAR:
        messages.warning(request, _("Others see this collection when a moderator has looked at it."))
    else:
        messages.success(request, texts[visibility])


@changes
def collection_remove(request: HttpRequest, collection: Collection) -> None:
    """`/collections/<id>/remove/`: take one work out."""
    collecting.remove(collection, [UUID(request.POST.get("work", ""))])


@changes
def collection_move(request: HttpRequest, collection: Collection) -> None:
    """`/collections/<id>/move/`: one work so many places on, for those who order without dragging."""
    collecting.move(collection, UUID(request.POST.get("work", "")), int(request.POST.get("by", "")))


@changes
def collection_order(request: HttpRequest, collection: Collection) -> None:
    """`/collections/<id>/order/`: the works in their new order, ids with commas between them."""
    collecting.reorder(collection, [UUID(each) for each in request.POST.get("works", "").split(",")])


@changes
def collection_cover(request: HttpRequest, collection: Collection) -> None:
    """`/collections/<id>/cover/`: the picture on its card."""
    collecting.set_cover(collection, UUID(request.POST.get("work", "")))


@changes
def collection_delete(request: HttpRequest, collection: Collection) -> None:
    """`/collections/<id>/delete/`: the collection goes, its works stay."""
    collection.delete()
    messages.success(request, _("The collection was deleted. Its works stay in the gallery."))


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
