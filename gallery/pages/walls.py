"""The wall of a workshop: the newest pictures of all its people, for its teacher alone."""

import hashlib

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import workshops
from accounts.visitor import person_of
from gallery.models import Work

SHOWN = 60


@require_safe
@never_cache
@login_required
def wall(request: HttpRequest, workshop: int) -> HttpResponse:
    """`/workshops/<id>/wall/`: a piece of the teacher's page, asked for every few seconds; 204 when nothing is new."""
    teacher = person_of(request)
    if not teacher.has_perm("accounts.run_workshops"):
        raise Http404
    found = get_object_or_404(workshops.led_by(teacher), pk=workshop)
    works = Work.objects.on_wall(found.pk, teacher).select_related("owner").prefetch_related("files")
    newest = list(works.defer("recipe")[:SHOWN])
    shown = "|".join(f"{work.pk}" for work in newest)
    stamp = hashlib.sha256(shown.encode()).hexdigest()[:16]
    if request.GET.get("seen") == stamp:
        return HttpResponse(status=204)
    return render(request, "gallery/_wall.html", {"workshop": found, "works": newest, "stamp": stamp})
