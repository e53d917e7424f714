"""What was made on a drawing board: its filmstrip, page by page, the newest first. Reads only."""

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from gallery.models import Lineage, Work
from studio.models import Generation, State
from studio.protocol import GenerationView
from studio.queue import describe

Row = TypeVar("Row", Generation, Work)


def of_board(user: User, board: UUID, before: datetime | None = None) -> tuple[list[GenerationView], datetime | None]:
    """One's own finished results of `board` that began before `before`, RESULTS_PER_PAGE at most, the newest first;
    and the `before` of the next page, None where this is the last.

    An edited picture stands as a result of its own. One whose pictures all lie in the bin is not shown. A board of
    somebody else, and one that never was, have no results of one's own: both look the same.
    """
    made = Generation.objects.filter(owner=user, board=board, state=State.FINISHED)
    own = Work.objects.of(user)
    shown = made.filter(Exists(own.filter(generation=OuterRef("pk"))))
    ids = made.values("pk")
    links = Lineage.objects.filter(kind=Lineage.Kind.EDIT, parent__generation__in=ids).values("child")
    edited = own.filter(pk__in=links).exclude(generation__in=ids)
    rows = _newest(shown, before)
    edits = _newest(edited, before)
    views = list(zip([row.created_at for row in rows], describe.views(rows, {}), strict=True))
    views += [(work.created_at, describe.edit_view(work, board)) for work in edits]
    views.sort(key=lambda each: each[0], reverse=True)
    page = views[: settings.RESULTS_PER_PAGE]
    return [view for _when, view in page], page[-1][0] if len(views) > len(page) else None


def _newest(rows: QuerySet[Row], before: datetime | None) -> list[Row]:
    """One more than a page, so that it is known whether there is another."""
    earlier = rows.filter(created_at__lt=before) if before else rows
    return list(earlier.order_by("-created_at", "-id")[: settings.RESULTS_PER_PAGE + 1])
