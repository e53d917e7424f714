"""`/account/sessions/`: where a person is logged in, and ending that."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import standing
from accounts.models import LoginSession
from accounts.visitor import person_of

# What stands in a browser's User-Agent, the more special first, and the name people know.
BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrom", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Device:
    """A log-in as its person sees it. `name` stands for the session in forms; the key itself is never shown."""

    name: str
    words: str
    address: str
    began_at: datetime | None
    seen_at: datetime
    here: bool


@require_safe
@never_cache
@login_required
def sessions_page(request: HttpRequest) -> HttpResponse:
    """This one first, then those seen last."""
    found = [_device(row, request) for row in _live(request)]
    found.sort(key=lambda device: (not device.here, -device.seen_at.timestamp()))
    return render(request, "accounts/sessions.html", {"devices": found, "others": len(found) > 1})


@require_POST
@login_required
def end_session(request: HttpRequest) -> HttpResponse:
    """End one log-in (`session`), or all but this one."""
    here, name = request.session.session_key, request.POST.get("session", "")
    only = [row.session_key for row in _live(request) if not name or _name(row.session_key) == name]
    if name and not only:
        raise Http404
    person = person_of(request)
    ended = standing.end_sessions(person, but=here, only=only)
    told = ngettext("%(number)s log-in has been ended.", "%(number)s log-ins have been ended.", ended)
    messages.success(request, told % {"number": ended})
    return redirect("accounts:sessions")


def device_in_words(agent: str) -> str:
    """ "Firefox on Linux", as far as the User-Agent tells."""
    browser = next((name for sign, name in BROWSERS if sign in agent), "")
    system = next((name for sign, name in SYSTEMS if sign in agent), "")
    if browser and system:
        return gettext("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or gettext("Unknown device")


def _live(request: HttpRequest) -> list[LoginSession]:
    return list(LoginSession.objects.filter(user=person_of(request), expire_date__gt=timezone.now()))


def _device(row: LoginSession, request: HttpRequest) -> Device:
    here = row.session_key == request.session.session_key
    return Device(_name(row.session_key), device_in_words(row.agent), row.address, row.began_at, row.seen_at, here)


def _name(session_key: str) -> str:
    return salted_hmac("accounts.devices", session_key, algorithm="sha256").hexdigest()[:32]
