"""Whose public page there is: an address never tells a stranger who has an account here."""

from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from accounts.models import User
from gallery.models import Collection, Moderation, Visibility, Work
from gallery.models.collection import CollectionQuerySet


def find(viewer: User | AnonymousUser, name: str) -> User:
    """The person called `name`, if something public is theirs or it is the viewer. Raises Http404."""
    found = User.objects.filter(username=name, is_active=True).first()
    if found is None or (found != viewer and not _shows_something(found)):
        raise Http404
    return found


def open_collections(person: User) -> CollectionQuerySet:
    """The person's collections that everybody may see."""
    return Collection.objects.filter(owner=person, visibility=Visibility.PUBLIC, moderation=Moderation.CLEAR)


def _shows_something(person: User) -> bool:
    return Work.objects.explored().filter(owner=person).exists() or open_collections(person).exists()
