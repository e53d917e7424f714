"""The page where a comment on a board is reported. Moderators see the comment alone (gallery/moderation)."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from gallery.moderation import reporting
from studio.commands import comments
from studio.words.errors import Refused


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def report(request: HttpRequest, comment: UUID) -> HttpResponse:
    """`/report/comment/<id>/`: for those who can read it, but for its author."""
    assert isinstance(request.user, User)
    try:
        found = comments.reportable(request.user, comment)
    except Refused:
        raise Http404 from None
    back = f"{reverse('studio:studio')}?board={found.thread.board_id}"
    return reporting.page(request, found.author, comments.as_remark(found), back=(back, None))
