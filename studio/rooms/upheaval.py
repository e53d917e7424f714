"""What rooms must hear of people: who may do what changes with an account that is suspended, closed, or in a workshop
that is frozen."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q

from studio.models import Board, BoardGroup, BoardMember
from studio.news import audience, events


def people_changed(user_ids: Collection[int]) -> None:
    """Let the open rooms of these people's boards, and of those they are in, ask for everybody's rights again. Call it
    after the commit."""
    member = Exists(BoardMember.objects.filter(board=OuterRef("pk"), user__in=user_ids))
    group = Exists(BoardGroup.objects.filter(board=OuterRef("pk"), workshop__people__in=user_ids))
    theirs = Board.objects.filter(Q(owner__in=user_ids) | Q(member) | Q(group), kind=Board.Kind.DRAWING)
    for board_id in audience.open_rooms(theirs.order_by().values_list("pk", flat=True)):
        events.tell_room(board_id, {"kind": "access"})
