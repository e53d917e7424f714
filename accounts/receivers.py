"""What the accounts do when Django says that something happened: log-ins noted and ended, roles seeded."""

from typing import Any

from django.contrib.auth.models import Group
from django.utils import timezone

from accounts import keys, roles, standing
from accounts.addresses import address_of
from accounts.models import LoginSession, User
from accounts.signals import access_revoked


def logged_in(sender: object, request: Any, user: User, **rest: Any) -> None:
    """Note in the session from where and with what this log-in came."""
    if request is None or not hasattr(request, "session"):
        return
    request.session[LoginSession.LOGIN] = {
        "at": timezone.now().isoformat(),
        "address": address_of(request.META),
        "agent": request.META.get("HTTP_USER_AGENT", "")[:300],
    }


def logged_out(sender: object, request: Any, user: User | None, **rest: Any) -> None:
    """Close the pages that this log-in opened."""
    if user is not None and request is not None and request.session.session_key:
        access_revoked.send(sender=None, user_id=user.pk, session_key=request.session.session_key)


def user_saved(sender: object, instance: User, created: bool, **rest: Any) -> None:
    """A new password ends the other log-ins, being switched off ends all.

    `keep_session` is the key of the session in which the person sets the password, where that is known.
    """
    if created:
        return
    if not instance.is_active:
        standing.end_sessions(instance)
        keys.close_sockets(keys.of(instance).living())
    elif instance._password is not None:  # type: ignore[attr-defined]  # set anew, not merely hashed anew
        standing.end_sessions(instance, but=getattr(instance, "keep_session", None))


def user_goes(sender: object, instance: User, **rest: Any) -> None:
    """Whoever is deleted is logged out everywhere."""
    standing.end_sessions(instance)


def groups_changed(sender: object, instance: Any, action: str, reverse: bool, pk_set: set[int], **rest: Any) -> None:
    """Who is made a moderator or an admin gets into the admin site, and out again when that ends."""
    if action not in ("post_add", "post_remove"):
        return
    groups, people = ([instance.pk], list(pk_set)) if reverse else (list(pk_set), [instance.pk])
    if not Group.objects.filter(pk__in=groups, name__in=roles.STAFF).exists():
        return
    for person in User.objects.filter(pk__in=people):
        person.is_staff = person.is_superuser or person.groups.filter(name__in=roles.STAFF).exists()
        person.save(update_fields=["is_staff"])
        if not reverse:
            instance.is_staff = person.is_staff


def migrated(sender: Any, using: str, **rest: Any) -> None:
    """Seed the roles with what this app has for them."""
    roles.seed(sender, using)
