"""The files of works over HTTP, for those who may see the work: ETag, one range, HEAD, and nginx where there is one.

Every answer is checked anew against `visible_to`; no file has a public address.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BufferedReader
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from accounts.models import User
from gallery import files, recipes, sharing, sources
from gallery.metadata.bare import Bare
from gallery.models import Reveals, Work, WorkFile
from gallery.pixels import solids

log = logging.getLogger(__name__)

CHUNK = 256 * 1024
# What is shown inside a page; anything else would be sent as a download without a meaning.
SHOWN = {"image/png": "png", "image/webp": "webp", solids.MEDIA_TYPE: "glb"}
# What is only taken along: code is never handed out as code of ours.
TAKEN = {sources.MEDIA_TYPE: "js"}
# Files that show what a work began with.
BEGUN_WITH = (WorkFile.Role.SKETCH, WorkFile.Role.INPUT, WorkFile.Role.MASK)
ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


@require_safe
async def work_file(request: HttpRequest, work: UUID, role: str) -> HttpResponseBase:
    """One file of a work: 200, 206, 304, 416, or 404 for works the visitor may not see; `?download=1` saves it."""
    viewer = await request.auser()
    visible = Work.objects.visible_to(viewer)
    if isinstance(viewer, User):
        visible |= Work.objects.taught_by(viewer)  # the wall of a workshop
    if role.startswith("thumb-") and isinstance(viewer, User):
        visible |= Work.objects.in_bin_of(viewer)  # the page of the bin shows them small
    file = await _find(WorkFile.objects.filter(work__in=visible, work_id=work, role=role), viewer)
    return await _send(request, file, bare="bare" in request.GET or not recipes.may_carry_recipe(file.work, viewer))


@require_safe
async def shared_file(request: HttpRequest, token: str, role: str, work: UUID | None = None) -> HttpResponseBase:
    """One file of the work that a link leads to, or of a `work` in the collection that it leads to: as `work_file`, for
    anybody who has the link."""
    link = await sharing.behind(token).afirst()
    if link is None or (work is None) != (link.collection_id is None):
        raise Http404
    stranger = AnonymousUser()
    shown = link.works() if work is None else link.works().filter(pk=work)
    file = await _find(WorkFile.objects.filter(work__in=shown, role=role), stranger)
    answer = await _send(request, file, bare=not recipes.may_carry_recipe(file.work, stranger))
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


async def file_among(request: HttpRequest, works: QuerySet[Work], work: UUID, role: str) -> HttpResponseBase:
    """One file of a work that is one of `works`, which the caller knows the visitor may see: as `work_file`."""
    viewer = await request.auser()
    file = await _find(WorkFile.objects.filter(work__in=works, work_id=work, role=role), viewer)
    return await _send(request, file, bare=not recipes.may_carry_recipe(file.work, viewer))


async def _find(files: QuerySet[WorkFile], viewer: User | AnonymousUser) -> WorkFile:
    """The one file of these, if its work shows `viewer` files of that role."""
    found = await files.select_related("work", "work__owner").afirst()
    if found is None or (found.role in BEGUN_WITH and not found.work.shows(viewer, Reveals.ALL)):
        raise Http404
    return found


async def _send(request: HttpRequest, file: WorkFile, *, bare: bool) -> HttpResponseBase:
    """`bare`: a picture without the words it was made with."""
    served = Served(file, f'"{file.sha256}"', file.size)
    if bare and file.role == WorkFile.Role.IMAGE and file.media_type == "image/png":
        opened = await asyncio.to_thread(_open_bare, file)
        served = Served(file, f'"{file.sha256}-bare"', opened.size, opened)
    # 304 when the browser has the file already, 412 for an If-Match that does not; otherwise what it was given.
    short = get_conditional_response(request, etag=served.etag, response=HttpResponse())
    if short is None or short.status_code == 200:
        answer = await _body(request, served)
    else:
        answer = short
        served.close()
    return _headed(answer, file, served.etag, download="download" in request.GET)


@dataclass(slots=True)
class Served:
    """What is sent of a file: `opened` where it is not simply the file itself."""

    file: WorkFile
    etag: str
    size: int
    opened: BufferedReader | Bare | None = None

    def close(self) -> None:
        """Nothing of it is sent."""
        if self.opened:
            self.opened.close()


async def _body(request: HttpRequest, served: Served) -> HttpResponseBase:
    if settings.ACCEL_REDIRECT and served.opened is None:
        # nginx sends the bytes, and sees to ranges itself.
        name = files.WORKS.store.name_of(served.file.sha256)
        return HttpResponse(headers={"X-Accel-Redirect": f"{settings.ACCEL_REDIRECT.rstrip('/')}/{name}"})
    span = _span(request, served.size, served.etag)
    if span is None:
        served.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{served.size}"})
    start, end = span
    opened = served.opened
    if opened is None:
        opened = await asyncio.to_thread(_open, served.file)
    if request.method == "HEAD":
        opened.close()
        answer: HttpResponseBase = HttpResponse()
    else:
        answer = StreamingHttpResponse(Chunks(opened, start, end))
    answer.headers["Content-Length"] = str(end - start)
    answer.headers["Accept-Ranges"] = "bytes"
    if end - start < served.size:
        answer.status_code = 206
        answer.headers["Content-Range"] = f"bytes {start}-{end - 1}/{served.size}"
    return answer


def _span(request: HttpRequest, size: int, etag: str) -> tuple[int, int] | None:
    """The bytes asked for as [start, end), None when there are none of them (RFC 9110 §14).

    Several ranges, or a Range nobody understands, mean the whole file, as the RFC allows.
    """
    match = ONE_RANGE.fullmatch(request.headers.get("Range", "").strip())
    stale = request.headers.get("If-Range", etag) != etag
    if request.method != "GET" or stale or match is None or match[0] == "bytes=-":
        return 0, size
    if not match[1]:
        start, end = max(size - int(match[2]), 0), size
    else:
        start, end = int(match[1]), min(int(match[2]) + 1, size) if match[2] else size
        if match[2] and int(match[2]) < start:
            return 0, size
    return (start, end) if start < end else None


def _open_bare(file: WorkFile) -> Bare:
    return Bare(_open(file))


def _open(file: WorkFile) -> BufferedReader:
    try:
        return files.WORKS.store.open_kept(file.sha256)
    except FileNotFoundError:
        # A row without its file must never be: whoever runs the place has to know.
        log.error("file %s of work %s is missing from the storage", file.sha256, file.work_id)
        raise Http404 from None


class Chunks:
    """The bytes [start, end) of an open file, read off the event loop.

    Django calls `close` with the response, also when the visitor leaves before the first chunk.
    """

    def __init__(self, opened: BufferedReader | Bare, start: int, end: int) -> None:
        self._opened, self._start, self._end = opened, start, end

    async def __aiter__(self) -> AsyncIterator[bytes]:
        place = await asyncio.to_thread(self._opened.seek, self._start)
        while place < self._end:
            chunk = await asyncio.to_thread(self._opened.read, min(CHUNK, self._end - place))
            if not chunk:
                break
            place += len(chunk)
            yield chunk

    def close(self) -> None:
        self._opened.close()


def _headed(answer: HttpResponseBase, file: WorkFile, etag: str, *, download: bool) -> HttpResponseBase:
    """The headers of every answer. Also of 304: a browser puts them in the place of those it has stored."""
    shown = file.media_type in SHOWN
    way = "attachment" if download or not shown else "inline"
    headers = {
        "ETag": etag,
        "Content-Type": file.media_type if shown else "application/octet-stream",
        "Content-Disposition": f'{way}; filename="{_name(file)}"',
        # no-cache, not no-store: the browser may keep the bytes but must ask before each use, so that a work that is
        # deleted, hidden or logged out of is gone at once, and all others cost one 304.
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    for name, value in headers.items():
        answer.headers[name] = value
    return answer


def _name(file: WorkFile) -> str:
    plain = (WorkFile.Role.IMAGE, WorkFile.Role.MODEL, WorkFile.Role.SOURCE)
    kind = "" if file.role in plain else f"-{file.role}"
    return file_name(file.work, (SHOWN | TAKEN).get(file.media_type, "bin"), kind)


def file_name(work: Work, ending: str, kind: str = "") -> str:
    """A readable file name in ASCII: it stands in a header. A Chinese title leaves date and seed.

    The prompt is no part of it where others are shown the picture only.
    """
    words = slugify(work.title or (work.prompt[:200] if work.reveals != Reveals.PICTURE else ""))[:50].strip("-_")
    return f"brushwire-{words or f'{work.created_at:%Y-%m-%d}'}-{work.seed}{kind}.{ending}"
