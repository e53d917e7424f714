"""Atom feeds of what is public: Explore, one person, one tag. Read by programs, so nothing in them is anybody's own."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.syndication.views import Feed
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page

from accounts.models import User
from gallery.finding.tags import fold
from gallery.models import Reveals, Work
from gallery.pages.lists import person_url
from gallery.recipes import media_url

ITEMS = 30
THUMBNAIL = "thumb-640"


class PublicFeed(Feed):
    """The newest public works that `works` selects. Everybody gets what a visitor would be shown."""

    feed_type = Atom1Feed

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.request = request
        return None

    def works(self, chosen: Any) -> QuerySet[Work]:
        """All that the feed may list, in any order."""
        return Work.objects.explored().filter(published_at__isnull=False)

    def items(self, chosen: Any) -> Iterable[Work]:
        newest = self.works(chosen).order_by("-published_at", "-id")
        return newest.select_related("owner").prefetch_related("files", "tag_links__tag")[:ITEMS]

    def item_title(self, item: Work) -> str:
        words = item.title or (item.prompt if item.shows(AnonymousUser(), Reveals.RECIPE) else "")
        return words[:120] or _("Untitled")

    def item_description(self, item: Work) -> str:
        thumbnail = item.file(THUMBNAIL)
        if thumbnail is None or item.veiled:
            return format_html("<p>{}</p>", item.description)
        source = self.request.build_absolute_uri(media_url(item, THUMBNAIL))
        image = format_html('<img src="{}" width="{}" height="{}" alt="">', source, thumbnail.width, thumbnail.height)
        return format_html("<p>{}</p><p>{}</p>", image, item.description)

    def item_link(self, item: Work) -> str:
        return reverse("gallery:work", args=[item.pk])

    def item_guid(self, item: Work) -> str:
        return f"urn:uuid:{item.pk}"

    def item_author_name(self, item: Work) -> str:
        return item.owner.get_username()

    def item_author_link(self, item: Work) -> str:
        return self.request.build_absolute_uri(person_url(item.owner))

    def item_pubdate(self, item: Work) -> datetime | None:
        return item.published_at

    def item_updateddate(self, item: Work) -> datetime | None:
        return item.published_at

    def item_categories(self, item: Work) -> list[str]:
        return [link.tag.name for link in item.tag_links.all()]


class ExploreFeed(PublicFeed):
    """`/explore/feed/`: what everybody made public."""

    def title(self, chosen: None) -> str:
        return _("Brushwire: Explore")

    def link(self, chosen: None) -> str:
        return reverse("gallery:explore")


class PersonFeed(PublicFeed):
    """`/people/<name>/feed/`: what one person made public; 404 where that person shows nothing."""

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> User:
        self.request = request
        shown = get_object_or_404(User, username=kwargs["name"], is_active=True)
        if not self.works(shown).exists():
            raise Http404
        return shown

    def works(self, chosen: User) -> QuerySet[Work]:
        return super().works(chosen).filter(owner=chosen)

    def title(self, chosen: User) -> str:
        return _("Brushwire: %(name)s") % {"name": chosen.get_username()}

    def link(self, chosen: User) -> str:
        return person_url(chosen)


class TagFeed(PublicFeed):
    """`/tags/<tag>/feed/`: public works with that tag; 404 for what is no tag."""

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> str:
        self.request = request
        name = kwargs["name"]
        if not name or fold(name) != name:
            raise Http404
        return str(name)

    def works(self, chosen: str) -> QuerySet[Work]:
        return super().works(chosen).filter(tag_links__tag__name=chosen)

    def title(self, chosen: str) -> str:
        return _("Brushwire: #%(name)s") % {"name": chosen}

    def link(self, chosen: str) -> str:
        return reverse("gallery:tag", args=[chosen])


# A feed remembers whom it answers: a new one for each request. ETag and 304 are Django's.


@conditional_page
def explore(request: HttpRequest) -> HttpResponse:
    return ExploreFeed()(request)


@conditional_page
def person(request: HttpRequest, name: str) -> HttpResponse:
    return PersonFeed()(request, name=name)


@conditional_page
def tag(request: HttpRequest, name: str) -> HttpResponse:
    return TagFeed()(request, name=name)
