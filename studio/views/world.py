"""The page of worlds: models placed in one scene, walked through, and made one model of."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from gallery.models import Work
from gallery.recipes import recipe_for_studio
from studio.files import placing
from studio.models import Board, Model
from studio.values import worlds
from studio.views.pages import board_to_open


@require_safe
@never_cache
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """`/world/`: the world that was changed last. `?board=<id>` opens one's own, `?board=new` a fresh one.

    `?place=<id>` places the model of a visible work in it; `?work=<id>` opens a visible world of the gallery anew.
    """
    user = request.user
    assert isinstance(user, User)
    asked = request.GET
    wanted = "new" if "work" in asked else asked.get("board")
    model = next((model.name for model in Model.objects.usable_by(user) if worlds.TOOL in model.tools), None)
    config = {"user": user.pk, "socket": "/ws/studio/", "model": model}
    config |= board_to_open(user, wanted, Board.Kind.WORLD)
    config |= {"place": _model(user, asked.get("place")), "document": _document(user, asked.get("work"))}
    return render(request, "studio/world.html", {"config": config})


def _model(user: User, work: str | None) -> dict[str, Any] | None:
    """A work's model to be placed. Raises Http404 for one that the person may not place."""
    if not work:
        return None
    try:
        file = placing.usable(user, [UUID(work)]).select_related("work").first()
    except ValueError:
        file = None
    if file is None:
        raise Http404
    name = file.work.title or file.work.prompt or _("Model")
    return {"id": str(file.work_id), "name": name[:80]}


def _document(user: User, work: str | None) -> dict[str, Any] | None:
    """What stood in a world that was made a model of. Raises Http404 for works that are none, or whose recipe is not
    shown."""
    if not work:
        return None
    try:
        return worlds.read(recipe_for_studio(user, work)["params"].get("world")).model_dump()
    except (Work.DoesNotExist, ValueError):
        raise Http404 from None
