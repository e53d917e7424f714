"""The API's addresses of works, as far as the studio page needs them: marking favourites. The gallery has the rest."""

from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from ninja import Router, Schema

from gallery.favourites import mark
from gallery.models import Work
from studio.errors import Refused

router = Router(tags=["works"])


class FavouriteForm(Schema):
    favourite: bool


@router.patch("/{work_id}", response=FavouriteForm)
def mark_work(request: HttpRequest, work_id: UUID, body: FavouriteForm) -> Any:
    """Mark one's own work as a favourite, or no longer."""
    assert not isinstance(request.user, AnonymousUser)
    try:
        mark(request.user, work_id, body.favourite)
    except Work.DoesNotExist:
        raise Refused("not_found") from None
    return body
