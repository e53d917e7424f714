"""Who asks, as the row that it is now."""

from django.http import HttpRequest

from accounts.models import User


def person_of(request: HttpRequest) -> User:
    """The person who is logged in, fresh from the database. For views behind login_required."""
    assert isinstance(request.user, User)
    return User.objects.get(pk=request.user.pk)
