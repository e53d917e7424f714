"""The API's address of time-lapses: frames in, a moving picture out, nothing is kept."""

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Router
from ninja.files import UploadedFile

from studio.api.auth import by
from studio.commands import timelapses

router = Router(tags=["timelapses"], auth=by("boards"))


@router.post("")
def make_timelapse(request: HttpRequest, plan: Form[str], frames: File[UploadedFile]) -> HttpResponse:
    """Put frames together into an animated WebP, which is the answer.

    `plan`: JSON, `[bytes, milliseconds]` of each frame. `frames`: the pictures (PNG, JPEG or WebP, all of one size) one
    after the other, 20 MB at most. At most 300 frames, 1024 px, 150 MP together, a minute long; four a minute.
    """
    assert not isinstance(request.user, AnonymousUser)
    headers = {
        "Content-Disposition": 'attachment; filename="timelapse.webp"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    made = timelapses.animate(request.user, plan, frames.read())
    return HttpResponse(made, content_type="image/webp", headers=headers)
