"""Deleting an account with everything in it. What the house must keep (its staff's record) names nobody any more."""

from django.db import transaction

from accounts.models import User
from accounts.signals import account_deleted
from studio.files import parcels
from studio.models import TERMINAL, Archive, Generation
from studio.queue import lifecycle
from studio.words.errors import Refused
from studio.worker import archiving


def leave(user: User, password: str) -> None:
    """Delete `user` and all that is theirs, at once. Files go with the next sweeps, within two hours.

    Raises Refused: wrong_password; last_admin, because somebody must look after the studio.
    """
    if not user.check_password(password):
        raise Refused("wrong_password")
    if user.is_superuser and not User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk).exists():
        raise Refused("last_admin")
    for generation in Generation.objects.filter(owner=user).exclude(state__in=TERMINAL):
        lifecycle.request_cancel(generation)
    names = [archiving.name_of(archive) for archive in Archive.objects.filter(owner=user)]
    user_id = user.pk
    with transaction.atomic():
        user.delete()
    for name in names:
        parcels.remove(name)
    account_deleted.send(sender=None, user_id=user_id)
