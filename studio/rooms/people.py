"""How people are shown on a board: by name, and in a colour of their own. The server alone says it: no page can be
somebody else."""

from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from studio.models import Board, BoardClient, BoardComment, BoardMember
from studio.protocol.comments import Author

# So many people of a board are named at once.
AUTHORS_MOST = 300

# Each carries white words (contrast 4.5 and more), and neighbours differ.
COLOURS = (
    "#c2410c",
    "#1d4ed8",
    "#15803d",
    "#a21caf",
    "#0e7490",
    "#b91c1c",
    "#4338ca",
    "#4d7c0f",
    "#be185d",
    "#0369a1",
    "#a16207",
    "#7e22ce",
    "#0f766e",
    "#9f1239",
    "#92400e",
    "#57534e",
)


def colour_of(user_id: int) -> str:
    """The colour of a person on every board, "#rrggbb"."""
    return COLOURS[user_id % len(COLOURS)]


def author(user: User) -> Author:
    """A person as pages are told of them."""
    return Author(user=user.pk, name=user.get_username(), colour=colour_of(user.pk))


def authors(board: Board) -> list[Author]:
    """Whose names a board can ask for: its owner, its members, and whoever has drawn or said something on it."""
    members = BoardMember.objects.filter(board=board, user=OuterRef("pk"))
    said = BoardComment.objects.filter(thread__board=board, author=OuterRef("pk"))
    drew = BoardClient.objects.filter(board=board, user=OuterRef("pk"))
    found = User.objects.filter(Q(pk=board.owner_id) | Exists(members) | Exists(said) | Exists(drew))
    return [author(user) for user in found.order_by("pk")[:AUTHORS_MOST]]
