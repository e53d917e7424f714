"""The board that a workshop's big screen shows: chosen by the teacher, until another is or none shall be."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import records
from accounts.models import User, Workshop
from studio.models import Board, Spotlight
from studio.rooms import access
from studio.words.errors import Refused


def choose(teacher: User, workshop: Workshop, board_id: UUID) -> None:
    """Show a board of somebody in the workshop. Raises Refused("not_found") for any other."""
    with transaction.atomic():
        board = access.find(teacher, board_id, "steer")
        if board.owner.workshop_id != workshop.pk or board.kind != Board.Kind.DRAWING:
            raise Refused("not_found")
        Spotlight.objects.update_or_create(workshop=workshop, defaults={"board": board, "since": timezone.now()})
        records.record(teacher, "board_spotlight", board, after={"workshop": workshop.pk})


def stop(teacher: User, workshop: Workshop) -> None:
    """Show none; nothing happens where none was shown."""
    with transaction.atomic():
        shown = Spotlight.objects.filter(workshop=workshop).select_related("board").first()
        if shown is not None:
            shown.delete()
            records.record(teacher, "board_spotlight_end", shown.board, before={"workshop": workshop.pk})


def shown(workshop: Workshop) -> Board | None:
    """The board on the screen, if its owner is still in the workshop and it is open to the teacher."""
    found = Board.objects.filter(access.welcome("owner"), spotlights__workshop=workshop, closed_at=None)
    return found.filter(owner__workshop=workshop).select_related("owner").defer("document").first()
