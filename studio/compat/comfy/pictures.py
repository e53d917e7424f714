"""Pictures in and out: uploads by name, and `/view`."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.http import content_disposition_header

from accounts.models import ApiKey, User
from studio.api.pictures import picture
from studio.comfy import names
from studio.commands.comfy import pictures
from studio.compat.comfy.answers import comfy
from studio.words.errors import Refused

_PREVIEWS = {"webp": "image/webp", "jpeg": "image/jpeg"}


@comfy("POST")
def upload(request: HttpRequest, user: User, key: ApiKey) -> HttpResponse:
    """Keep the picture `image` of a form, under its file name in `type` and `subfolder`."""
    sent = request.FILES.get("image")
    if sent is None or isinstance(sent, list):
        raise Refused("bad_request")
    named = pictures.upload(
        user,
        sent.read(),
        sent.name or "",
        request.POST.get("type", "input"),
        request.POST.get("subfolder", ""),
        overwrite=request.POST.get("overwrite", "") in ("true", "1"),
    )
    return JsonResponse(named.told())


@comfy("GET", "HEAD")
def view(request: HttpRequest, user: User, key: ApiKey) -> HttpResponse:
    """A picture of the person's own; `preview=webp;80` or `channel=rgb` gives it in another form."""
    filename, folder = request.GET.get("filename", ""), request.GET.get("type", "output")
    subfolder = request.GET.get("subfolder", "")
    data = pictures.fetch(user, filename, folder, subfolder)
    kind, _mark, quality = request.GET.get("preview", "").partition(";")
    channel = request.GET.get("channel", "rgba")
    if kind in _PREVIEWS or channel in ("rgb", "a"):
        good = int(quality) if quality.isascii() and quality.isdigit() and 1 <= int(quality[:3]) <= 100 else 90
        wanted = "rgb" if channel == "rgb" else "a" if channel == "a" else "rgba"
        sent = pictures.recoded(data, _PREVIEWS.get(kind, "image/png"), good, wanted)  # type: ignore[arg-type]
    else:
        sent = pictures.Sent(data, "image/png")
    answer = picture(sent.data, sent.media_type)
    answer["Content-Disposition"] = content_disposition_header(False, names.safe_name(filename)) or "inline"
    return answer
