"""Invitations: finding one by its code, using it up, and which roles somebody may invite to."""

from django.contrib.auth.models import Group
from django.db.models import F, QuerySet

from accounts.models import Invitation, User
from accounts.roles import MEMBER, STAFF, TRUSTED

# The session keeps the code of the link that was followed, for those who then sign up by way of another site.
IN_SESSION = "invitation"


def find(code: str) -> Invitation | None:
    """The invitation with this code that can be used now."""
    return Invitation.objects.usable().filter(code=code.strip().lower()).first() if code else None


def redeem(invitation: Invitation, user: User) -> bool:
    """Use it up by one for the new `user`, who comes into its role. False: others were faster, or it has ended."""
    if not Invitation.objects.usable().filter(pk=invitation.pk).update(used=F("used") + 1):
        return False
    if invitation.group is not None:
        user.groups.add(invitation.group)
    return True


def roles_for(inviter: User) -> QuerySet[Group]:
    """The roles that `inviter` may invite people to: moderators and admins only where one may edit people."""
    groups = Group.objects.filter(role__isnull=False, role__alone=False).order_by("role__weight", "name")
    if inviter.has_perm("accounts.change_user"):
        return groups
    return groups.filter(name__in=[MEMBER, TRUSTED]).exclude(name__in=STAFF)
